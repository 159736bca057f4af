import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import { NO_FAILURES } from '../../shared/membership/set-aside.ts'
import type { LogEvent } from '../../shared/okta/log-event.ts'
import { takePage } from '../../shared/sync/take-page.ts'
import { event } from '../okta/events.ts'
import { openTable, pagesOf } from '../snapshot/table.ts'
import { RULES, readPorts } from './ports.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const NOW = 1_800_000_000_000

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `00x${++count}`
})
afterAll(() => table.close())

const at = (published: number) => ({ published: new Date(published).toISOString() })
const joined = (published: number, over: Partial<LogEvent> = {}) =>
  event(
    'group.user_membership.add',
    [
      ['User', '00u1'],
      ['UserGroup', id],
    ],
    { ...at(published), ...over },
  )
const suspended = (published: number) => event('user.lifecycle.suspend', [['User', id]], at(published))

/** What comes of a page of these events. */
async function pageOf(events: LogEvent[], { since = null as number | null, isFirst = false } = {}) {
  const { ports, hints, counted, told } = readPorts(table.snapshot)
  const page = { events, next: '', date: NOW }
  const came = await takePage({ ...ports, rules: RULES }, page, since, isFirst)
  return { ...came, rung: hints, counted, told }
}

const missing = async () =>
  (await pagesOf(table.snapshot.due(Number.MAX_SAFE_INTEGER)))
    .flat()
    .flatMap(({ what, id }) => (what === 'event' ? [id] : []))

describe('an event about a group', () => {
  const put = (facts: object) => table.snapshot.putMirror(unread(id), { ...unread(id), state: 'present', ...facts })

  test('rings, and books a look where it is younger than a minute', async () => {
    const { rung } = await pageOf([joined(NOW - MINUTE + 1)])
    expect(rung).toMatchObject([
      { subject: 'group', id, books: true, again: false, questions: [{ user: '00u1', says: 'added' }] },
    ])
    expect(rung[0]).not.toHaveProperty('delivered')
  })

  test('rings without booking, and asks nothing, where a read of now is late enough', async () => {
    const { rung } = await pageOf([joined(NOW - MINUTE)])
    expect(rung).toMatchObject([{ id, books: false, again: false, questions: [], causes: [{ user: '00u1' }] }])
  })

  test('rings once for many, as the newest of them asks', async () => {
    const { rung } = await pageOf([joined(NOW), ...Array.from({ length: 30 }, () => joined(NOW - 5 * MINUTE))])
    expect(rung).toMatchObject([{ id, books: true }])
  })

  test.each([
    ['was read a minute after it', { readAt: NOW - 2 * MINUTE }, 0],
    ['was read less than a minute after it', { readAt: NOW - 2 * MINUTE - 1 }, 1],
    ['has heard of it, or of something later', { newestHint: NOW - 3 * MINUTE }, 0],
    ['has heard only of something earlier', { newestHint: NOW - 3 * MINUTE - 1 }, 1],
  ])('about one that %s', async (_, facts, hints) => {
    await put(facts)
    expect(await pageOf([joined(NOW - 3 * MINUTE)])).toMatchObject({ hints })
  })

  test('that does not say when it was published rings, and books', async () => {
    await put({ readAt: NOW, newestHint: NOW })
    for (const published of [null, 'soon', undefined]) {
      expect((await pageOf([joined(NOW, { published })], { since: 0 })).rung).toMatchObject([{ id, books: true }])
    }
  })

  test('whose delivery came does not ring, nor does a type that says nothing, or a failure', async () => {
    const came = joined(NOW)
    await table.snapshot.noteDelivered(came.uuid!, NOW)
    const nothing = event('user.session.start', [['User', '00u1']], at(NOW))
    const failed = joined(NOW, { outcome: { result: 'FAILURE' } })
    expect(await pageOf([came, nothing, failed])).toMatchObject({ hints: 0, rung: [] })
  })

  test('rings for the one of two whose delivery did not come', async () => {
    const [came, lost] = [joined(NOW), joined(NOW)]
    await table.snapshot.noteDelivered(came.uuid!, NOW)
    const { rung } = await pageOf([came, lost])
    expect(rung[0]?.causes.map((cause) => cause.id)).toEqual([lost.uuid])
  })

  test('without a uuid, or with one that no row could have, rings, and is not looked for', async () => {
    for (const uuid of [null, undefined, '', 'x'.repeat(3_000)]) {
      expect(await pageOf([joined(NOW, { uuid })], { since: 0 })).toMatchObject({ hints: 1 })
    }
  })
})

