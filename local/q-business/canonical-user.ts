/**
 * One spelling for all the spellings of a person's id: addresses are case-insensitive, and `a+x@example.com` is
 * `a@example.com`. Ids that are no addresses stay as they are.
 *
 * Source: Amazon Q Business documentation, since 2024-12-17.
 */
export function canonicalUser(id: string): string {
  const at = id.lastIndexOf('@')
  if (at < 1) return id
  const plus = id.indexOf('+')
  const local = plus > 0 && plus < at ? id.slice(0, plus) : id.slice(0, at)
  return (local + id.slice(at)).toLowerCase()
}
