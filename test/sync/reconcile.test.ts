import { beforeEach, describe, expect, test } from 'vitest'
import { EMPTY } from '../../shared/membership/member-list.ts'
import type { Mirror } from '../../shared/membership/mirror.ts'
import { compareNames, countNames } from '../../shared/sync/compare-names.ts'
import { removalsOf } from '../../shared/sync/hold-removals.ts'
import { letIn } from '../../shared/sync/let-in.ts'
import { BudgetTaken, Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { reconcile } from '../../shared/sync/reconcile.ts'
import type { Run } from '../../shared/sync/rows.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { ids, NO_GUARD, openStage, type Stage } from './stage.ts'

const MINUTE = 60_000
const BREACH = { axis: 'all', count: 9, of: 10 } as const

let stage: Stage
beforeEach(() => {
  stage = openStage()
})

const run = (id: string, over: Partial<Ports> = {}) => reconcile({ ...stage.ports, ...over }, id)
type Ports = Stage['ports']
const totals = async () => (await stage.snapshot.budget()).totals
const heldIn = async (name: string) => {
  const { holds } = await stage.ledger(name)
  return (await Promise.all(holds.map(({ people }) => stage.snapshot.list(people)))).flat()
}

/** Two names in step, and two of which the mirrors want something else than was put. */
async function different(): Promise<void> {
  stage.group('00g1', 'Sales', 'ann', 'bob')
  stage.group('00g2', 'Purchase', 'ann', 'bob')
  stage.group('00g3', 'Staff', 'ann')
  stage.group('00g4', 'Board', 'ann')
  await stage.reconcile()
  stage.group('00g1', 'Sales', 'ann')
  stage.group('00g3', 'Staff', 'ann', 'bob')
  await run('unput')
  stage.names.splice(0)
}

describe('a reconcile', () => {
  test('counts what it did, and is told of', async () => {
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'bob')
    stage.groups.set('00g3', { name: 'Silent', people: new Error('no answer') })
    expect(await run('first')).toEqual({
      ...{ id: 'first', phase: 'finished', unread: ['00g3'] },
      counts: { groups: 3, changed: 2, absent: 0, namesRung: 2 },
    })
    expect(stage.told).toContainEqual(['GroupsUnread', 1])
    expect(stage.counted('ReconcilesFinished')).toBe(1)
    await stage.putRung()
    stage.groups.delete('00g2')
    stage.groups.delete('00g3')
    stage.clock.time += 5 * MINUTE
    expect(await run('second')).toMatchObject({ unread: [], counts: { groups: 1, changed: 0, absent: 2 } })
    // What is missing is gone a minute later.
    stage.clock.time += 5 * MINUTE
    expect(await run('third')).toMatchObject({ counts: { groups: 1, changed: 1, namesRung: 1 } })
  })

  test('goes on with the others where one group can not be written down', async () => {
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'bob')
    const putMirror: Snapshot['putMirror'] = async (before, after, held) => {
      if (after.id === '00g1') throw new Error('no table')
      return stage.snapshot.putMirror(before, after, held)
    }
    const came = await run('first', { snapshot: { ...stage.snapshot, putMirror } })
    expect(came).toMatchObject({ phase: 'finished', unread: ['00g1'], counts: { changed: 1 } })
  })

  test('reads the groups in scope, and is named as the cause of what it finds', async () => {
    stage = openStage({ scope: { types: ['OKTA_GROUP'], names: ['S*'], ids: [] } })
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'bob')
    expect(await run('first')).toMatchObject({ counts: { groups: 1, changed: 1 } })
    expect(await stage.snapshot.mirror('00g2')).toBeNull()
    const mirror = (await stage.snapshot.mirror('00g1'))!
    expect(mirror).toMatchObject({ newestHint: 0, causes: [{ id: 'first', type: 'reconcile' }] })
    expect(await stage.snapshot.run('first')).toMatchObject({ nightly: false, takeUpAt: null, failures: 0 })
  })

  test('is put down with less than a minute left, and goes on from there', async () => {
    stage.group('00g1', 'Sales', 'ann')
    const at = stage.clock.time
    expect(await run('first', { timeLeft: () => 59_999 })).toMatchObject({ phase: 'listing' })
    expect(await stage.snapshot.run('first')).toMatchObject({ takeUpAt: at, startedAt: 0 })
    expect(await run('first', { timeLeft: () => 60_000 })).toMatchObject({ phase: 'finished', counts: { changed: 1 } })
  })

  test('is put down in the middle of a page, and began when it was listed first', async () => {
    stage.group('00g1', 'Sales', 'ann')
    const began = stage.clock.time
    let left = 70_000
    const groups: Ports['directory']['groups'] = async (cursor) => {
      left = 50_000
      return stage.ports.directory.groups(cursor)
    }
    const directory = { ...stage.ports.directory, groups }
    expect(await run('first', { directory, timeLeft: () => left })).toMatchObject({
      phase: 'listing',
      counts: { groups: 0 },
    })
    expect(await stage.snapshot.mirror('00g1')).toBeNull()
    stage.clock.time += MINUTE
    expect(await run('first')).toMatchObject({ phase: 'finished', counts: { groups: 1, changed: 1 } })
    expect(await stage.snapshot.run('first')).toMatchObject({ startedAt: began })
  })

  test('that fails is taken up ever later, and from the start where the page fails for ever', async () => {
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'bob')
    const groups: Ports['directory']['groups'] = (cursor) =>
      cursor === null ? stage.ports.directory.groups(null) : Promise.reject(new Error('of ann@example.com'))
    const directory = { ...stage.ports.directory, groups }
    for (const [failures, minutes, cursor] of [
      [1, 1, '1'],
      [2, 2, '1'],
      [3, 4, '1'],
      [4, 8, null],
    ] as const) {
      expect(await run('first', { directory })).toMatchObject({ phase: 'listing' })
      const takeUpAt = stage.clock.time + minutes * MINUTE
      expect(await stage.snapshot.run('first')).toMatchObject({ failures, cursor, takeUpAt })
    }
    expect(stage.told).toContainEqual([
      'a reconcile could not go on; it is taken up later',
      { run: 'first', phase: 'listing', error: 'Error' },
    ])
    expect(await run('first')).toMatchObject({ phase: 'finished', counts: { changed: 2 } })
  })

  test('leaves a run to whoever else goes on with it', async () => {
    stage.group('00g1', 'Sales', 'ann')
    const putRun: Snapshot['putRun'] = () => Promise.reject(new Conflict('as the test wants it'))
    expect(await run('first', { snapshot: { ...stage.snapshot, putRun } })).toMatchObject({ phase: 'waiting' })
    expect(stage.told).toContainEqual(['another function goes on with this run', { run: 'first' }])
  })

  test('over the guard’s limit holds every leaver of every name first', async () => {
    stage = openStage({ guard: { ...NO_GUARD, all: { number: 2, fraction: 0, floor: 0 } } })
    stage.group('00g1', 'Sales', 'ann', 'bob')
    stage.group('00g2', 'Purchase', 'ann', 'bob')
    stage.group('00g3', 'Staff', 'ann', 'bob')
    await stage.reconcile()
    for (const [id, name] of [
      ['00g1', 'Sales'],
      ['00g2', 'Purchase'],
      ['00g3', 'Staff'],
    ] as const)
      stage.group(id, name, 'ann', 'eve')
    await stage.reconcile()
    for (const name of ['Sales', 'Purchase', 'Staff']) {
      expect(await heldIn(name)).toEqual(ids('bob'))
      expect(stage.members(name)).toEqual(['ann', 'bob', 'eve'])
    }
    const [message, facts] = stage.told.find(([what]) => String(what).startsWith('every removal of a reconcile'))!
    expect([message, facts]).toEqual([expect.any(String), expect.objectContaining({ left: 3, emptied: 0 })])
  })
})

