const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What gives out ids. The same `random` gives the same ids, so that a story can be told twice. */
export interface Ids {
  /** An Okta id: the prefix (00g group, 00u user, who event hook, …) and letters up to 20 in all, in both cases as Okta's are. */
  okta(prefix: string): string
  uuid(): string
  /** Letters of any length, for tokens and request ids. */
  letters(length: number): string
}

/** `random` gives numbers in [0, 1), as Math.random does. */
export function createIds(random: () => number): Ids {
  const letters = (length: number) =>
    Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('')
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  return {
    letters,
    okta: (prefix) => prefix + letters(20 - prefix.length),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(random() * 4)]}${hex(3)}-${hex(12)}`,
  }
}
