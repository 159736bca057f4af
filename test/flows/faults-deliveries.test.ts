import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogEvent } from '../../local/okta/log-event.ts'
import {
  AFTER,
  BEFORE,
  type Fault,
  type FaultStage,
  faultStage,
  type Group,
  type Seen,
} from '../support/fault-story.ts'
import { HOUR, MINUTE, passTime } from '../support/time.ts'

let stage: FaultStage
beforeAll(async () => {
  stage = await faultStage()
})
beforeEach(() => stage.calm())
afterAll(() => stage.cloud.close())

const COUNTS = ['HintsQueued', 'EventsWithoutHint', 'EventsFailed', 'DeliveriesRefused'] as const
type Counts = Partial<Record<(typeof COUNTS)[number], number>>

/** What was counted by the hook while something was done. */
async function countsOf(work: () => Promise<unknown>): Promise<Counts> {
  const { told } = stage
  const before = COUNTS.map((metric) => told.counted(metric))
  await work()
  const counts = COUNTS.map((metric, index) => [metric, told.counted(metric) - before[index]!] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

const isOf =
  ({ id }: Group) =>
  ({ target }: LogEvent) =>
    target?.some((one) => one.id === id) ?? false

/** What Okta has done is nowhere yet: not in the mirror, and not said. */
function expectUnknown(seen: Seen): void {
  expect(seen).toMatchObject({ readers: BEFORE, reads: 0, puts: [], outcomes: [], said: [], deadLetters: 0 })
  expect(seen.mirror).toMatchObject({ newestHint: 0, heard: [], failures: 0 })
}

/** It arrived, and this is what it was found by. */
function expectFound(seen: Seen, type: string): void {
  expect(seen).toMatchObject({
    readers: AFTER,
    puts: [AFTER],
    outcomes: ['confirmed'],
    deadLetters: 0,
    restArrived: true,
  })
  expect(seen.mirror.causes.at(-1)).toMatchObject({ type })
}

const faults = () => stage.cloud.okta.faults

test('deliveries are delayed: until they come it is as before, and what is not delayed arrives', async () => {
  const { cloud, change, see } = stage
  const [group] = (await stage.groupsOf(['delayed'])) as [Group]
  const delayMs = 4_000
  const delayOf = (events: LogEvent[]) => (events.some(isOf(group)) ? delayMs : 0)
  Object.assign(faults().deliveries, { split: true, delayMs: delayOf })
  change(group)
  await vi.waitFor(async () => expect((await see(group)).restArrived).toBe(true), { timeout: delayMs })
  expectUnknown(await see(group))
  await cloud.settled()
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: AFTER, puts: [AFTER], outcomes: ['confirmed'], complaints: [], deadLetters: 0 })
  expect(seen.mirror.newestHint - seen.changedAt).toBeGreaterThanOrEqual(delayMs - 1)
})

interface Arrives extends Fault {
  change?(group: Group): void
  /** The hints wait in the queue until no read waits for what the events say, which they say in the wrong order. */
  late?: boolean
  /** Hints of both groups. */
  hints: number
}

/** Deliveries of which nothing is applied, so that nothing can be applied wrongly. */
const ARRIVE: Arrives[] = [
  { fault: 'deliveries come three times', on: () => Object.assign(faults().deliveries, { duplicate: 2 }), hints: 6 },
  { fault: 'deliveries are split', on: () => Object.assign(faults().deliveries, { split: true }), hints: 3 },
  {
    fault: 'deliveries are reordered',
    on: () => Object.assign(faults().deliveries, { split: true, order: 'reversed' }),
    change: ({ id }) => {
      const { org } = stage.cloud.okta
      const { bob, carl } = stage.people
      for (let time = 0; time < 2; time++) {
        org.removeMember(id, bob)
        org.addMember(id, carl)
        if (time > 0) return
        org.addMember(id, bob)
        org.removeMember(id, carl)
      }
    },
    late: true,
    hints: 7,
  },
  { fault: 'nulls are left out', on: () => Object.assign(faults(), { nulls: 'absent' }), hints: 2 },
]

test.for(ARRIVE)('$fault: it arrives at once, by one put', async ({ fault, on, change, late = false, hints }) => {
  const { cloud } = stage
  const [group] = (await stage.groupsOf([fault])) as [Group]
  on(group)
  const counts = await countsOf(async () => {
    if (late) await cloud.functions.stopPollers()
    stage.change(group, change && (() => change(group)))
    await cloud.okta.deliveriesSettled()
    if (!late) return cloud.settled()
    passTime(15_000)
    await cloud.functions.startPollers()
    return cloud.settled()
  })
  expect(counts).toEqual({ HintsQueued: hints })
  const seen = await stage.see(group)
  expect(seen).toMatchObject({ readers: AFTER, puts: [AFTER], outcomes: ['confirmed'], complaints: [], deadLetters: 0 })
  expect(seen).toMatchObject({
    restArrived: true,
    mirror: { failures: 0 },
    ledger: { status: 'confirmed', doubt: null },
  })
  expect(seen.mirror.newestHint).toBeGreaterThanOrEqual(seen.changedAt)
  // The look that is booked finds nothing more to do.
  await cloud.minutes(2)
  const settled = await stage.see(group)
  expect(settled).toMatchObject({ readers: AFTER, puts: [AFTER], mirror: { heard: [] } })
  expect(settled.reads).toBeGreaterThan(seen.reads)
})