describe('before the guard has judged a run', () => {
  const guard = { ...NO_GUARD, all: { number: 2, fraction: 0, floor: 0 } }
  /** A reconcile in which every name is put as soon as it is rung. */
  const eager = async () => {
    const ringNames = async (keys: readonly string[]) => {
      for (const key of keys) await putGroup(stage.ports, key)
    }
    stage.clock.time += 2 * MINUTE
    await run(`eager ${stage.clock.time}`, { doorbells: { ...stage.ports.doorbells, ringNames } })
  }
  const given = async (...people: string[]) => {
    stage = openStage({ guard })
    stage.group('00g1', 'Sales', ...people)
    stage.group('00g2', 'Purchase', ...people)
    await stage.reconcile()
  }

  test('nobody is taken out of any name', async () => {
    await given('ann', 'bob', 'carl')
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'ann', 'dora')
    await eager()
    expect([stage.members('Sales'), stage.members('Purchase')]).toEqual([
      ['ann', 'bob', 'carl'],
      ['ann', 'bob', 'carl', 'dora'],
    ])
    expect([await heldIn('Sales'), await heldIn('Purchase')]).toEqual([ids('bob', 'carl'), ids('bob', 'carl')])
  })

  test('a group that Okta has no more counts with whom it will take out when it is gone', async () => {
    await given('ann', 'bob', 'carl')
    stage.groups.delete('00g1')
    await eager()
    expect(await stage.snapshot.mirror('00g1')).toMatchObject({
      state: 'missing',
      heldIfGone: { axis: 'all', count: 3 },
    })
    await eager()
    expect(await stage.snapshot.mirror('00g1')).toMatchObject({ state: 'gone' })
    expect(stage.members('Sales')).toEqual(['ann', 'bob', 'carl'])
    expect(await heldIn('Sales')).toEqual(ids('ann', 'bob', 'carl'))
  })

  test('a name that would be emptied counts as such', async () => {
    stage = openStage({ guard: { ...NO_GUARD, emptied: { number: 1, fraction: 0, floor: 0 } } })
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'ann')
    stage.group('00g3', 'Staff', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g1', 'Sales')
    stage.group('00g3', 'Staff', 'ann')
    await eager()
    expect([stage.members('Sales'), stage.members('Staff')]).toEqual([[], ['ann']])
    stage.group('00g1', 'Sales', 'ann')
    await eager()
    stage.clock.time += 26 * 60 * MINUTE
    stage.group('00g1', 'Sales')
    stage.group('00g2', 'Purchase')
    await eager()
    expect([stage.members('Sales'), stage.members('Purchase')]).toEqual([['ann'], ['ann']])
  })

  test('nobody is taken out of a further spelling either', async () => {
    await given('ann', 'bob')
    stage.group('00g1', 'SALES', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g1', 'SALES', 'ann')
    stage.group('00g2', 'Purchase', 'ann')
    await eager()
    expect([stage.members('Sales'), stage.members('SALES'), stage.members('Purchase')]).toEqual([
      ['ann', 'bob'],
      ['ann', 'bob'],
      ['ann', 'bob'],
    ])
  })

  test('a run that is under the limits takes everybody out who has left', async () => {
    await given('ann', 'bob')
    stage.group('00g1', 'Sales', 'ann')
    stage.group('00g2', 'Purchase', 'ann')
    await eager()
    expect([stage.members('Sales'), stage.members('Purchase')]).toEqual([['ann'], ['ann']])
  })
})

