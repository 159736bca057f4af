import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import type { DueRow, Identity, UserRow } from '../../shared/sync/rows.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { confirmedWith, refusal } from '../membership/arbitraries.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { openTable, pagesOf } from './table.ts'

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `row ${++count}`
})
afterAll(() => table.close())

const user = (over: Partial<UserRow> = {}): UserRow => ({
  ...{ id, version: 0, newestHint: 5, rung: ['00g1'], failures: 0, retryAt: null, setAside: null },
  causes: [{ id: 'e1', type: 'user.lifecycle.suspend' }],
  ...over,
})
/** A user whose next try is at a time. */
const userDue = (retryAt: number, over: Partial<UserRow> = {}) => user({ failures: 1, retryAt, ...over })
const dueBy = async (now: number, by = table.snapshot) =>
  (await pagesOf(by.due(now))).flat().filter((row) => row.id === id)

describe('a user to follow', () => {
  test('is read as it was written, one version on', async () => {
    expect(await table.snapshot.user(id)).toBeNull()
    await table.snapshot.putUser(user())
    expect(await table.snapshot.user(id)).toEqual(user({ version: 1 }))
    await table.snapshot.putUser(userDue(9, { version: 1 }))
    expect(await table.snapshot.user(id)).toEqual(userDue(9, { version: 2 }))
  })

  test('is due a minute after the newest hint, or when a failed try is to be repeated', async () => {
    await table.snapshot.putUser(user({ newestHint: 5_000 }))
    expect(await dueBy(64_999)).toEqual([])
    expect(await dueBy(65_000)).toMatchObject([{ dueAt: 65_000 }])
    await table.snapshot.putUser(userDue(9_000, { version: 1, newestHint: 5_000 }))
    expect(await dueBy(9_000)).toMatchObject([{ dueAt: 9_000 }])
  })

  test('and put off is as it was, for whoever follows them', async () => {
    await table.snapshot.putUser(userDue(10))
    const [row] = (await dueBy(10)) as [DueRow]
    await table.snapshot.postpone(row, 300_000)
    expect(await table.snapshot.user(id)).toEqual(userDue(10, { version: 1 }))
  })

  test('is written by one of two who follow them at the same time', async () => {
    await table.snapshot.putUser(user())
    await expect(table.snapshot.putUser(user())).rejects.toBeInstanceOf(Conflict)
    await table.snapshot.putUser(user({ version: 1 }))
    await expect(table.snapshot.putUser(user({ version: 1 }))).rejects.toBeInstanceOf(Conflict)
  })

  test('is forgotten, unless there was a newer hint since, or there is nothing to forget', async () => {
    await table.snapshot.putUser(user())
    await table.snapshot.putUser(user({ version: 1, newestHint: 9 }))
    await table.snapshot.deleteUser(user({ version: 1 }))
    expect((await table.snapshot.user(id))?.newestHint).toBe(9)
    await table.snapshot.deleteUser(user({ version: 2 }))
    expect(await table.snapshot.user(id)).toBeNull()
    await table.snapshot.deleteUser(user({ version: 0 }))
    await table.snapshot.deleteUser(user({ version: 2 }))
  })
})

test('a run is created once, and moved on by one at a time', async () => {
  expect(await table.snapshot.run(id)).toBeNull()
  const first = await table.snapshot.putRun(waitingRun(id, 7))
  expect(first).toEqual({ ...waitingRun(id, 7), version: 1 })
  expect(await table.snapshot.run(id)).toEqual(first)
  await expect(table.snapshot.putRun(waitingRun(id, 7))).rejects.toBeInstanceOf(Conflict)
  const finished = await table.snapshot.putRun({ ...first, phase: 'finished', unread: ['00g1'], takeUpAt: null })
  expect(await table.snapshot.run(id)).toEqual({
    ...first,
    phase: 'finished',
    unread: ['00g1'],
    takeUpAt: null,
    version: 2,
  })
  expect(finished.version).toBe(2)
  await expect(table.snapshot.putRun({ ...first, phase: 'absent' })).rejects.toBeInstanceOf(Conflict)
})