test('target is null: somebody keeps access for two minutes, until the reconcile that is booked for it', async () => {
  const { cloud, change, see, told } = stage
  const [group] = (await stage.groupsOf(['null target'])) as [Group]
  const hour = Math.floor(Date.now() / HOUR)
  // Away from the full hour, which has a reconcile of its own.
  if (Date.now() % HOUR > 50 * MINUTE) passTime((hour + 1) * HOUR - Date.now())
  const runId = `${new Date().toISOString().slice(0, 13)} soon`
  faults().nullTargets = ['group.user_membership.remove']
  const counts = await countsOf(async () => {
    change(group, () => cloud.okta.org.removeMember(group.id, stage.people.bob))
    await cloud.settled()
  })
  expect(counts).toEqual({ HintsQueued: 2 })
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: BEFORE, reads: 0, said: [], deadLetters: 0, restArrived: true })
  const run = (await cloud.snapshot.run(runId))!
  expect(run.phase).toBe('waiting')
  expect(Math.round((run.takeUpAt! - seen.changedAt) / MINUTE)).toBe(2)
  passTime(run.takeUpAt! - Date.now() - 5_000)
  await cloud.catchUp()
  expect((await see(group)).readers).toBe(BEFORE)
  passTime(6_000)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: 'ann', puts: ['ann'], outcomes: ['confirmed'], deadLetters: 0 })
  expect(told.lines()).toContainEqual(expect.objectContaining({ message: 'a reconcile is finished', run: runId }))
})

/** What Okta's deliveries are lost for, but for those of the other group. */
interface Lost {
  fault: string
  /** What is sent to the hook instead, and how it is answered. */
  sent?: { authorization?: string; body(group: Group): string; status: number }
  counts: Counts
}

const MARK = 'a-mark-in-the-request'

const event = (eventType: string, { id }: Group, more = {}) => ({
  ...{ uuid: MARK, eventType, actor: { id: MARK, alternateId: `${MARK}@example.com` }, ...more },
  target: [
    { type: 'User', id: stage.people.bob, alternateId: `${MARK}@example.com` },
    { type: 'UserGroup', id, displayName: MARK },
  ],
})
const delivery = (...events: unknown[]) => JSON.stringify({ eventId: `${MARK} ${Math.random()}`, data: { events } })
const leaving = (group: Group) => delivery(event('group.user_membership.remove', group))

const LOST: Lost[] = [
  { fault: 'deliveries are dropped', counts: {} },
  {
    fault: 'the hook gets no secret',
    ...{ sent: { authorization: '', body: leaving, status: 401 }, counts: { DeliveriesRefused: 1 } },
  },
  {
    fault: 'the hook gets a wrong secret',
    ...{ sent: { authorization: MARK, body: leaving, status: 401 }, counts: { DeliveriesRefused: 1 } },
  },
  {
    fault: 'the hook gets a body that is not JSON',
    ...{ sent: { body: (group) => leaving(group).slice(0, -9), status: 400 }, counts: {} },
  },
  { fault: 'the hook gets JSON that is no delivery', sent: { body: () => `["${MARK}"]`, status: 200 }, counts: {} },
  {
    fault: 'the hook gets an unknown event type',
    sent: { body: (group) => delivery(event('user.session.start', group)), status: 200 },
    counts: { EventsWithoutHint: 1 },
  },
  {
    fault: 'the hook gets the outcome FAILURE',
    sent: {
      body: (group) => delivery(event('group.user_membership.remove', group, { outcome: { result: 'FAILURE' } })),
      status: 200,
    },
    counts: { EventsFailed: 1 },
  },
]

