import { afterAll, beforeAll, expect, test } from 'vitest'
import { PutError } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { readGroup } from '../../shared/sync/read-group.ts'
import { somethingChanged } from '../../shared/sync/something-changed.ts'
import { openTable } from '../snapshot/table.ts'
import {
  borne,
  clockAt,
  heardDoorbells,
  ledgerOf,
  member,
  RULES,
  readPorts,
  toldTelemetry,
  toldUserStore,
} from '../sync/ports.ts'

let table: Awaited<ReturnType<typeof openTable>>
beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

test.each(['unknown', 'throttled'] as const)(
  'B1 a burst of changes in a short outage (%s) does not make a put wait for an hour',
  async (kind) => {
    const clock = clockAt(1_000_000)
    const { store, userStore } = toldUserStore()
    store.answer = () => Promise.reject(new PutError(kind, 'x', null))
    const ports = {
      userStore,
      snapshot: table.snapshot,
      doorbells: heardDoorbells().doorbells,
      telemetry: toldTelemetry().telemetry,
      clock,
      rules: RULES,
    }
    for (let change = 0; change < 8; change++) {
      await borne(table.snapshot, `00g-${kind}`, `burst ${kind}`, 'ann', `p${change}`)
      await putGroup(ports, `burst ${kind}`)
      clock.time += 1_000
    }
    const { failures, retryAt } = await ledgerOf(table.snapshot, `burst ${kind}`)
    expect({ failures, wait: retryAt! - clock.time }).toMatchObject({ failures: 1 })
  },
)

test('a reconcile begins 60 s or more after every hint about the org', async () => {
  const HOUR = 3_600_000
  const start = 500_000 * HOUR
  const minute = (n: number) => start + n * 60_000
  await somethingChanged(table, minute(10)) // this hour's
  const this_ = `${new Date(start).toISOString().slice(0, 13)} soon`
  const run = (await table.snapshot.run(this_))!
  await table.snapshot.putRun({ ...run, phase: 'finished', takeUpAt: null })
  await somethingChanged(table, minute(55)) // the next hour's, at the full hour
  const late = minute(59) + 30_000
  await somethingChanged(table, late)
  const runs = await Promise.all(
    [0, 1, 2].map((n) => table.snapshot.run(`${new Date(start + n * HOUR).toISOString().slice(0, 13)} soon`)),
  )
  expect(Math.max(...runs.map((r) => r?.takeUpAt ?? 0))).toBeGreaterThanOrEqual(late + 60_000)
})

test('a run that died before it wrote down when it began, and is begun anew, reads again what it had read', async () => {
  const { ports, okta } = readPorts(table.snapshot)
  const ring = (startedAt: number) => ({
    ...{ id: '00g-anew', books: false, again: false, causes: [], questions: [], sentAt: 0 },
    run: { id: 'anew', startedAt, breach: null, isJudged: true },
  })
  okta.members = [member('ann')]
  await readGroup(ports, ring(1_000))
  okta.members = [member('ann'), member('bob')]
  expect(await readGroup(ports, ring(1_000))).toBe('unchanged')
  expect(await readGroup(ports, ring(2_000))).toBe('changed')
  expect((await table.snapshot.mirror('00g-anew'))?.count).toBe(2)
})
