/**
 * The key under which a user store name is kept. Whether Amazon Q Business tells names of different case apart is
 * unknown, so two names that differ only by case are one here, in several spellings: see spelling.ts.
 */
export function nameKey(name: string): string {
  // Lower, upper and lower case again fold what one of them leaves apart, such as ß, ẞ and ss.
  return name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}
