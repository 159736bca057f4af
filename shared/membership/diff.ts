import { canonicalId } from './canonical-id.ts'

/** Who is in `after` and not in `before`, and the reverse, compared as Q Business compares ids. */
export function diff(before: readonly string[], after: readonly string[]): { joined: string[]; left: string[] } {
  return { joined: without(after, before), left: without(before, after) }
}

/** The ids of `list` who are not in `others`. */
export function without(list: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map(canonicalId))
  return list.filter((id) => !known.has(canonicalId(id)))
}

/**
 * What may be put where `wanted` itself can't be: `meant` without those who left. Removals wait for nothing else, so
 * nobody is added and every leaver leaves.
 */
export function reduce(meant: readonly string[], wanted: readonly string[]): string[] {
  const stay = new Set(wanted.map(canonicalId))
  return meant.filter((id) => stay.has(canonicalId(id)))
}
