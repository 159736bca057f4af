import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Conflict } from '../../shared/sync/ports.ts'
import type { MissingEvent } from '../../shared/sync/rows.ts'
import { openTable, pagesOf } from './table.ts'

const AT = 1_800_000_000_000
const TWO_DAYS = 2 * 86_400

let table: Awaited<ReturnType<typeof openTable>>

beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

const missing = (uuid: string): MissingEvent => ({
  ...{ uuid, type: 'group.lifecycle.create', published: AT, group: '00g1', user: null },
})
const dueIds = async (now: number) =>
  (await pagesOf(table.snapshot.due(now))).flat().flatMap(({ what, id }) => (what === 'event' ? [id] : []))
const rowOf = async (uuid: string) => (await table.rows(`EVENT#${uuid}`))[0]

describe('the place in the log', () => {
  test('is kept, and moves on for one writer of two', async () => {
    const { snapshot } = table
    expect(await snapshot.cursor()).toBeNull()
    const first = { version: 0, cursor: '/api/v1/logs?after=1', polledAt: AT, deliveriesSince: null }
    const stored = await snapshot.putCursor(first)
    expect(stored).toEqual({ ...first, version: 1 })
    expect(await snapshot.cursor()).toEqual(stored)
    const next = { ...stored, cursor: '/api/v1/logs?after=2', deliveriesSince: AT }
    expect(await snapshot.putCursor(next)).toEqual({ ...next, version: 2 })
    await expect(snapshot.putCursor(next)).rejects.toBeInstanceOf(Conflict)
    await expect(snapshot.putCursor(first)).rejects.toBeInstanceOf(Conflict)
    expect(await snapshot.cursor()).toEqual({ ...next, version: 2 })
  })
})

describe('an event', () => {
  test('that was delivered is known for two days, and is not missing', async () => {
    const { snapshot } = table
    expect(await snapshot.isDelivered('known')).toBe(false)
    expect(await snapshot.noteDelivered('known', AT)).toBeNull()
    expect(await snapshot.isDelivered('known')).toBe(true)
    expect(await rowOf('known')).toMatchObject({ expiresAt: AT / 1000 + TWO_DAYS })
    expect(await snapshot.noteMissing(missing('known'), AT)).toBe(false)
    expect(await snapshot.noteDelivered('known', AT)).toBeNull()
    expect(await dueIds(AT)).not.toContain('known')
  })

  test('that is missing is due, until its delivery comes, which tells once what it was', async () => {
    const { snapshot } = table
    expect(await snapshot.noteMissing(missing('late'), AT + 1)).toBe(true)
    expect(await snapshot.noteMissing(missing('late'), AT + 2)).toBe(false)
    expect(await rowOf('late')).toMatchObject({ expiresAt: AT / 1000 + TWO_DAYS })
    expect(await snapshot.isDelivered('late')).toBe(false)
    expect(await dueIds(AT)).not.toContain('late')
    expect(await dueIds(AT + 1)).toContain('late')
    expect(await snapshot.noteDelivered('late', AT + 5)).toEqual(missing('late'))
    expect(await snapshot.noteDelivered('late', AT + 6)).toBeNull()
    expect(await dueIds(AT + 9)).not.toContain('late')
    expect(await snapshot.takeForLost('late')).toBeNull()
  })

  test('that is missing is taken for lost once, and is not late any more', async () => {
    const { snapshot } = table
    await snapshot.noteMissing(missing('lost'), AT)
    expect(await snapshot.takeForLost('lost')).toEqual(missing('lost'))
    expect(await snapshot.takeForLost('lost')).toBeNull()
    expect(await dueIds(AT)).not.toContain('lost')
    expect(await snapshot.noteMissing(missing('lost'), AT)).toBe(false)
    expect(await snapshot.noteDelivered('lost', AT)).toBeNull()
    expect(await snapshot.takeForLost('never heard of')).toBeNull()
  })

  test('that cannot be written down is an error', async () => {
    const nowhere = table.snapshotAt('http://127.0.0.1:1')
    await expect(nowhere.noteMissing(missing('nowhere'), AT)).rejects.toThrow(/ECONNREFUSED/)
    await expect(nowhere.takeForLost('nowhere')).rejects.toThrow(/ECONNREFUSED/)
  })
})
