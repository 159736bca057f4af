import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultKind } from '../../local/q-business/faults.ts'
import { ledgerDueAt } from '../../shared/membership/plan.ts'
import { AFTER, BEFORE, type FaultStage, faultStage, type Group, type Seen } from '../support/fault-story.ts'
import {
  AGAINST_DOUBT,
  confirmed,
  expectCounted,
  expectTold,
  MOMENTS,
  type Moment,
  madeGood,
  madeGoodInDoubt,
  meets,
  notAccepted,
  notAnswered,
  type PutStory,
  sentenceOf,
  tried,
} from '../support/put-story.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

let stage: FaultStage
beforeAll(async () => {
  stage = await faultStage()
})
afterAll(() => stage.cloud.close())

const SECOND = 1_000
const put = (fault: FaultKind & { times?: number }) => meets(() => stage, fault)

const refusal = {
  wanted: expect.any(String),
  reduced: expect.any(String),
  detail: expect.any(String),
  remedy: expect.stringContaining('change'),
}
const isRefused = (reason: string) => ({
  ...{ level: 'WARN', message: 'a name is refused', reason, detail: refusal.detail, remedy: refusal.remedy },
})

const STORIES: PutStory[] = [
  { fault: 'PutGroup answers 429 once', ...put({ kind: 'answer', error: 'ThrottlingException' }), ...madeGood },
  { fault: 'PutGroup is slow', ...put({ kind: 'slow', ms: 1_500 }), ...madeGood },
  {
    fault: 'PutGroup answers 500 once',
    ...put({ kind: 'answer', error: 'InternalServerException' }),
    ...madeGoodInDoubt,
  },
  {
    fault: 'PutGroup answers 503 once',
    ...put({ kind: 'answer', error: 'ServiceUnavailableException' }),
    ...madeGoodInDoubt,
  },
  {
    fault: 'PutGroup takes effect and answers 500',
    ...put({ kind: 'apply-then-answer', error: 'InternalServerException' }),
    ...madeGoodInDoubt,
  },
  { fault: 'PutGroup is cut before its effect', alone: true, ...put({ kind: 'cut' }), ...madeGoodInDoubt },
  { fault: 'PutGroup is cut after its effect', alone: true, ...put({ kind: 'apply-then-cut' }), ...madeGoodInDoubt },
  { fault: 'PutGroup is cut in its answer', alone: true, ...put({ kind: 'cut-in-answer' }), ...madeGood },
  {
    fault: 'PutGroup answers 429 thrice',
    ...put({ kind: 'answer', error: 'ThrottlingException', times: 3 }),
    atOnce: { readers: BEFORE, outcomes: ['throttled'], ledger: { status: 'confirmed', doubt: null, ...tried } },
    said: [notAccepted('throttled', { cause: 'ThrottlingException', status: 429, requestId: expect.any(String) })],
    again: ['aMinute'],
  },
  {
    fault: 'PutGroup answers 500 thrice',
    ...put({ kind: 'answer', error: 'InternalServerException', times: 3 }),
    ...notAnswered(BEFORE, { cause: 'InternalServerException', status: 500, requestId: expect.any(String) }),
  },
  {
    fault: 'PutGroup answers 503 thrice',
    ...put({ kind: 'answer', error: 'ServiceUnavailableException', times: 3 }),
    ...notAnswered(BEFORE, { cause: 'ServiceUnavailableException', status: 503 }),
  },
  {
    fault: 'PutGroup takes effect, answers 500 thrice',
    ...put({ kind: 'apply-then-answer', error: 'InternalServerException', times: 3 }),
    ...notAnswered(AFTER, { status: 500 }),
  },
  { fault: 'PutGroup is cut before thrice', alone: true, ...put({ kind: 'cut', times: 3 }), ...notAnswered(BEFORE) },
  {
    fault: 'PutGroup is cut after thrice',
    alone: true,
    ...put({ kind: 'apply-then-cut', times: 3 }),
    ...notAnswered(AFTER),
  },
  {
    fault: 'PutGroup answers 409',
    ...put({ kind: 'answer', error: 'ConflictException' }),
    atOnce: {
      ...{ readers: BEFORE, outcomes: ['conflict'] },
      ledger: { status: 'confirmed', doubt: null, ...tried, failures: 0 },
    },
    said: [notAccepted('conflict', { cause: 'ConflictException', status: 409 })],
    again: ['aMinute'],
  },
  {
    fault: 'PutGroup answers 402',
    ...put({ kind: 'answer', error: 'ServiceQuotaExceededException' }),
    atOnce: {
      ...{ readers: 'ann', outcomes: ['quota', 'confirmed'] },
      ledger: { ...confirmed, doubt: null, refusal: { ...refusal, reason: 'quota', until: expect.any(Number) } },
    },
    said: [notAccepted('quota', { cause: 'ServiceQuotaExceededException', status: 402 }), isRefused('quota')],
    again: ['sixHours'],
  },
  {
    fault: 'PutGroup answers 402 for less, too',
    ...put({ kind: 'answer', error: 'ServiceQuotaExceededException', times: 2 }),
    atOnce: {
      ...{ readers: BEFORE, outcomes: ['quota', 'quota'] },
      ledger: { ...tried, status: 'confirmed', doubt: null, refusal: { ...refusal, reason: 'quota' } },
    },
    said: [notAccepted('quota'), isRefused('quota'), notAccepted('quota')],
    again: ['aMinute', 'sixHours'],
  },
  {
    fault: 'a put FAILED by a fault of the service',
    ...put({ kind: 'fail-later' }),
    atOnce: { readers: BEFORE, outcomes: ['failed'], ledger: { status: 'putting', doubt: null, ...tried } },
    said: [{ level: 'ERROR', message: 'a put FAILED', errorCode: 'InternalError' }],
    again: ['aMinute', ...AGAINST_DOUBT],
  },
  {
    fault: 'GetGroup answers 503 thrice before a put',
    on: ({ name }) => {
      const error = 'ServiceUnavailableException'
      stage.cloud.qbusiness.faults.add({ operation: 'GetGroup', group: name, kind: 'answer', error, times: 3 })
    },
    ...madeGoodInDoubt,
    said: [{ level: 'WARN', message: 'GetGroup gave no answer; it is asked again later', status: 503 }],
  },
]

