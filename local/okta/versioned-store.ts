interface Version<T> {
  at: number
  value: T | undefined
}

/**
 * Things by id with all they ever were, so that a read can show the past as a lagging replica does. Times are epoch ms;
 * leaving the time out means now. Values are replaced, never changed.
 */
export class VersionedStore<T> {
  readonly #versions = new Map<string, Version<T>[]>()

  get(id: string, at = Number.POSITIVE_INFINITY): T | undefined {
    return this.#versions.get(id)?.findLast((version) => version.at <= at)?.value
  }

  /** In the order of their creation. */
  all(at = Number.POSITIVE_INFINITY): T[] {
    return [...this.#versions.keys()].map((id) => this.get(id, at)).filter((value) => value !== undefined)
  }

  set(id: string, at: number, value: T): T {
    this.#add(id, { at, value })
    return value
  }

  delete(id: string, at: number): void {
    this.#add(id, { at, value: undefined })
  }

  #add(id: string, version: Version<T>): void {
    const versions = this.#versions.get(id)
    if (versions) versions.push(version)
    else this.#versions.set(id, [version])
  }
}
