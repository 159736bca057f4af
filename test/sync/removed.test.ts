import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { noLedger } from '../../shared/membership/ledger.ts'
import { digestOf } from '../../shared/membership/member-list.ts'
import { compareRemoved } from '../../shared/sync/compare-removed.ts'
import { namesWith } from '../../shared/sync/names-with.ts'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { removePerson, restorePerson } from '../../shared/sync/remove-person.ts'
import { openTable } from '../snapshot/table.ts'

let table: Awaited<ReturnType<typeof openTable>>
let snapshot: Snapshot
const clock = { time: 1_000, now: () => clock.time }
const ports = () => ({ snapshot, clock, newId: randomUUID })
const who = { by: 'arn:admin', reason: 'must go' }
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'

beforeAll(async () => {
  table = await openTable()
})
beforeEach(async () => {
  snapshot = table.snapshot
  await snapshot.putBudget({ ...(await snapshot.budget()), removed: [] })
  clock.time = 1_000
})
afterAll(() => table.close())

const removed = async () => (await snapshot.budget()).removed

async function listOf(...ids: string[]): Promise<string> {
  await snapshot.putList(digestOf(ids), ids)
  return digestOf(ids)
}

/** A name of ours, as it was put, and what Okta wants for it now. */
async function name(key: string, meant: string[], wanted: string[], adjusted: string[] | null = null) {
  const digest = await listOf(...wanted)
  const target = await listOf(...meant)
  const facts = { ours: true, status: 'confirmed', meant: target } as const
  const how = adjusted === null ? null : { wanted: digest, target, removed: adjusted, until: 9_000 }
  const claim = { name: key, owner: '00g1', digest, count: wanted.length, change: 1, doubles: [] }
  return { ledger: { ...noLedger(key), ...facts, adjusted: how }, claim }
}

