/** Who does what in a scene. */
type Actor = 'Okta' | 'Q Business' | 'okta-hook' | 'reconcile' | 'catch-up' | 'you' | 'command'

/** What happened when, in a scene. Times are epoch milliseconds. */
export class Timeline {
  readonly #notes: { at: number; who: Actor; text: string }[] = []

  note(who: Actor, text: string, at = Date.now()): void {
    this.#notes.push({ at, who, text })
  }

  /** In the order of what happened, with the milliseconds since the first. */
  inOrder(): { after: number; who: Actor; text: string }[] {
    const sorted = this.#notes.toSorted((a, b) => a.at - b.at)
    return sorted.map(({ at, ...note }) => ({ after: at - sorted[0]!.at, ...note }))
  }
}
