interface Change {
  at: number
  userId: string
  joined: boolean
  stamped: boolean
}

interface Roll {
  current: Set<string>
  changes: Change[]
  sorted: string[] | undefined
}

const NOW = Number.POSITIVE_INFINITY

/**
 * Who is in which group, now and at any time before. The past is the present with the later changes undone, so a roll of a
 * hundred thousand costs one entry per change. Times are epoch ms.
 */
export class Memberships {
  readonly #rolls = new Map<string, Roll>()

  /** False where the user was in already. Unstamped changes leave `changedAt` alone, as some of Okta's imports do. */
  add(groupId: string, userId: string, at: number, stamped = true): boolean {
    const roll = this.#roll(groupId)
    if (roll.current.has(userId)) return false
    roll.current.add(userId)
    this.#change(roll, { at, userId, joined: true, stamped })
    return true
  }

  /** False where the user wasn't in. */
  remove(groupId: string, userId: string, at: number, stamped = true): boolean {
    const roll = this.#roll(groupId)
    if (!roll.current.delete(userId)) return false
    this.#change(roll, { at, userId, joined: false, stamped })
    return true
  }

  /** User ids, sorted: the order in which pages are cut. */
  ids(groupId: string, at = NOW): string[] {
    const roll = this.#roll(groupId)
    if (!this.#changedSince(roll, at)) {
      roll.sorted ??= [...roll.current].sort()
      return roll.sorted
    }
    const then = new Set(roll.current)
    for (const { userId, joined } of this.#undone(roll, at)) {
      if (joined) then.delete(userId)
      else then.add(userId)
    }
    return [...then].sort()
  }

  has(groupId: string, userId: string, at = NOW): boolean {
    const roll = this.#roll(groupId)
    let isIn = roll.current.has(userId)
    for (const change of this.#undone(roll, at)) if (change.userId === userId) isIn = !change.joined
    return isIn
  }

  /** When the roll last changed with a stamp, as known at a time; undefined if never. */
  changedAt(groupId: string, at = NOW): number | undefined {
    return this.#rolls.get(groupId)?.changes.findLast((change) => change.stamped && change.at <= at)?.at
  }

  /** The groups that a user is in now. */
  groupsOf(userId: string): string[] {
    return [...this.#rolls].filter(([, roll]) => roll.current.has(userId)).map(([groupId]) => groupId)
  }

  #roll(groupId: string): Roll {
    let roll = this.#rolls.get(groupId)
    if (!roll) {
      roll = { current: new Set(), changes: [], sorted: undefined }
      this.#rolls.set(groupId, roll)
    }
    return roll
  }

  #change(roll: Roll, change: Change): void {
    roll.changes.push(change)
    roll.sorted = undefined
  }

  #changedSince(roll: Roll, at: number): boolean {
    const last = roll.changes.at(-1)
    return last !== undefined && last.at > at
  }

  *#undone(roll: Roll, at: number): Generator<Change> {
    for (let index = roll.changes.length - 1; index >= 0; index--) {
      const change = roll.changes[index]!
      if (change.at <= at) return
      yield change
    }
  }
}