describe('what a group’s names would lose', () => {
  const lost = async (id: string, facts: Partial<Mirror>) => {
    const before = (await stage.snapshot.mirror(id))!
    const removals = await removalsOf(stage.snapshot, before, { ...before, ...facts })
    return removals.map(({ ledger, leavers, isEmptied }) => [ledger.name, leavers, isEmptied])
  }

  test('is who is in no more, of the name now and of those before', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g1', 'Verkauf', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g9', 'Other', 'ann')
    await stage.reconcile()
    const { digest } = (await stage.snapshot.mirror('00g9'))!
    expect(await lost('00g1', { digest })).toEqual([
      ['Verkauf', ids('bob'), false],
      ['Sales', ids('bob'), false],
    ])
    expect(await lost('00g1', { digest: EMPTY, count: 0 })).toEqual([
      ['Verkauf', ids('ann', 'bob'), true],
      ['Sales', ids('ann', 'bob'), true],
    ])
    expect(await lost('00g1', {})).toEqual([])
  })

  test('is nobody whom another group of the name has in', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob')
    stage.group('00g2', 'Sales', 'bob', 'carl')
    await stage.reconcile()
    expect(await lost('00g1', { name: null, formerNames: [] })).toEqual([['Sales', ids('ann'), false]])
    expect(await lost('00g2', { name: null, formerNames: [] })).toEqual([])
  })

  test('is nobody who is held already, or let go by a person', async () => {
    stage = openStage({ guard: { ...NO_GUARD, name: { number: 1, fraction: 0, floor: 0 } } })
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'carl')
    await stage.reconcile()
    expect(await lost('00g1', { digest: EMPTY, count: 0 })).toEqual([['Sales', ids('carl'), false]])
    const ledger = await stage.ledger('Sales')
    const [hold] = ledger.holds
    const approval = { holds: [hold!.id], people: hold!.people, at: stage.clock.time }
    await stage.snapshot.putLedger({ ...ledger, holds: [], approval })
    expect(await lost('00g1', { digest: EMPTY, count: 0 })).toEqual([['Sales', ids('carl'), true]])
  })
})