describe('one group of each', () => {
  let seen: (fault: string) => Record<'atOnce' | Moment, Seen>

  beforeAll(async () => {
    seen = await stage.play(STORIES, MOMENTS)
  }, 120_000)

  for (const story of STORIES) test(sentenceOf(story), () => expectTold(story, seen(story.fault)))

  test('each put that was not accepted or FAILED is counted', () => {
    expectCounted(stage)
  })
})

test('PutGroup answers 500 for hours: nobody is removed, and it is tried ever more seldom, up to once an hour', async () => {
  const { cloud, change, see } = stage
  const [group] = (await stage.groupsOf(['500 for hours'])) as [Group]
  const error = 'InternalServerException'
  put({ kind: 'answer', error, times: Number.POSITIVE_INFINITY }).on(group)
  change(group)
  await cloud.settled()
  const waits: number[] = []
  for (let failure = 1; failure <= 8; failure++) {
    const { ledger, ...seen } = await see(group)
    expect(seen).toMatchObject({ readers: BEFORE, deadLetters: 0, restArrived: true })
    expect(seen.outcomes).toEqual(Array.from({ length: failure }, () => 'unknown'))
    expect(ledger).toMatchObject({ status: 'putting', failures: failure, doubt: { puts: 0 } })
    expect(seen.complaints).toHaveLength(failure)
    const wait = ledger.retryAt! - Date.now()
    waits.push(Math.round(wait / MINUTE))
    passTime(wait - 2 * SECOND)
    await cloud.catchUp()
    expect((await cloud.ledger(group.name)).failures).toBe(failure)
    if (failure === 8) stage.calm()
    passTime(3 * SECOND)
    await cloud.catchUp()
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  expect(await see(group)).toMatchObject({
    readers: AFTER,
    ledger: { status: 'confirmed', failures: 0, retryAt: null },
  })
})

test('a put without an answer that lands ten minutes later: who left since is in again, until the put against doubt', async () => {
  const { cloud, change, see } = stage
  const [group] = (await stage.groupsOf(['lands late'])) as [Group]
  put({ kind: 'apply-late', afterMs: 10 * MINUTE }).on(group)
  change(group)
  await cloud.settled()
  const atOnce = await see(group)
  expect(atOnce).toMatchObject({ readers: AFTER, outcomes: ['confirmed'], complaints: [], deadLetters: 0 })
  expect(atOnce.ledger).toMatchObject({ status: 'confirmed', doubt: { puts: 0 } })
  passTime(2 * SECOND)
  cloud.okta.org.removeMember(group.id, stage.people.carl)
  await cloud.settled()
  expect((await see(group)).readers).toBe('ann')
  passTime(11 * MINUTE)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: AFTER, outcomes: ['confirmed', 'confirmed'], restArrived: true })
  passTime(6 * MINUTE)
  await cloud.catchUp()
  const again = await see(group)
  expect(again).toMatchObject({ readers: 'ann', outcomes: ['confirmed', 'confirmed', 'confirmed'], deadLetters: 0 })
  expect(again.said.at(-1)).toMatchObject({ message: 'a list was put', because: 'doubt', group: group.id, left: 0 })
})

