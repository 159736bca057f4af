import { beforeEach, describe, expect, test } from 'vitest'
import { modeOf, whyNoPut } from '../../shared/sync/mode.ts'
import { Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import { acceptedOf } from '../../shared/sync/rules.ts'
import { switchPuts } from '../../shared/sync/switch-puts.ts'
import { TABLE_VERSION } from '../../shared/sync/table-version.ts'
import { openStage, STAGE, START, type Stage } from './stage.ts'

const BY = { by: 'arn:ann', reason: 'to look' }
const HOUR = 3_600_000

let stage: Stage
beforeEach(async () => {
  stage = openStage()
  const made = { version: 0, tableVersion: TABLE_VERSION, ...STAGE, orgId: '00o1', stopped: null, puts: null }
  await stage.snapshot.putIdentity({ ...made, accepted: acceptedOf(stage.rules) })
})

const says = (to: 'go' | 'stop', snapshot: Snapshot = stage.snapshot, setting: 'put' | 'observe' = 'put') =>
  switchPuts({ ...stage.ports, snapshot }, { to, ...BY }, setting)
const puts = async () => (await stage.snapshot.identity())?.puts
const runs = () => stage.snapshot.run(`${new Date(stage.clock.time).toISOString()} go`)

describe('what counts for puts', () => {
  test.each([
    [null, 'put', null],
    [null, 'observe', 'this stage only observes: nothing was put yet'],
    ['go', 'observe', null],
    ['stop', 'put', 'puts are stopped since 2026-03-01 12:00 UTC, by arn:ann (“to look”)'],
  ] as const)('%s over the setting %s', (to, setting, why) => {
    const table = { puts: to === null ? null : { to, ...BY, at: START } }
    expect(whyNoPut(modeOf(table, setting))).toBe(why)
  })

  test('is the setting where nothing has run yet', () => {
    expect(modeOf(null, 'put')).toEqual({ is: 'put', said: null })
    expect(modeOf(null, 'observe')).toEqual({ is: 'observe' })
  })
})

describe('a stop', () => {
  test('is kept with who said it and why, and the next put already waits', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    expect(await says('stop')).toEqual({ is: 'put', said: null })
    expect(await puts()).toEqual({ to: 'stop', ...BY, at: stage.clock.time })
    expect(await runs()).toBeNull()
    stage.group('00g1', 'Sales', 'ann', 'bob')
    await stage.reconcile()
    expect(stage.members('Sales')).toEqual(['ann'])
    expect(stage.told).toContainEqual([
      'a put waits',
      { name: 'Sales', group: '00g1', because: expect.stringMatching(/^puts are stopped/) },
    ])
  })

  test('is not written twice', async () => {
    await says('stop')
    stage.clock.time += 1
    expect(await says('stop')).toMatchObject({ is: 'stop', said: { at: stage.clock.time - 1 } })
    expect(await puts()).toMatchObject({ at: stage.clock.time - 1 })
  })

  test('is not lost to who writes the row meanwhile, and fails by anything else', async () => {
    const failing = (error: Error, times: number): Snapshot => ({
      ...stage.snapshot,
      putIdentity: async (...given) => {
        if (times-- > 0) throw error
        return stage.snapshot.putIdentity(...given)
      },
    })
    await expect(says('stop', failing(new Error('no table'), 1))).rejects.toThrow('no table')
    expect(await puts()).toBeNull()
    expect(await says('stop', failing(new Conflict('lost'), 2))).toMatchObject({ is: 'put' })
    expect(await puts()).toMatchObject({ to: 'stop' })
  })
})

describe('to go on', () => {
  test('books a run that reads nothing of Okta again, and rings what waited', async () => {
    await says('stop')
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    expect(stage.members('Sales')).toBeNull()
    expect(await says('go')).toMatchObject({ is: 'stop' })
    expect(await runs()).toMatchObject({ phase: 'judging', nightly: false })
    const { reconcile } = await import('../../shared/sync/reconcile.ts')
    await reconcile(stage.ports, (await runs())!.id)
    await stage.putRung()
    expect(stage.members('Sales')).toEqual(['ann'])
  })

  test('lets a stage that only observes begin', async () => {
    expect(await says('go', stage.snapshot, 'observe')).toEqual({ is: 'observe' })
    expect(await puts()).toMatchObject({ to: 'go' })
    expect(await says('go', stage.snapshot, 'observe')).toMatchObject({ is: 'put' })
  })

  test('is nothing new where puts are made', async () => {
    expect(await says('go')).toEqual({ is: 'put', said: null })
    expect(await puts()).toBeNull()
  })
})

test('nothing is switched before the first run', async () => {
  await expect(says('stop', { ...stage.snapshot, identity: async () => null })).rejects.toThrow(
    /^nothing has run here yet/,
  )
})

describe('while puts are stopped', () => {
  test('a name is due no more for what would be put, and a put under way is still confirmed', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    const { snapshot, clock } = stage
    const accepted = { status: 'accepted', acceptedAt: clock.time, baseline: { at: clock.time, entries: 9 } } as const
    await snapshot.putLedger({ ...(await stage.ledger('Sales')), ...accepted })
    await says('stop')
    stage.group('00g1', 'Sales', 'ann', 'bob')
    await stage.reconcile()
    // It waits two minutes for the put before, and then for puts to go on.
    expect((await stage.ledger('Sales')).retryAt).toBe(clock.time + HOUR)
    expect(stage.members('Sales')).toEqual(['ann'])
  })

  test('a name that is found PUTTING is put off, not looked at every minute', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    await stage.snapshot.putLedger({ ...(await stage.ledger('Sales')), status: 'putting' })
    await says('stop')
    stage.clock.time += HOUR
    await stage.ports.doorbells.ringNames(['sales'])
    await stage.putRung()
    expect(await stage.ledger('Sales')).toMatchObject({ status: 'putting', retryAt: stage.clock.time + HOUR })
  })

  test('a put that nobody has confirmed for an hour is looked at as ever, and not made again', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    const { clock } = stage
    const accepted = { status: 'accepted', acceptedAt: clock.time, baseline: { at: clock.time, entries: 9 } } as const
    await stage.snapshot.putLedger({ ...(await stage.ledger('Sales')), ...accepted })
    await says('stop')
    clock.time += 2 * HOUR
    await stage.ports.doorbells.ringNames(['sales'])
    await stage.putRung()
    expect(await stage.ledger('Sales')).toMatchObject({ status: 'accepted', retryAt: clock.time + 60_000 })
  })

  test('a name that nothing is due for stays as it is', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    await says('stop')
    stage.group('00g1', 'Sales', 'ann', 'bob')
    await stage.reconcile()
    expect((await stage.ledger('Sales')).retryAt).toBeNull()
  })
})