describe('a person who is removed by hand', () => {
  test('is written down by their canonical id, once, with who did it and why', async () => {
    await removePerson(ports(), { user: 'Ann+x@Example.com', ...who, until: 5_000 })
    clock.time = 2_000
    await removePerson(ports(), { user: ANN, ...who, until: 9_000 })
    expect(await removed()).toEqual([{ id: ANN, at: 2_000, until: 9_000, ...who }])
    const records = await table.rows(`REMOVED#${ANN}`)
    expect(records.map(({ verb, until, at }) => [verb, until, at])).toEqual([
      ['remove', 5_000, 1_000],
      ['remove', 9_000, 2_000],
    ])
  })

  test('is forgotten with the next write when the time has passed', async () => {
    await removePerson(ports(), { user: ANN, ...who, until: 5_000 })
    clock.time = 5_000
    await removePerson(ports(), { user: BOB, ...who, until: 9_000 })
    expect((await removed()).map(({ id }) => id)).toEqual([BOB])
    await expect(restorePerson(ports(), { user: ANN, ...who })).rejects.toThrow(/“ann@example\.com” isn't removed/)
  })

  test('is written down though somebody spends of the budget at the same time', async () => {
    let isFirst = true
    const putBudget: Snapshot['putBudget'] = async (...given) => {
      if (isFirst) {
        isFirst = false
        await table.snapshot.putBudget({ ...(await table.snapshot.budget()), totals: { memberships: 7, names: 1 } })
      }
      return table.snapshot.putBudget(...given)
    }
    snapshot = { ...table.snapshot, putBudget }
    await removePerson(ports(), { user: ANN, ...who, until: 5_000 })
    expect(await snapshot.budget()).toMatchObject({ totals: { memberships: 7 }, removed: [{ id: ANN }] })
    await expect(
      removePerson(
        { ...ports(), snapshot: { ...snapshot, putBudget: () => Promise.reject(new Error('no table')) } },
        {
          ...{ user: ANN, ...who, until: 5_000 },
        },
      ),
    ).rejects.toThrow('no table')
  })
})

test('a person who is let in again is no more among the removed, which is kept with who did it; others are', async () => {
  const CARL = 'carl@example.com'
  await removePerson(ports(), { user: CARL, ...who, until: 9_000 })
  await removePerson(ports(), { user: BOB, ...who, until: 9_000 })
  const restored = await restorePerson(ports(), { user: 'Carl+x@Example.com', by: 'arn:bob', reason: 'a mistake' })
  expect(restored).toMatchObject({ id: CARL, until: 9_000 })
  expect((await removed()).map(({ id }) => id)).toEqual([BOB])
  const record = (await table.rows(`REMOVED#${CARL}`)).find(({ verb }) => verb === 'restore')
  expect(record).toMatchObject({ by: 'arn:bob', reason: 'a mistake', at: 1_000 })
  expect(String(record?.['id'] ?? record?.['sk'])).toContain('1970-01-01T00:00:01.000Z#')
})

describe('comparing the names with who is removed', () => {
  test('names nothing where everybody is where they should be', async () => {
    await removePerson(ports(), { user: ANN, ...who, until: 9_000 })
    const names = [await name('out', [BOB], [ANN, BOB], [ANN]), await name('never in', [BOB], [BOB])]
    expect(await compareRemoved(snapshot, names, true, clock.now())).toEqual([])
    expect(await removed()).toHaveLength(1)
  })

  test('names who is in and should not be, and who is out and should not be', async () => {
    await removePerson(ports(), { user: ANN, ...who, until: 9_000 })
    const names = [await name('still in', [ANN, BOB], [ANN, BOB]), await name('still out', [ANN], [ANN, BOB], [BOB])]
    expect((await compareRemoved(snapshot, names, true, clock.now())).sort()).toEqual([
      'still in',
      'still out',
      'still out',
    ])
    await restorePerson(ports(), { user: ANN, ...who })
    expect(await compareRemoved(snapshot, names, true, clock.now())).toEqual(['still out'])
  })

  test('forgets whom no group has in any more, but not while a group was never read', async () => {
    await removePerson(ports(), { user: ANN, ...who, until: 9_000 })
    await removePerson(ports(), { user: BOB, ...who, until: 9_000 })
    const names = [await name('sales', [], [BOB], [BOB])]
    await compareRemoved(snapshot, names, false, clock.now())
    expect(await removed()).toHaveLength(2)
    const taken = { ...snapshot, putBudget: async () => Promise.reject(await lost()) }
    await compareRemoved(taken, names, true, clock.now())
    expect(await removed()).toHaveLength(2)
    await compareRemoved(snapshot, names, true, clock.now())
    expect((await removed()).map(({ id }) => id)).toEqual([BOB])
    const broken = { ...snapshot, putBudget: () => Promise.reject(new Error('no table')) }
    await expect(compareRemoved(broken, [], true, clock.now())).rejects.toThrow('no table')
  })

  test('forgets whose time has passed, and names who is still kept out for them', async () => {
    await removePerson(ports(), { user: ANN, ...who, until: 5_000 })
    const names = [await name('sales', [BOB], [ANN, BOB], [ANN]), await name('twin', [ANN, BOB], [ANN, BOB])]
    clock.time = 5_000
    expect(await compareRemoved(snapshot, names, false, clock.now())).toEqual(['sales'])
    expect(await removed()).toEqual([])
  })

  async function lost(): Promise<unknown> {
    return snapshot.putBudget({ ...(await snapshot.budget()), version: 1 }).catch((error: unknown) => error)
  }
})

test('the names that a person is in are found by what was put, each list read once', async () => {
  for (const [key, ids] of Object.entries({ sales: [ANN, BOB], twin: [ANN, BOB], other: [BOB] })) {
    await snapshot.putLedger((await name(key, ids, ids)).ledger)
  }
  await snapshot.putLedger({ ...(await name('unknown', [BOB], [BOB])).ledger, status: 'putting' })
  await snapshot.putLedger({ ...(await name('foreign', [ANN], [ANN])).ledger, ours: false })
  const reads: string[] = []
  const list = (digest: string) => {
    reads.push(digest)
    return snapshot.list(digest)
  }
  const known = new Map<string, boolean>()
  const told: number[][] = []
  const found = await namesWith({ ...snapshot, list }, 'ANN@example.com', known, (...progress) => told.push(progress))
  expect(found.map(({ key }) => key).sort()).toEqual(['sales', 'twin', 'unknown'])
  expect(reads.sort()).toEqual([digestOf([ANN, BOB]), digestOf([BOB])].sort())
  expect(told).toEqual([
    [1, 2],
    [2, 2],
  ])
  await namesWith({ ...snapshot, list }, ANN, known)
  expect(reads).toHaveLength(2)
})