test('what is counted on a day is counted once each, whoever counts at the same time, and each day and thing by itself', async () => {
  const { tally } = table.snapshot
  const counted = await Promise.all(Array.from({ length: 8 }, () => tally('2026-11-21', 'drift')))
  expect(counted.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect([await tally('2026-11-22', 'drift'), await tally('2026-11-21', 'noDocument')]).toEqual([1, 1])
  expect(await table.rows('DAY#2026-11-21')).toMatchObject([
    { drift: 8, noDocument: 1, expiresAt: Date.parse('2026-12-21') / 1000 },
  ])
})

describe('what is due', () => {
  test('are rows of each kind whose time has come, and no others', async () => {
    id = `00#${count}`
    await table.snapshot.putMirror(unread(id), { ...unread(id), newestHint: 5_000 })
    await table.snapshot.putUser(userDue(65_000))
    await table.snapshot.putLedger(confirmedWith('one', { version: 0, key: id, retryAt: 65_000 }))
    await table.snapshot.putRun(waitingRun(id, 65_000))
    expect(await dueBy(64_999)).toEqual([])
    const expected = [
      { pk: `GROUP#${id}`, sk: 'MIRROR', what: 'group' },
      { pk: `NAME#${id}`, sk: 'LEDGER', what: 'name' },
      { pk: `RUN#${id}`, sk: 'RUN', what: 'run' },
      { pk: `USER#${id}`, sk: 'USER', what: 'user' },
    ].map((row) => ({ ...row, id, dueAt: 65_000 }))
    for (const by of [table.snapshot, table.paged]) {
      expect((await dueBy(65_000, by)).toSorted((a, b) => (a.pk < b.pk ? -1 : 1))).toEqual(expected)
    }
    await table.snapshot.putRun({ ...waitingRun(id, null), version: 1 })
    expect(await dueBy(65_000)).toHaveLength(3)
  })

  test('comes in the order of time', async () => {
    const times = [300, 100, 200]
    for (const dueAt of times) await table.snapshot.putUser(userDue(dueAt, { id: `${id} ${dueAt}` }))
    const due = (await pagesOf(table.snapshot.due(1_000))).flat().filter((row) => row.id.startsWith(id))
    expect(due.map(({ dueAt }) => dueAt)).toEqual([100, 200, 300])
  })

  test('is put off for a while, unless it was written since', async () => {
    await table.snapshot.putUser(userDue(10))
    const [row] = (await dueBy(10)) as [DueRow]
    await table.snapshot.postpone(row, 20)
    expect(await dueBy(19)).toEqual([])
    expect(await dueBy(20)).toEqual([{ ...row, dueAt: 20 }])
    await table.snapshot.putUser(userDue(12, { version: 1 }))
    await table.snapshot.postpone({ ...row, dueAt: 20 }, 99)
    expect(await dueBy(12)).toEqual([{ ...row, dueAt: 12 }])
  })

  test('and gone since is not put off, and does not come back', async () => {
    await table.snapshot.putUser(userDue(10))
    const [row] = (await dueBy(10)) as [DueRow]
    await table.snapshot.deleteUser(user({ version: 1 }))
    await table.snapshot.postpone(row, 20)
    expect(await table.snapshot.user(id)).toBeNull()
    expect(await dueBy(99)).toEqual([])
  })

  test.each([
    ['TransactionConflictException', true],
    ['ProvisionedThroughputExceededException', false],
  ])('and refused with %s is left to the other: %s', async (name, isLost) => {
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }
    const server = await startPlainServer((_, response) => respond(response, 400, body))
    const row: DueRow = { pk: 'USER#1', sk: 'USER', dueAt: 1, what: 'user', id: '1' }
    const postponed = table.snapshotAt(server.url).postpone(row, 2)
    if (isLost) await postponed
    else await expect(postponed).rejects.toMatchObject({ name })
    await server.close()
  })
})

test('what is set aside is counted, and due when its time has come', async () => {
  const other = await openTable()
  const aside = { setAside: { since: 1, error: { error: 'HttpError', status: 500 } }, failures: 10, retryAt: 500 }
  await other.snapshot.putMirror(unread('00g1'), { ...unread('00g1'), ...aside })
  await other.snapshot.putLedger(confirmedWith('one', { version: 0, key: 'sales', ...aside }))
  await other.snapshot.putUser(user({ ...aside, retryAt: 600 }))
  await other.snapshot.putUser(userDue(400, { id: 'another' }))
  const due = async (now: number) => (await pagesOf(other.snapshot.due(now))).flat()
  for (const by of [other.snapshot, other.paged]) expect(await by.setAside()).toBe(3)
  expect((await due(499)).map((row) => row.id)).toEqual(['another'])
  expect((await due(500)).map((row) => row.id).sort()).toEqual(['00g1', 'another', 'sales'])
  expect(await other.snapshot.mirror('00g1')).toMatchObject(aside)
  const row = (await due(600)).find((each) => each.id === id)!
  await other.snapshot.postpone(row, 900)
  expect((await due(899)).filter(({ what, id: each }) => what === 'user' && each === id)).toEqual([])
  await other.snapshot.putUser(user({ version: 1 }))
  expect(await other.snapshot.setAside()).toBe(2)
  await other.close()
})

