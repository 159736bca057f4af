/** What a person asked for can't be done as things stand; the message says how they stand, and what to do instead. */
export class RefusedError extends Error {
  override name = 'RefusedError'
}
