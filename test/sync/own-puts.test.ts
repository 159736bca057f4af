import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { fc, test } from '@fast-check/vitest'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { expect } from 'vitest'
import type { FaultKind } from '../../local/q-business/faults.ts'
import { startQBusiness } from '../../local/q-business/server.ts'
import type { Switches } from '../../local/q-business/switches.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { compareNames } from '../../shared/sync/compare-names.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { ringChecks } from '../../shared/sync/ring-checks.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { openTable } from '../snapshot/table.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'
import { borne, heardDoorbells, ledgerOf, RULES, toldTelemetry } from './ports.ts'

const PEOPLE = ['ann', 'bob', 'carl']
const NAME = 'sales'

/** Puts, GetGroup and a table as they are, without queues: names are put as they are rung, and who waits makes time pass. */
async function world(side: Partial<Switches>, refreshDays: number) {
  const [table, q] = await Promise.all([openTable(), startQBusiness({ now: () => Date.now(), switches: side })])
  const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }
  const requestHandler = new NodeHttp2Handler({ requestTimeout: 5_000 })
  const client = new QBusinessClient({
    endpoint: q.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    requestHandler,
  })
  const { snapshot } = table
  const clock = { ...systemClock, sleep: async (milliseconds: number) => passTime(milliseconds) }
  const { telemetry, counted } = toldTelemetry()
  const { doorbells, names, checks } = heardDoorbells()
  const rules = { ...RULES, refresh: { within: refreshDays * DAY }, drift: { sample: 0, putsPerNight: 100 } }
  const ports = { userStore: userStoreOf(client, q), snapshot, doorbells, telemetry, clock, rules }

  async function answerRings() {
    for (;;) {
      const check = checks.shift()
      const [key] = names.shift() ?? []
      if (check !== undefined) await putGroup(ports, check.key, false, check)
      if (key !== undefined) await putGroup(ports, key)
      if (check === undefined && key === undefined) return
    }
  }

  return {
    q,
    counted,
    ledger: () => ledgerOf(snapshot, NAME),
    /** Who is in it; where an empty list FAILED, nobody@… stands for nobody. */
    members: () =>
      q.store
        .members(NAME)
        ?.map((id) => id.split('@')[0])
        .filter((person) => person !== 'nobody'),
    async change(...people: string[]) {
      await borne(snapshot, '00g1', NAME, ...people)
      await putGroup(ports, NAME)
    },
    async pass(milliseconds: number) {
      passTime(milliseconds)
      for await (const rows of snapshot.due(Date.now()))
        names.push(...rows.map(({ id }): [string, boolean] => [id, false]))
      await answerRings()
    },
    async night() {
      await compareNames(ports, waitingRun('a night', null, true))
      await ringChecks(ports, { id: new Date().toISOString(), cursor: null })
      await answerRings()
    },
    async close() {
      client.destroy()
      await Promise.all([table.close(), q.close()])
    },
  }
}

type World = Awaited<ReturnType<typeof world>>

/** A day with its night: whatever waits is looked at as often as it may have come. */
async function day({ pass, night }: World) {
  for (const minutes of [1, 15, 120, 400, 904]) await pass(minutes * MINUTE)
  await night()
}

const side = fc.record({
  lastUpdatedAt: fc.constantFrom('fraction' as const, 'seconds' as const),
  lastUpdatedAtCounts: fc.constantFrom('status' as const, 'put' as const),
  statusHistory: fc.constantFrom('grows' as const, 'last-only' as const),
  staleStatusMs: fc.constantFrom(0, 500, 30_000, 6 * HOUR),
  processingMs: fc.constantFrom(20, 20, 800, 10 * MINUTE, 6 * HOUR, 23 * HOUR),
  overlap: fc.constantFrom('in-order' as const, 'reversed' as const),
  overlapLagMs: fc.constantFrom(0, 20 * MINUTE, 3 * HOUR),
  putWhileProcessing: fc.constantFrom('taken' as const, 'conflict' as const),
})
const change = fc.record({ do: fc.constant('change' as const), people: fc.subarray(PEOPLE) })
const fault = fc.record({
  do: fc.constant('fault' as const),
  fault: fc.constantFrom<FaultKind[]>(
    { kind: 'apply-then-cut' },
    { kind: 'cut' },
    { kind: 'apply-late', afterMs: 20 * MINUTE },
    { kind: 'apply-late', afterMs: 5 * HOUR },
    { kind: 'answer', error: 'ThrottlingException' },
    { kind: 'fail-later' },
  ),
})
const pass = fc.record({
  do: fc.constant('pass' as const),
  time: fc.constantFrom(0, 300, 1_000, MINUTE, 5 * MINUTE, 20 * MINUTE, 2 * HOUR, 7 * HOUR),
})
const step = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 4, arbitrary: pass },
  { weight: 1, arbitrary: fault },
  { weight: 2, arbitrary: fc.constant({ do: 'night' as const }) },
)

async function tell(
  side: Partial<Switches>,
  steps: (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  refreshDays: number,
) {
  const one = await world(side, refreshDays)
  const { q } = one
  try {
    let people = ['ann']
    await one.change(...people)
    for (const now of steps) {
      if (now.do === 'pass') await one.pass(now.time)
      else if (now.do === 'night') await day(one)
      else if (now.do === 'fault') q.faults.add({ ...now.fault, operation: 'PutGroup' })
      else {
        people = now.people
        await one.change(...people)
      }
    }
    await day(one)
    expect(one.counted('DriftFound')).toBe(0)
    // A calm week later, nothing is left of it that could hide what somebody else writes.
    q.faults.clear()
    Object.assign(q.switches, { processingMs: 20, staleStatusMs: 0, overlap: 'in-order', putWhileProcessing: 'taken' })
    for (let days = 0; days < 7; days++) await day(one)
    expect(one.members()).toEqual(people)
    expect(one.counted('DriftFound')).toBe(0)
    await one.pass(MINUTE)
    q.store.putForeign(NAME, ['mallory@example.com'])
    await day(one)
    expect(one.members()).toEqual(people)
    expect(one.counted('DriftFound')).toBe(1)
  } finally {
    await one.close()
  }
}

/** A day of index maintenance: one put's end confirms the next one, whose own end shows later. */
const maintenance = {
  lastUpdatedAt: 'fraction',
  lastUpdatedAtCounts: 'status',
  statusHistory: 'grows',
  staleStatusMs: 0,
  processingMs: 23 * HOUR,
  overlap: 'in-order',
  overlapLagMs: 0,
  putWhileProcessing: 'taken',
} as const

test.prop([side, fc.array(step, { maxLength: 14 }), fc.constantFrom(1, 2, 30)], {
  numRuns: Number(process.env['HISTORIES'] ?? 4),
  examples: [[maintenance, [{ do: 'night' }], 1]],
})(
  'whatever we put and however GetGroup shows it, it is no drift; what somebody else puts is found once it is calm',
  tell,
  600_000,
)
