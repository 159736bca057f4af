import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import type { Change } from '../../shared/sync/records.ts'
import { beforeIntent, confirmedWith, refusal } from '../membership/arbitraries.ts'
import { HISTORY_DAYS, openTable } from './table.ts'

let table: Awaited<ReturnType<typeof openTable>>
let key = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  key = `sales ${++count}`
})
afterAll(() => table.close())

const ledger = (facts: Partial<Ledger> = {}): Ledger => ({ ...confirmedWith('one'), key, version: 0, ...facts })
const change = (over: Partial<Change> = {}): Change => ({
  ...{ key, id: '2026-01-01T00:00:00.000Z#00000001', name: 'Sales', owner: '00g1', before: null, after: 'one' },
  ...{ joined: 2, left: 0, held: 0, because: 'wanted', at: 1_767_225_600_500 },
  causes: [{ id: 'e1', type: 'group.lifecycle.create', user: undefined as unknown as string }],
  ...over,
})
const read = async () => (await table.snapshot.name(key)).ledger
const changes = async () => (await table.rows(`NAME#${key}`)).filter(({ sk }) => String(sk).startsWith('CHANGE#'))

describe('a ledger', () => {
  test('of a name that was never put has no row', async () => {
    expect(await table.snapshot.name(key)).toEqual({ ledger: noLedger(key), bearers: [] })
  })

  test('is read as it was written, one version on', async () => {
    const facts = {
      doubt: { since: 1, puts: 2 },
      refusal: refusal(),
      before: beforeIntent({ meant: 'two' }),
      doubles: ['00g2'],
    }
    const first = await table.snapshot.putLedger(ledger(facts))
    expect(first).toEqual(ledger({ ...facts, version: 1 }))
    expect(await read()).toEqual(first)
    expect(await table.snapshot.putLedger({ ...first, meant: 'two' })).toEqual({ ...first, meant: 'two', version: 2 })
    expect(await read()).toEqual({ ...first, meant: 'two', version: 2 })
  })

  test('is written by one of two who write it at the same time', async () => {
    const first = await table.snapshot.putLedger(ledger())
    const outcomes = await Promise.allSettled([
      table.snapshot.putLedger({ ...first, meant: 'two' }),
      table.snapshot.putLedger({ ...first, meant: 'three' }),
    ])
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(lost[0]?.reason).toBeInstanceOf(Conflict)
    expect((await read()).version).toBe(2)
  })

  test('is created once', async () => {
    await table.snapshot.putLedger(ledger())
    await expect(table.snapshot.putLedger(ledger())).rejects.toBeInstanceOf(Conflict)
  })

  test('is due by its facts, and in no list of what is due where nothing is', async () => {
    const due = await table.snapshot.putLedger(ledger({ retryAt: 7 }))
    expect((await table.rows(`NAME#${key}`))[0]).toMatchObject({ due: 'DUE', dueAt: 7, kind: 'NAME' })
    await table.snapshot.putLedger({ ...due, retryAt: null })
    const [row] = await table.rows(`NAME#${key}`)
    expect(row).not.toHaveProperty('due')
    expect(row).not.toHaveProperty('dueAt')
  })
})

describe('a change record', () => {
  test('is written with the intent, and expires when its days are over', async () => {
    await table.snapshot.putLedger(ledger(), change())
    expect(await changes()).toEqual([
      {
        ...change({ causes: [{ id: 'e1', type: 'group.lifecycle.create' }] }),
        pk: `NAME#${key}`,
        sk: 'CHANGE#2026-01-01T00:00:00.000Z#00000001',
        outcome: 'intended',
        expiresAt: 1_767_225_600 + HISTORY_DAYS * 86_400,
      },
    ])
  })

  test('is not written where the intent is not', async () => {
    await table.snapshot.putLedger(ledger(), change())
    await expect(table.snapshot.putLedger(ledger(), change({ id: 'late' }))).rejects.toBeInstanceOf(Conflict)
    expect(await changes()).toHaveLength(1)
  })

  test('says what came of it, and when', async () => {
    await table.snapshot.putLedger(ledger(), change())
    const { id } = change()
    await table.snapshot.putOutcome(key, id, { outcome: 'accepted', requestId: 'request 1', at: 5 })
    await table.snapshot.putOutcome(key, id, { outcome: 'confirmed', at: 9 })
    expect((await changes())[0]).toMatchObject({
      ...{ outcome: 'confirmed', acceptedAt: 5, confirmedAt: 9, requestId: 'request 1', after: 'one' },
    })
  })

  // Found by the simulation: a worker that had stood still asked about the put over its own.
  test.each(['confirmed', 'failed'])('stays what it is once it is %s', async (final) => {
    await table.snapshot.putLedger(ledger(), change())
    await table.snapshot.putOutcome(key, change().id, { outcome: final, at: 5 })
    for (const outcome of ['confirmed', 'failed', 'accepted'])
      await table.snapshot.putOutcome(key, change().id, { outcome, at: 9 })
    const [record] = await changes()
    expect(record).toMatchObject({ outcome: final, [`${final}At`]: 5 })
    expect(record).not.toHaveProperty('acceptedAt')
  })

  test.each(['refused', 'quota', 'throttled', 'conflict', 'denied', 'unknown', 'failed'])(
    'may end %s',
    async (outcome) => {
      await table.snapshot.putLedger(ledger(), change())
      await table.snapshot.putOutcome(key, change().id, { outcome, at: 5 })
      expect((await changes())[0]).toMatchObject({ outcome, [`${outcome}At`]: 5 })
    },
  )

  test('is no bearer, and a bearer is no change record', async () => {
    await table.snapshot.putLedger(ledger(), change())
    expect((await table.snapshot.name(key)).bearers).toEqual([])
  })
})