test('hints about users are counted by window, all at once too, and expire a day later', async () => {
  const window = 1_800_000_000_000
  const counts = await Promise.all(Array.from({ length: 20 }, () => table.snapshot.countUserHint(window)))
  expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  expect(await table.snapshot.countUserHint(window + 600_000)).toBe(1)
  const [row] = await table.rows(`BULK#${new Date(window).toISOString()}`)
  expect(row).toMatchObject({ hints: 20, expiresAt: window / 1000 + 86_400 })
})

test('which run began last is written by one at a time', async () => {
  const other = await openTable()
  expect(await other.snapshot.turn()).toBeNull()
  await other.snapshot.putTurn({ version: 0, run: 'one' })
  expect(await other.snapshot.turn()).toEqual({ version: 1, run: 'one' })
  await expect(other.snapshot.putTurn({ version: 0, run: 'two' })).rejects.toBeInstanceOf(Conflict)
  await other.snapshot.putTurn({ version: 1, run: 'two' })
  expect(await other.snapshot.turn()).toEqual({ version: 2, run: 'two' })
  await other.close()
})

test('all mirrors and all ledgers come from the index, with what a comparison needs', async () => {
  const other = await openTable()
  const mirrors = ['00g1', '00g2', '00g3'].map((each) => ({
    ...unread(each),
    ...{ state: 'present' as const, name: `Sales ${each}`, formerNames: [{ name: 'Old', until: 9 }], digest: 'one' },
    ...{ count: 3, created: '2026', changes: 4, run: { id: 'r', startedAt: 1 }, toRingSince: 7 },
  }))
  const ledgers = ['a', 'b'].map((key) =>
    confirmedWith('two', { version: 0, key, doubt: { since: 1, puts: 0 }, refusal: refusal({ reduced: 'two' }) }),
  )
  for (const mirror of mirrors) await other.snapshot.putMirror(unread(mirror.id), mirror)
  for (const ledger of ledgers) await other.snapshot.putLedger(ledger)
  await other.snapshot.putUser(user())
  for (const by of [other.snapshot, other.paged]) {
    const pages = await pagesOf(by.all())
    expect(pages.flatMap((page) => page.mirrors)).toEqual(
      mirrors.map(({ id: group, state, run, name, formerNames, digest, count: members, created, changes }) => {
        const since = { changedSince: 7, unreadSince: null, setAside: null }
        return { id: group, state, run, name, formerNames, digest, count: members, created, changes, ...since }
      }),
    )
    expect(pages.flatMap((page) => page.ledgers)).toMatchObject(
      ledgers.map(({ key, owner, ours, status, meant, doubt, refusal: refused }) => {
        return { key, owner, ours, status, meant, doubt, refusal: refused, retryAt: null }
      }),
    )
  }
  expect(await pagesOf(other.paged.all())).toHaveLength(7)
  await other.close()
})

test('what the table was made for is written once, and changed by one at a time', async () => {
  const other = await openTable()
  const identity: Identity = {
    tableVersion: 2,
    ...{ version: 0, orgId: '00o1', applicationId: 'a', indexId: 'i', stopped: null, puts: null },
    accepted: {
      scope: { types: ['OKTA_GROUP'], names: [], ids: ['00g1'] },
      members: { attribute: 'email', statuses: ['ACTIVE'] },
      groups: { name: '{name}' },
    },
  }
  expect(await other.snapshot.identity()).toBeNull()
  await other.snapshot.putIdentity(identity)
  expect(await other.snapshot.identity()).toEqual({ ...identity, version: 1 })
  await expect(other.snapshot.putIdentity({ ...identity, orgId: '00o2' })).rejects.toBeInstanceOf(Conflict)
  await other.snapshot.putIdentity({ ...identity, version: 1, stopped: 'another org' })
  expect(await other.snapshot.identity()).toEqual({ ...identity, version: 2, stopped: 'another org' })
  // A stage that was there before puts could be stopped goes on.
  const { puts: _, ...old } = identity
  await other.snapshot.putIdentity({ ...old, version: 2 } as Identity)
  expect((await other.snapshot.identity())?.puts).toMatchObject({ to: 'go', by: 'an older release' })
  await other.close()
})
