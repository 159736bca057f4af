import type { LogEvent } from './log-event.ts'

/** How deliveries to event hooks misbehave, beyond what is usual. All of it is what okta.md says a receiver must live with. */
export interface DeliveryFaults {
  /** Events that are lost on their way: the next so many, all, or those that the function says; one is counted for each hook. */
  drop: number | 'all' | ((event: LogEvent) => boolean)
  /** How many more times each delivery comes, with another `eventId` and the same events. */
  duplicate: number
  /**
   * How long a delivery waits, in ms. For each delivery anew, so that they overtake one another: anything between two, or what a
   * function says.
   */
  delayMs: number | readonly [from: number, to: number] | ((events: readonly LogEvent[]) => number)
  /** The order of the events that happened within a window. */
  order: 'kept' | 'reversed' | 'shuffled'
  /** One event per delivery, where those of a window would share one. */
  split: boolean
}

export function noDeliveryFaults(): DeliveryFaults {
  return { drop: 0, duplicate: 0, delayMs: 0, order: 'kept', split: false }
}

/** Whether this event is lost; counts down. */
export function isDropped(faults: DeliveryFaults, event: LogEvent): boolean {
  const { drop } = faults
  if (drop === 'all') return true
  if (typeof drop === 'function') return drop(event)
  if (drop <= 0) return false
  faults.drop = drop - 1
  return true
}

export function delayOf({ delayMs }: DeliveryFaults, events: readonly LogEvent[], random: () => number): number {
  if (typeof delayMs === 'function') return delayMs(events)
  if (typeof delayMs === 'number') return delayMs
  const [from, to] = delayMs
  return from + random() * (to - from)
}

export function inOrder<T>(faults: DeliveryFaults, things: readonly T[], random: () => number): T[] {
  if (faults.order === 'kept') return [...things]
  if (faults.order === 'reversed') return things.toReversed()
  return things
    .map((thing) => ({ thing, lot: random() }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ thing }) => thing)
}
