/**
 * The key under which a user store name is kept. Whether Amazon Q Business tells names of different case apart is
 * unknown, so two names that differ only by case are one here.
 */
export function nameKey(name: string): string {
  // Upper and then lower case folds what one of them leaves apart, such as ß and ss.
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}
