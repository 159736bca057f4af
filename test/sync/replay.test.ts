import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import type { LogEvent } from '../../shared/okta/log-event.ts'
import { type ReplayRequest, replay } from '../../shared/sync/replay.ts'
import { event } from '../okta/events.ts'
import { openTable } from '../snapshot/table.ts'
import { heardDoorbells, oktaOf, toldTelemetry } from './ports.ts'

const PUBLISHED = Date.parse('2026-01-01T00:00:00.000Z')
const SINCE = { since: new Date(0), until: new Date(1) }

let table: Awaited<ReturnType<typeof openTable>>

beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

async function replayed(request: ReplayRequest, events: LogEvent[] = []) {
  const { directory } = oktaOf({ now: () => 0 })
  directory.events = async function* () {
    yield events.slice(0, 1)
    yield events.slice(1)
  }
  const { doorbells, hints } = heardDoorbells()
  const { telemetry } = toldTelemetry()
  const deadLetters = { count: async () => 3, replay: async () => 2 }
  const ports = {
    directory,
    snapshot: table.snapshot,
    doorbells,
    deadLetters,
    telemetry,
    attribute: 'email',
    id: 'call',
  }
  return { report: await replay(ports, request), hints }
}
const joined = (group: string, over: Partial<LogEvent> = {}) =>
  event(
    'group.user_membership.add',
    [
      ['User', '00u1'],
      ['UserGroup', group],
    ],
    over,
  )

test('groups and users are rung by hand, each once', async () => {
  const { report, hints } = await replayed({ groups: ['00g1', '00g2', '00g1'] })
  expect(report).toEqual({ hints: 2, leftOut: 0, dryRun: false })
  const byHand = { books: false, again: true, causes: [{ id: 'call', type: 'by hand' }], questions: [] }
  expect(hints).toEqual(['00g1', '00g2'].map((id) => ({ subject: 'group', id, ...byHand })))
  expect((await replayed({ users: ['00u1'] })).hints).toMatchObject([{ subject: 'user', id: '00u1', again: true }])
})

test('what would be rung is counted and not rung where that is asked for', async () => {
  const { report, hints } = await replayed({ users: ['00u1'], dryRun: true })
  expect([report, hints]).toEqual([{ hints: 1, leftOut: 0, dryRun: true }, []])
})

test('dead letters are put back, or counted', async () => {
  expect((await replayed({ deadLetters: true })).report).toEqual({ hints: 2, leftOut: 0, dryRun: false })
  expect((await replayed({ deadLetters: true, dryRun: true })).report).toEqual({ hints: 3, leftOut: 0, dryRun: true })
})

describe('the System Log', () => {
  test('rings what its events name, without the groups that were read a minute after the newest of them', async () => {
    const read = (id: string, readAt: number) => table.snapshot.putMirror(unread(id), { ...unread(id), readAt })
    await read('00g-settled', PUBLISHED + 60_000)
    await read('00g-early', PUBLISHED + 59_999)
    const late = joined('00g-early')
    const events = [
      joined('00g-settled'),
      late,
      joined('00g-unknown'),
      event('user.lifecycle.suspend', [['User', '00u1']]),
    ]
    const { report, hints } = await replayed(SINCE, events)
    expect(hints.map(({ id }) => id)).toEqual(['00g-early', '00g-unknown', '00u1'])
    expect(report).toEqual({ hints: 3, leftOut: 1, dryRun: false })
    const all = await replayed({ ...SINCE, all: true }, events)
    expect(all.report).toEqual({ hints: 4, leftOut: 0, dryRun: false })
  })

  test('rings for an event that does not say when it was', async () => {
    await table.snapshot.putMirror(unread('00g-undated'), { ...unread('00g-undated'), readAt: Number.MAX_SAFE_INTEGER })
    for (const published of [null, undefined, 'yesterday']) {
      expect((await replayed(SINCE, [joined('00g-undated', { published })])).hints).toHaveLength(1)
    }
  })
})
