import { isAtRest } from './drift.ts'
import type { Ledger } from './ledger.ts'
import { shuffled } from './shuffled.ts'

/** What a name is asked at night, besides what GetGroup shows of it. */
export interface Check {
  /** When its last put was meant: it is put anew if that is still the last. Null where it isn't its turn. */
  refresh: number | null
  /** How many people are asked about, and the digest of another name's list with people who shouldn't be in this one. */
  people: number
  others: string | null
  /** Decides which people. */
  seed: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * The checks of a night, one for each name at rest.
 * @param refreshWithin every name is put anew within so many milliseconds
 * @param sample how many people are asked about in all
 */
export function nightly(
  ledgers: readonly Ledger[],
  { seed, refreshWithin, sample }: { seed: string; refreshWithin: number; sample: number },
  now: number,
): (Check & { key: string })[] {
  const names = ledgers.filter(isAtRest)
  const anew = new Set(slice(names, refreshWithin, now).map(({ key }) => key))
  const asked = shuffled(names, seed, ({ key }) => key).slice(0, Math.ceil(sample / 2))
  const people = new Map(asked.map(({ key }, index) => [key, share(sample, asked.length, index)]))
  const others = new Map(asked.map(({ key }, index) => [key, asked[(index + 1) % asked.length]!.meant]))
  return names.map(({ key, meantAt }) => ({
    key,
    refresh: anew.has(key) ? meantAt : null,
    people: people.get(key) ?? 0,
    others: others.get(key) ?? null,
    seed,
  }))
}

/**
 * The names that are put anew, those put longest ago: as few as leave no more than an even share for each later night, so
 * that each is put in time and no night has them all.
 */
function slice(names: readonly Ledger[], within: number, now: number): Ledger[] {
  const oldest = names.toSorted((a, b) => a.meantAt - b.meantAt)
  // A night may begin a little late.
  const nights = (until: number) => Math.max(0, Math.floor((until - HOUR) / DAY))
  const evenShare = Math.ceil(names.length / Math.max(1, nights(within)))
  const least = oldest.reduce((most, { meantAt }, index) => {
    return Math.max(most, index + 1 - evenShare * nights(meantAt + within - now))
  }, 0)
  return oldest.slice(0, least)
}

function share(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0)
}

/** Which people are asked about: half of them from the name's list, half from those who shouldn't be in it, as far as there are. */
export function peopleToAsk(
  members: readonly string[],
  strangers: readonly string[],
  { people, seed }: Pick<Check, 'people' | 'seed'>,
): string[] {
  const inside = Math.max(Math.ceil(people / 2), people - strangers.length)
  const picked = shuffled(members, seed, String).slice(0, inside)
  return [...picked, ...shuffled(strangers, seed, String).slice(0, people - picked.length)]
}