test('PROCESSING for hours: a change waits two minutes, then goes over it, and an hour later it is put once more', async () => {
  const { cloud, change, watch, see, told } = stage
  const { switches } = cloud.qbusiness
  const { org } = cloud.okta
  const [group, other] = (await stage.groupsOf(['processing', 'beside processing'])) as [Group, Group]
  switches.processingMs = 6 * HOUR
  watch(group)
  org.addMember(group.id, stage.people.carl)
  await cloud.settled()
  const atOnce = await see(group)
  expect(atOnce).toMatchObject({ readers: BEFORE, outcomes: ['accepted'], complaints: [], deadLetters: 0 })
  expect(atOnce.ledger).toMatchObject({ status: 'accepted', doubt: null })
  expect(Math.round((ledgerDueAt(atOnce.ledger)! - atOnce.changedAt) / MINUTE)).toBe(1)
  passTime(2 * SECOND)
  org.removeMember(group.id, stage.people.bob)
  await cloud.settled()
  await cloud.minutes(1)
  expect(await see(group)).toMatchObject({ readers: BEFORE, outcomes: ['accepted'] })
  await cloud.minutes(1)
  const over = await see(group)
  expect(over).toMatchObject({ readers: BEFORE, outcomes: ['accepted', 'accepted'], complaints: [], deadLetters: 0 })
  expect(over.ledger).toMatchObject({ status: 'accepted', doubt: { puts: 0 } })
  switches.processingMs = 20
  change(other)
  await cloud.settled()
  expect(await see(other)).toMatchObject({ readers: AFTER, restArrived: true })
  const unconfirmed = told.counted('PutsUnconfirmed')
  await cloud.minutes(1)
  passTime(HOUR)
  await cloud.minutes(1)
  expect((await see(group)).said.at(-1)).toMatchObject({ message: 'a list was put', because: 'unconfirmed' })
  passTime(HOUR)
  await cloud.minutes(1)
  const givenUp = await see(group)
  expect(givenUp).toMatchObject({ readers: BEFORE, deadLetters: 0, ledger: { status: 'unconfirmed' } })
  expect(told.counted('PutsUnconfirmed') - unconfirmed).toBe(1)
  passTime(4 * HOUR)
  await cloud.minutes(1)
  expect((await see(group)).readers).toBe(AFTER)
  passTime(DAY)
  await cloud.minutes(1)
  const inTheEnd = await see(group)
  expect(inTheEnd).toMatchObject({ readers: AFTER, deadLetters: 0 })
  expect(inTheEnd.ledger).toMatchObject({ status: 'confirmed', doubt: null, failures: 0, retryAt: null })
})

test('409 while PROCESSING: a removal waits for the end of the put before it, and arrives within two minutes of that', async () => {
  const { cloud, change, watch, see } = stage
  const { switches } = cloud.qbusiness
  const { org } = cloud.okta
  const [group, other] = (await stage.groupsOf(['busy', 'beside busy'])) as [Group, Group]
  Object.assign(switches, { putWhileProcessing: 'conflict', processingMs: 20 * MINUTE })
  watch(group)
  org.addMember(group.id, stage.people.carl)
  await cloud.settled()
  switches.processingMs = 20
  passTime(2 * SECOND)
  org.removeMember(group.id, stage.people.bob)
  change(other)
  await cloud.settled()
  expect(await see(other)).toMatchObject({ readers: AFTER, restArrived: true })
  for (let minute = 0; minute < 4; minute++) await cloud.minutes(1)
  const waiting = await see(group)
  expect(waiting).toMatchObject({ readers: BEFORE, deadLetters: 0 })
  expect(waiting.outcomes.slice(0, 2)).toEqual(['accepted', 'conflict'])
  expect(waiting.complaints[0]).toMatchObject({ message: 'a put was not accepted', kind: 'conflict', group: group.id })
  expect(waiting.ledger).toMatchObject({ status: 'accepted', failures: 0 })
  expect(waiting.ledger.retryAt! - Date.now()).toBeLessThanOrEqual(MINUTE)
  passTime(waiting.changedAt + 20 * MINUTE + SECOND - Date.now())
  expect((await see(group)).readers).toBe('ann bob carl')
  await cloud.minutes(2)
  expect(await see(group)).toMatchObject({
    readers: AFTER,
    deadLetters: 0,
    ledger: { status: 'confirmed', failures: 0 },
  })
})

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
