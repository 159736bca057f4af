import { beforeEach, describe, expect, test } from 'vitest'
import { PutError, type UserStore } from '../../shared/sync/ports.ts'
import { takeOutOfAll } from '../../shared/sync/take-out-of-all.ts'
import { ids, openStage, type Stage } from './stage.ts'

const BOB = 'bob@example.com'
const HOUR = 3_600_000

let stage: Stage
beforeEach(async () => {
  stage = openStage()
  stage.group('00g1', 'Sales', 'ann', 'bob')
  stage.group('00g2', 'Purchase', 'bob')
  stage.group('00g3', 'Staff', 'ann')
  await stage.reconcile()
  await removed([BOB, stage.clock.time + 2 * HOUR])
})

async function removed(...people: [id: string, until: number][]) {
  const rows = people.map(([id, until]) => ({ id, until, at: 0, by: 'arn:ann', reason: 'left' }))
  await stage.snapshot.putBudget({ ...(await stage.snapshot.budget()), removed: rows })
}

/** Takes Bob out of every name, by a user store that is told what to do otherwise. */
async function takenOut(over: Partial<UserStore> = {}) {
  const told: unknown[] = []
  const began = stage.clock.time
  const ports = { ...stage.ports, userStore: { ...stage.ports.userStore, ...over } }
  const taken = await takeOutOfAll(ports, 'Bob+x@example.com', { read() {}, done: ({ name }) => told.push(name) })
  return { taken: taken.toSorted((a, b) => (a.name < b.name ? -1 : 1)), told, waited: stage.clock.time - began }
}

describe('a person who is taken out of all names', () => {
  test('is out of each that had them, as soon as GetGroup shows it', async () => {
    const { taken, told, waited } = await takenOut()
    expect(taken).toMatchObject([
      { name: 'Purchase', is: 'out', retryAt: null, why: null },
      { name: 'Sales', is: 'out', retryAt: null, why: null },
    ])
    expect(told.toSorted()).toEqual(['Purchase', 'Sales'])
    expect(waited).toBeLessThan(10_000)
    expect([stage.members('Sales'), stage.members('Purchase'), stage.members('Staff')]).toEqual([['ann'], [], ['ann']])
    expect(stage.names).toEqual([])
  })

  test('is put for where it is accepted and not confirmed, and waited for a while', async () => {
    const { status } = stage.ports.userStore
    const known = { Sales: await status('Sales'), Purchase: await status('Purchase') }
    const { taken, waited } = await takenOut({ status: async (name) => known[name as 'Sales'] })
    expect(taken.map(({ is, why }) => [is, why])).toEqual([
      ['put', null],
      ['put', null],
    ])
    for (const { took } of taken) expect(took).toBeLessThanOrEqual(waited)
    // Five times each, one clock for both.
    expect(waited).toBeGreaterThan(16_000)
    expect(waited).toBeLessThan(22_000)
    expect(stage.names).toEqual([])
  })

  test('is still in where the put is not taken, which says why: the name is tried again, and rung', async () => {
    const denied = () => Promise.reject(new PutError('denied', 'as the test wants it', null))
    const { taken, waited } = await takenOut({ put: denied })
    expect(taken).toMatchObject([
      { name: 'Purchase', is: 'in', why: 'denied', retryAt: expect.any(Number) },
      { name: 'Sales', is: 'in', why: 'denied' },
    ])
    expect(waited).toBeGreaterThanOrEqual(23_500)
    expect(stage.names.map(([key]) => key).toSorted()).toEqual(['purchase', 'sales'])
    expect(stage.members('Sales')).toEqual(['ann', 'bob'])
  })

  test('is still in where the user store fails, by the name of the error', async () => {
    const failing = () => Promise.reject(Object.assign(new Error('secret'), { name: 'SocketError' }))
    expect((await takenOut({ put: failing })).taken).toMatchObject([{ why: 'SocketError' }, { why: 'SocketError' }])
  })
})

describe('who is kept out by hand', () => {
  test('stays out for as long as it was said, and is let in then', async () => {
    await takenOut()
    expect((await stage.ledger('Sales')).adjusted).toMatchObject({ removed: [BOB] })
    stage.clock.time += HOUR
    await stage.reconcile()
    expect(stage.members('Sales')).toEqual(['ann'])
    stage.clock.time += HOUR
    await stage.reconcile()
    expect(stage.members('Sales')).toEqual(['ann', 'bob'])
    expect((await stage.ledger('Sales')).adjusted).toBeNull()
  })

  test('has the name looked at when the first of those in it may be in again', async () => {
    const [sooner, later] = [stage.clock.time + 10 * HOUR, stage.clock.time + 20 * HOUR]
    await removed(['zoe@example.com', stage.clock.time + HOUR], [BOB, later], ['ann@example.com', sooner])
    await stage.reconcile()
    expect((await stage.ledger('Sales')).adjusted).toMatchObject({ removed: ids('ann', 'bob'), until: sooner })
    expect(stage.members('Sales')).toEqual([])
  })
})
