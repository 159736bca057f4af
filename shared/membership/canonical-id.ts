/**
 * The form in which Amazon Q Business compares user ids: case doesn't count, and `a+x@d` is `a@d`
 * (AWS documentation, since 2024-12-17). Two Okta users who come to one canonical id are one member.
 */
export function canonicalId(userId: string): string {
  const id = userId.normalize('NFC').toLowerCase().normalize('NFC')
  const at = id.lastIndexOf('@')
  const plus = id.indexOf('+')
  return plus > 0 && plus < at ? id.slice(0, plus) + id.slice(at) : id
}