describe('comparing the names', () => {
  const waiting = (over: Partial<Run> = {}): Run => ({ ...waitingRun('a run', null), ...over })

  test('rings those that are not in step', async () => {
    await different()
    expect(await compareNames(stage.ports, waiting())).toBe(2)
    expect(stage.names).toEqual([
      ['sales', false],
      ['staff', false],
    ])
  })

  test('rings a name that is borne in a new spelling', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    stage.group('00g1', 'SALES', 'ann')
    await run('unput')
    stage.names.splice(0)
    expect(await compareNames(stage.ports, waiting())).toBe(1)
  })

  test('holds who would leave, where every removal of the run is held', async () => {
    await different()
    await compareNames(stage.ports, waiting({ breach: BREACH }))
    expect(await heldIn('Sales')).toEqual(ids('bob'))
    for (const name of ['Purchase', 'Staff', 'Board']) expect(await heldIn(name)).toEqual([])
  })

  test('holds them though somebody else writes the row meanwhile, and fails by anything else', async () => {
    await different()
    const failing = (error: Error, times: number): Ports => {
      const putLedger: Snapshot['putLedger'] = async (...given) => {
        if (times-- > 0) throw error
        return stage.snapshot.putLedger(...given)
      }
      return { ...stage.ports, snapshot: { ...stage.snapshot, putLedger } }
    }
    const by = (ports: Ports) => compareNames(ports, waiting({ breach: BREACH }))
    await expect(by(failing(new Error('no table'), 1))).rejects.toThrow('no table')
    await by(failing(new Conflict('lost'), 2))
    expect(await heldIn('Sales')).toEqual(ids('bob'))
  })

  test('forgets who was removed by hand once no group has them, where every group was read', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    const removed = [{ id: 'bob@example.com', at: 0, until: 9e15, by: 'arn:ann', reason: 'left' }]
    await stage.snapshot.putBudget({ ...(await stage.snapshot.budget()), removed })
    stage.groups.set('00g2', { name: 'Silent', people: new Error('no answer') })
    await stage.reconcile()
    expect((await stage.snapshot.budget()).removed).toHaveLength(1)
    stage.group('00g2', 'Silent', 'ann')
    await stage.reconcile()
    expect((await stage.snapshot.budget()).removed).toEqual([])
  })
})

test('who is let in again by hand is rung for, in every name that keeps them out', async () => {
  stage.group('00g1', 'Sales', 'ann', 'bob')
  stage.group('00g2', 'Purchase', 'ann')
  const removed = [{ id: 'bob@example.com', at: 0, until: 9e15, by: 'arn:ann', reason: 'left' }]
  await stage.snapshot.putBudget({ ...(await stage.snapshot.budget()), removed })
  await stage.reconcile()
  expect(stage.members('Sales')).toEqual(['ann'])
  expect(await letIn(stage.ports, 'Bob+x@example.com')).toBe(1)
  expect(stage.names).toEqual([['sales', false]])
})

describe('counting the names', () => {
  test('writes down what there is, and answers what would be taken out', async () => {
    await different()
    stage.group('00g4', 'Board')
    stage.group('00g2', 'Purchase', 'carl')
    await run('unput too')
    expect(await countNames(stage.snapshot)).toEqual({ left: 4, emptied: 1 })
    expect(await totals()).toEqual({ memberships: 4, names: 4 })
  })

  test('counts a name in two spellings twice, unless the service takes them for one', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g1', 'SALES', 'ann', 'bob')
    await stage.reconcile()
    await countNames(stage.snapshot)
    expect(await totals()).toEqual({ memberships: 4, names: 2 })
    const { ledger } = await stage.snapshot.name('sales AS SALES')
    const refusal = { reason: 'same', wanted: '', reduced: null, at: 0, until: null, detail: '', remedy: '' } as const
    await stage.snapshot.putLedger({ ...ledger, refusal })
    await countNames(stage.snapshot)
    expect(await totals()).toEqual({ memberships: 2, names: 1 })
  })

  test('counts again where somebody spends of the budget meanwhile', async () => {
    stage.group('00g1', 'Sales', 'ann')
    await stage.reconcile()
    let times = 2
    const putBudget: Snapshot['putBudget'] = async (...given) => {
      if (times-- > 0) throw new BudgetTaken('lost')
      return stage.snapshot.putBudget(...given)
    }
    await countNames({ ...stage.snapshot, putBudget })
    expect(await totals()).toEqual({ memberships: 1, names: 1 })
  })
})
