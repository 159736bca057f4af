/** What removals are counted against: who leaves one name, who leaves all names in a day, and how many names are emptied in a day. */
export type Axis = 'name' | 'all' | 'emptied'

/**
 * How much an axis lets through: held is what is more than `number`, or more than `fraction` of what there is and more than
 * `floor`. A number of 0, a fraction of 0 or of 1, and a floor over a million are no limit.
 */
export interface Limit {
  number: number
  fraction: number
  floor: number
}

/** The limits of the three axes. */
export type Limits = Record<Axis, Limit>

/** What the guard lets go unless the settings say otherwise. */
export const DEFAULTS: Limits = {
  name: { number: 500, fraction: 0.3, floor: 10 },
  all: { number: 1_000, fraction: 0.05, floor: 50 },
  emptied: { number: 20, fraction: 0.05, floor: 3 },
}

/** How many leave by an axis, and of how many; `of` is null where that isn't known yet. */
export interface Count {
  count: number
  of: number | null
}

/** Why removals are held. */
export interface Breach extends Count {
  axis: Axis
}

/** What is over this limits nothing. */
const MOST = 1_000_000

/**
 * The guard: which axis a removal goes over, counted with what has left before it; null where it may go. It can only hold:
 * what it lets through still needs every other proof.
 */
export function guard(limits: Limits, counts: Partial<Record<Axis, Count>>): Breach | null {
  for (const axis of ['name', 'all', 'emptied'] as const) {
    const count = counts[axis]
    if (count !== undefined && isOver(limits[axis], count)) return { axis, ...count }
  }
  return null
}

function isOver({ number, fraction, floor }: Limit, { count, of }: Count): boolean {
  const isOverNumber = number > 0 && number <= MOST && count > number
  const hasShare = fraction > 0 && fraction < 1 && floor <= MOST && of !== null
  return isOverNumber || (hasShare && count > floor && count > fraction * of)
}

/** What of a limit is no limit, with its value. */
export function withoutEffect({ number, fraction, floor }: Limit): [keyof Limit, number][] {
  const off: [keyof Limit, number, boolean][] = [
    ['number', number, number === 0 || number > MOST],
    ['fraction', fraction, fraction === 0 || fraction >= 1],
    ['floor', floor, floor > MOST],
  ]
  return off.filter(([, , isOff]) => isOff).map(([path, value]) => [path, value])
}

/** Why removals are held, for a person. */
export function tellBreach({ axis, count, of }: Breach, limits: Limits): string {
  const { number, fraction, floor } = limits[axis]
  const share = of === null ? '' : ` of ${of}`
  const what = {
    name: `${count}${share} members would leave this name within a quarter of an hour`,
    all: `${count}${share} memberships would be taken away within 24 hours`,
    emptied: `${count}${share} names would be emptied within 24 hours`,
  }
  return `${what[axis]}; the guard lets ${number} go, or ${Math.round(fraction * 1000) / 10} % beyond ${floor}`
}
