import { afterAll, beforeAll, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import { NO_FAILURES } from '../../shared/membership/set-aside.ts'
import { catchUp } from '../../shared/sync/catch-up.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { openTable } from '../snapshot/table.ts'
import { clockAt, heardDoorbells, toldTelemetry } from './ports.ts'

let table: Awaited<ReturnType<typeof openTable>>

beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

test('what is due is rung and put off, a run that could not be started too, and rung again after five minutes', async () => {
  const { snapshot } = table
  await snapshot.putMirror(unread('00g1'), { ...unread('00g1'), newestHint: 1 })
  await snapshot.putLedger(confirmedWith('one', { version: 0, key: 'sales', retryAt: 60_000 }))
  const user = { id: '00u1', version: 0, newestHint: 1, causes: [], rung: [], ...NO_FAILURES }
  await snapshot.putUser(user)
  await snapshot.putRun(waitingRun('good', 60_000))
  await snapshot.putRun(waitingRun('bad', 60_000))
  const clock = clockAt(60_001)
  const { doorbells, hints, names } = heardDoorbells()
  const { telemetry, told } = toldTelemetry()
  const started: string[] = []
  const startRun = async (id: string) => {
    if (id === 'bad') throw Object.assign(new Error('of ann@example.com'), { name: 'TooManyRequestsException' })
    started.push(id)
  }
  const caughtUp = () => catchUp({ snapshot, doorbells, telemetry, clock, startRun, mode: { is: 'put', said: null } })

  expect(await caughtUp()).toEqual({ due: 5 })
  const bare = { books: false, again: false, causes: [], questions: [] }
  expect(hints).toEqual([
    { subject: 'group', id: '00g1', ...bare },
    { subject: 'user', id: '00u1', ...bare },
  ])
  expect([names, started]).toEqual([[['sales', false]], ['good']])
  expect(told).toEqual([
    [expect.stringContaining('could not be started'), { error: 'TooManyRequestsException' }],
    ['RowsDue', 5],
    ['SetAside', 0],
    ['PutsStopped', 0],
  ])
  clock.time += 299_999
  expect(await caughtUp()).toEqual({ due: 0 })
  clock.time += 1
  expect(await caughtUp()).toEqual({ due: 5 })
})

test('an event whose delivery has not come is given up, and no row that is rung or counted', async () => {
  const fresh = await openTable()
  const { snapshot } = fresh
  const missing = { uuid: 'e1', type: 'group.user_membership.add', published: 1, group: '00g9', user: null }
  await snapshot.noteMissing(missing, 60_000)
  await snapshot.putLedger(confirmedWith('one', { version: 0, key: 'sales', retryAt: 60_000 }))
  const { doorbells, hints, names } = heardDoorbells()
  const { telemetry, told } = toldTelemetry()
  const ports = { snapshot, doorbells, telemetry, clock: clockAt(60_001), startRun: async () => {} }
  expect(await catchUp({ ...ports, mode: { is: 'observe' } })).toEqual({ due: 1 })
  expect([hints, names]).toEqual([[], [['sales', false]]])
  expect(told).toContainEqual(['DeliveriesLost', 1])
  expect(told).toContainEqual(['PutsStopped', 1])
  await fresh.close()
})