describe('one group of each', () => {
  interface Told {
    answer?: { status: number; body: string }
    counts: Counts
    seen: Record<'atOnce' | 'aMinuteLater', Seen>
  }
  const told = new Map<string, Told>()

  beforeAll(async () => {
    const { cloud } = stage
    const groups = await stage.groupsOf(LOST.map(({ fault }) => fault))
    for (const [index, { fault, sent }] of LOST.entries()) {
      const group = groups[index]!
      faults().deliveries.drop = isOf(group)
      let answer: Told['answer']
      const counts = await countsOf(async () => {
        stage.change(group)
        if (sent !== undefined) answer = await send(sent, group)
        await cloud.settled()
      })
      const atOnce = await stage.see(group)
      told.set(fault, { ...(answer && { answer }), counts, seen: { atOnce, aMinuteLater: atOnce } })
    }
    stage.calm()
    await cloud.minutes(1)
    for (const group of groups) told.get(group.name)!.seen.aMinuteLater = await stage.see(group)
  }, 60_000)

  async function send({ authorization, body }: NonNullable<Lost['sent']>, group: Group) {
    const { hook, hookSecret } = stage.cloud.addresses
    const headers = { authorization: authorization ?? hookSecret, 'content-type': 'application/json' }
    const answer = await fetch(hook, { method: 'POST', headers, body: body(group) })
    return { status: answer.status, body: await answer.text() }
  }

  for (const { fault, sent, counts } of LOST) {
    test(`${fault}${sent ? `: ${sent.status}` : ''}: nobody knows, and a minute later it is found in the System Log`, () => {
      const { answer, counts: counted, seen } = told.get(fault)!
      expect(answer).toEqual(sent && { status: sent.status, body: '' })
      // One hint is of what Okta itself delivers at the same time.
      expect(counted).toEqual({ ...counts, HintsQueued: 1 })
      expect(seen.atOnce.restArrived).toBe(true)
      expectUnknown(seen.atOnce)
      expectFound(seen.aMinuteLater, 'group.user_membership.add')
    })
  }

  test('nothing of a request is logged', () => {
    expect(stage.told.text()).not.toContain(MARK)
  })
})

const NOT_STORED = { level: 'ERROR', message: 'a delivery could not be stored; Okta sends it once more' }

/** The lines since a change that a delivery could not be stored. */
function notStored(since: number) {
  return stage.told.lines(since).filter(({ message }) => message === NOT_STORED.message)
}

test('the secret store is down for a moment: 503, and the delivery comes once more and arrives', async () => {
  const { cloud, told } = stage
  const [group] = (await stage.groupsOf(['secret store down for a moment'])) as [Group]
  await cloud.functions.redeploy()
  cloud.secrets.faults.down = true
  const since = told.heard()
  const counts = await countsOf(async () => {
    stage.change(group)
    await expect.poll(() => notStored(since).length, { interval: 2, timeout: 10_000 }).toBe(1)
    cloud.secrets.faults.down = false
    await cloud.settled()
  })
  expect(counts).toEqual({ HintsQueued: 2 })
  expect(notStored(since)).toEqual([expect.objectContaining({ ...NOT_STORED, error: 'SecretError' })])
  expect(cloud.okta.deliveries.made.at(-1)?.replies).toEqual([503, 200])
  const seen = await stage.see(group)
  expect(seen).toMatchObject({ readers: AFTER, puts: [AFTER], outcomes: ['confirmed'], complaints: [], deadLetters: 0 })
  expect(seen.restArrived).toBe(true)
})

const OUT_OF_REACH = [
  {
    fault: 'the secret store is down',
    breakIt: async () => {
      await stage.cloud.functions.redeploy()
      stage.cloud.secrets.faults.down = true
    },
    facts: { error: 'SecretError', status: 500 },
  },
  {
    fault: 'the queue is out of reach',
    breakIt: async () => {
      const nowhere = 'http://127.0.0.1:1'
      Object.assign(process.env, {
        AWS_ENDPOINT_URL_SQS: nowhere,
        HINT_QUEUE_URL: `${nowhere}/000000000000/hints.fifo`,
      })
      await stage.cloud.functions.redeploy()
    },
    facts: { code: 'ECONNREFUSED' },
  },
]

test.for(OUT_OF_REACH)(
  '$fault: 503 twice, then Okta gives the delivery up; the next one arrives, and reconcile repairs the lost one',
  async ({ fault, breakIt, facts }) => {
    const { cloud, told } = stage
    const [group, next] = (await stage.groupsOf([fault, `${fault}, and back`])) as [Group, Group]
    const { AWS_ENDPOINT_URL_SQS, HINT_QUEUE_URL } = process.env
    await breakIt()
    const since = told.heard()
    const counts = await countsOf(async () => {
      stage.change(group)
      await cloud.settled()
    })
    expect(counts).toEqual({})
    expect(notStored(since)).toEqual([
      expect.objectContaining({ ...NOT_STORED, ...facts }),
      expect.objectContaining(NOT_STORED),
    ])
    expect(cloud.okta.deliveries.made.at(-1)?.replies).toEqual([503, 503])
    cloud.secrets.faults.down = false
    Object.assign(process.env, { AWS_ENDPOINT_URL_SQS, HINT_QUEUE_URL })
    await cloud.functions.redeploy()
    stage.change(next)
    await cloud.settled()
    expect(await stage.see(next)).toMatchObject({ readers: AFTER, restArrived: true })
    expectUnknown(await stage.see(group))
    await cloud.reconcile()
    expectFound(await stage.see(group), 'reconcile')
  },
)

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
