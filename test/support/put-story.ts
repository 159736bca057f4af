import { expect } from 'vitest'
import type { FaultKind, Fault as ServiceFault } from '../../local/q-business/faults.ts'
import { ledgerDueAt } from '../../shared/membership/plan.ts'
import { AFTER, type Fault, type FaultStage, type Group, type Seen } from './fault-story.ts'
import { HOUR, MINUTE } from './time.ts'

/** When it is looked again after a put met a fault; what silence has held up for half a minute is tried again `aMinute` after it. */
export const MOMENTS = {
  early: 50_000,
  aMinute: 110_000,
  tooEarly: 14 * MINUTE,
  aQuarter: 18 * MINUTE,
  twoHours: 2 * HOUR + 4 * MINUTE,
  sixHours: 6 * HOUR + 4 * MINUTE,
  aDay: 24 * HOUR + 4 * MINUTE,
}
export type Moment = keyof typeof MOMENTS

const IN_WORDS: Partial<Record<Moment, string>> = {
  aMinute: 'a minute',
  aQuarter: 'a quarter of an hour',
  twoHours: 'two hours',
  sixHours: 'six hours',
  aDay: 'a day',
}

/** A put that meets a fault. */
export interface PutStory extends Fault {
  /** What is to be seen at once. */
  atOnce: Pick<Seen, 'readers' | 'outcomes'> & { ledger: object }
  /** What is said about it, by message and facts. */
  said: object[]
  /** When it is put again, with success. */
  again: Moment[]
}

export const AGAINST_DOUBT: Moment[] = ['aQuarter', 'twoHours', 'aDay']
export const doubt = { since: expect.any(Number), puts: 0 }
export const confirmed = { status: 'confirmed', failures: 0, retryAt: null, refusal: null }
export const tried = { failures: 1, retryAt: expect.any(Number), refusal: null }

const right = { readers: AFTER, outcomes: ['confirmed'] }
/** The SDK's own tries made it good, and the last of them is the only one that counts. */
export const madeGood = { atOnce: { ...right, ledger: { ...confirmed, doubt: null } }, said: [], again: [] }
/** The SDK's own tries made it good, but an earlier one may still land. */
export const madeGoodInDoubt = {
  ...madeGood,
  atOnce: { ...right, ledger: { ...confirmed, doubt } },
  again: AGAINST_DOUBT,
}

/** No try was answered: whoever reads now, it is put again in a minute, and then against doubt. */
export function notAnswered(readers: string, facts = {}): Omit<PutStory, 'fault' | 'on'> {
  return {
    atOnce: { readers, outcomes: ['unknown'], ledger: { status: 'putting', doubt, ...tried } },
    said: [notAccepted('unknown', facts)],
    again: ['aMinute', ...AGAINST_DOUBT],
  }
}

/** The line about a put that wasn't accepted. */
export function notAccepted(kind: string, facts = {}) {
  return { level: 'WARN', message: 'a put was not accepted', error: 'PutError', kind, ...facts }
}

/** Puts a fault on the next call for a group, PutGroup unless told. The SDK makes one three times, where it isn't answered. */
export function meets(
  stage: () => FaultStage,
  fault: FaultKind & { times?: number },
  operation: ServiceFault['operation'] = 'PutGroup',
) {
  return { on: ({ name: group }: Group) => stage().cloud.qbusiness.faults.add({ operation, group, ...fault }) }
}

/** A story as a sentence. */
export function sentenceOf({ fault, atOnce, again }: PutStory): string {
  const times = again.map((moment) => IN_WORDS[moment]).join(', ')
  return `${fault}: “${atOnce.readers}” at once, ${times ? `put again after ${times}` : 'nothing is put again'}`
}

/** Holds what was seen against the story: who reads, what is written and said, and when it is put again and when not. */
export function expectTold(story: PutStory, seen: Record<'atOnce' | Moment, Seen>): void {
  const { fault, alone = false, atOnce, said, again } = story
  expect(seen.atOnce).toMatchObject({ ...atOnce, deadLetters: 0 })
  // A cut ends every call on the connection, those for other groups too.
  expect((alone ? seen.aMinute : seen.atOnce).restArrived).toBe(true)
  expect(seen.atOnce.complaints).toEqual(said.map((line) => expect.objectContaining({ ...line, name: fault })))
  const dueIn = (ledgerDueAt(seen.atOnce.ledger) ?? Number.POSITIVE_INFINITY) - seen.atOnce.changedAt
  expect(Object.entries(MOMENTS).find(([, after]) => dueIn <= after)?.[0]).toBe(again[0])
  let { outcomes, readers } = seen.atOnce
  for (const moment of Object.keys(MOMENTS) as Moment[]) {
    const later = seen[moment]
    const isPut = again.includes(moment)
    expect(later.outcomes, moment).toEqual(isPut ? [...outcomes, 'confirmed'] : outcomes)
    if (!isPut) expect(later.readers, moment).toBe(readers)
    ;({ outcomes, readers } = later)
  }
  expect(seen.aDay).toMatchObject({ readers: AFTER, deadLetters: 0, ledger: { ...confirmed, doubt: null } })
  expect(seen.aDay.complaints).toHaveLength(said.length)
}

/** Every put that wasn't accepted or FAILED is said and counted, those of whoever was cut off with it too. */
export function expectCounted({ told }: FaultStage): void {
  const lines = [...told.said('a put was not accepted'), ...told.said('a put FAILED')]
  expect(lines.length).toBeGreaterThan(0)
  expect(told.counted('PutsFailed')).toBe(lines.length)
}