describe('an event about a user', () => {
  const row = (newestHint: number) => ({ id, version: 0, newestHint, causes: [], rung: [], ...NO_FAILURES })

  test('rings, and always books: who is being followed is followed anew only so', async () => {
    await table.snapshot.putUser(row(NOW - 5 * MINUTE))
    expect((await pageOf([suspended(NOW - 4 * MINUTE)])).rung).toMatchObject([
      { subject: 'user', id, books: true, questions: [] },
    ])
  })

  test('does not ring where they are being followed for it, or for something later', async () => {
    await table.snapshot.putUser(row(NOW - 4 * MINUTE))
    expect(await pageOf([suspended(NOW - 4 * MINUTE)])).toMatchObject({ hints: 0 })
  })
})

test('an event about nobody in particular rings, unless its delivery came', async () => {
  const imported = event('system.import.complete', [], at(NOW))
  expect((await pageOf([imported])).rung).toMatchObject([{ subject: 'org' }])
  await table.snapshot.noteDelivered(imported.uuid!, NOW)
  expect(await pageOf([imported])).toMatchObject({ hints: 0 })
})

describe('deliveries', () => {
  beforeEach(async () => {
    for (const uuid of await missing()) await table.snapshot.takeForLost(uuid)
  })

  test('are expected from the first that came; without an event hook none is missed', async () => {
    const [before, came, after] = [joined(NOW - 2_000), joined(NOW - 1_000), joined(NOW)]
    const events = [before, came, after]
    expect(await pageOf(events)).toMatchObject({ deliveriesSince: null })
    expect(await missing()).toEqual([])
    await table.snapshot.noteDelivered(came.uuid!, NOW)
    expect(await pageOf(events)).toMatchObject({ deliveriesSince: NOW - 1_000 })
    expect(await missing()).toEqual([after.uuid])
    await table.snapshot.takeForLost(after.uuid!)
    expect(await pageOf([joined(NOW)], { since: 5 })).toMatchObject({ deliveriesSince: 5 })
  })

  test('are missed neither in the first poll, nor of events too old to know, nor of what no event hook has', async () => {
    const came = joined(NOW)
    await table.snapshot.noteDelivered(came.uuid!, NOW)
    expect(await pageOf([came, joined(NOW)], { isFirst: true })).toMatchObject({ deliveriesSince: null })
    const email = event('user.account.update_primary_email', [['User', '00u1']], at(NOW))
    await pageOf([joined(NOW - 2 * DAY), email], { since: 0 })
    expect(await missing()).toEqual([])
  })

  test('that are missed are due an hour after the event, with what it is about', async () => {
    const lost = joined(NOW - MINUTE)
    await pageOf([lost], { since: 0 })
    expect(await table.rows(`EVENT#${lost.uuid}`)).toMatchObject([
      { dueAt: NOW + 59 * MINUTE, type: 'group.user_membership.add', group: id, user: '00u1', published: NOW - MINUTE },
    ])
  })

  test('that failed are counted, and those that did not are not', async () => {
    const delivery = (result: string) => event('event_hook.delivery', [['EventHook', '0wh1']], { outcome: { result } })
    const { counted, told } = await pageOf([delivery('FAILURE'), delivery('SUCCESS'), delivery('FAILURE')])
    expect(told).toContainEqual(['HookDeliveriesFailed', 2])
    expect(told).toContainEqual([expect.stringContaining('could not deliver'), { failed: 2, hooks: ['0wh1'] }])
    expect(counted('HookDeliveriesFailed')).toBe(1)
    expect((await pageOf([])).counted('HookDeliveriesFailed')).toBe(0)
  })
})
