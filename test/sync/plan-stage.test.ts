import { describe, expect, test } from 'vitest'
import type { PlannedName } from '../../shared/membership/stage-plan.ts'
import { StoppedError } from '../../shared/sync/in-force.ts'
import { inMemory } from '../../shared/sync/in-memory.ts'
import { acceptedOf, fingerprintOf, type Rules } from '../../shared/sync/rules.ts'
import { TABLE_VERSION } from '../../shared/sync/table-version.ts'
import { member, RULES } from './ports.ts'
import { ids, NO_GUARD, openStage, STAGE, START, type Stage } from './stage.ts'

const MINUTE = 60_000
const DAY = 86_400_000

let stage: Stage
const given = (rules: Partial<Rules> = {}) => {
  stage = openStage(rules)
  return stage
}

const iso = (at: number) => new Date(at).toISOString()
/** A name of which nothing is to be said but this. */
const named = (name: string, facts: Partial<PlannedName>) => ({
  ...{ name, group: '00g1', isNew: false, adopts: false, joins: [], leaves: [], empties: false, formerNameOf: null },
  ...{ putAgain: null, deletes: false, deleteAt: null, refused: null, doubles: [], held: [], wouldHold: null },
  ...{ keptOut: [], ...facts },
})

describe('a plan says', () => {
  test('what a first run brings in, by name, and writes nothing', async () => {
    const { group, plan, snapshot, clock, store } = given()
    group('00g2', 'Sales', 'ann', 'bob')
    group('00g1', 'Purchase', 'carl')
    expect(await plan()).toEqual({
      ...{ at: iso(clock.time), stopped: null, groups: 2, names: 2, renames: [], unread: [], sum: null },
      settings: { fingerprint: fingerprintOf(acceptedOf(stage.rules)), differences: [] },
      changes: [
        named('Purchase', { isNew: true, joins: ids('carl') }),
        named('Sales', { group: '00g2', isNew: true, joins: ids('ann', 'bob') }),
      ],
      summary: expect.objectContaining({ puts: 2, joins: 3, leaves: 0, inStep: 0 }),
    })
    expect(await snapshot.mirror('00g1')).toBeNull()
    expect(store.size).toBe(0)
  })

  test('who joins and leaves, and of names that are in step nothing', async () => {
    const { group, plan, reconcile } = given()
    group('00g1', 'Sales', 'ann', 'bob')
    group('00g2', 'Purchase', 'carl')
    await reconcile()
    expect(await plan()).toMatchObject({ groups: 2, names: 2, changes: [], summary: { puts: 0, inStep: 2 } })
    group('00g1', 'Sales', 'ann', 'eve')
    const { changes, summary } = await plan()
    expect(changes).toEqual([named('Sales', { joins: ids('eve'), leaves: ids('bob') })])
    expect(summary).toMatchObject({ puts: 1, joins: 1, leaves: 1, emptied: 0, inStep: 1 })
  })

  test('that a group is renamed: the new name is put, and the former one is kept in step for a while', async () => {
    const { group, plan, reconcile, clock } = given()
    group('00g1', 'Sales', 'ann')
    await reconcile()
    group('00g1', 'Verkauf', 'ann', 'bob')
    const until = iso(clock.time + DAY)
    const { changes, renames, names, groups } = await plan()
    expect(renames).toEqual([{ group: '00g1', from: 'Sales', to: 'Verkauf', until }])
    expect(changes).toEqual([
      named('Sales', { joins: ids('bob'), formerNameOf: { name: 'Verkauf', until } }),
      named('Verkauf', { isNew: true, joins: ids('ann', 'bob') }),
    ])
    expect({ names, groups }).toEqual({ names: 2, groups: 1 })
  })

  test('what is emptied and deleted, where Okta has the group no more, and where it is out of scope', async () => {
    const { group, groups, plan, reconcile, clock } = given()
    group('00g1', 'Sales', 'ann')
    group('00g2', 'Purchase', 'bob')
    await reconcile()
    groups.delete('00g1')
    const scope = { ...RULES.scope, names: ['Sales'] }
    const deleteAt = iso(clock.time + DAY)
    const { changes, summary, groups: inScope } = await plan({ scope })
    expect(changes).toEqual([
      named('Purchase', { group: null, leaves: ids('bob'), empties: true, deleteAt }),
      named('Sales', { group: null, leaves: ids('ann'), empties: true, deleteAt }),
    ])
    expect(summary).toMatchObject({ emptied: 2, deleted: 0 })
    expect(inScope).toBe(0)
    await reconcile()
    await reconcile()
    expect(stage.members('Sales')).toEqual([])
    clock.time += DAY + 10 * MINUTE
    const later = (await plan()).changes
    expect(later).toEqual([named('Sales', { group: null, deletes: true, deleteAt: expect.any(String) })])
  })

  test('which groups can not be read: what they are is left as it was', async () => {
    const { group, groups, plan, reconcile } = given()
    group('00g1', 'Sales', 'ann')
    await reconcile()
    const error = Object.assign(new Error('secret'), { name: 'HttpError', status: 500 })
    groups.set('00g1', { name: 'Sales', people: error })
    groups.set('00g2', { name: 'New', people: error })
    expect(await plan()).toMatchObject({
      changes: [],
      unread: [
        { group: '00g1', name: 'Sales', why: 'HttpError 500' },
        { group: '00g2', name: 'New', why: 'HttpError 500' },
      ],
    })
  })

  test('what can not be put: a list that is too long, a name that is somebody else’s, a second group of the name', async () => {
    const { group, plan, store, reconcile } = given({ groups: { ...RULES.groups, adopt: ['Adopted*'] } })
    const many = Array.from({ length: 1_001 }, (_, index) => `person${index}`)
    const theirs = { ids: ids('eve'), status: { status: 'SUCCEEDED', at: 1, entries: 1 } } as const
    store.set('Theirs', theirs)
    store.set('Adopted', theirs)
    store.set('Deleted', { ...theirs, status: { ...theirs.status, status: 'DELETED' } })
    group('00g1', 'Everybody', ...many)
    group('00g2', 'Theirs', 'ann')
    group('00g3', 'Adopted', 'ann')
    group('00g4', 'Double', 'ann')
    group('00g5', 'Double', 'bob')
    group('00g6', 'Deleted', 'ann')
    const { changes, summary } = await plan()
    expect(changes).toEqual([
      named('Adopted', { group: '00g3', isNew: true, adopts: true, joins: ids('ann') }),
      named('Deleted', { group: '00g6', isNew: true, joins: ids('ann') }),
      named('Double', { group: '00g4', isNew: true, joins: ids('ann'), doubles: ['00g5'] }),
      named('Everybody', { isNew: true, refused: expect.objectContaining({ reason: 'list' }) }),
      named('Theirs', { group: '00g2', isNew: true, refused: expect.objectContaining({ reason: 'foreign' }) }),
    ])
    expect(summary).toMatchObject({ refused: 3, adopted: 1, puts: 3 })
    await reconcile()
    // What is refused by its row already is said as it stands there.
    expect((await plan()).changes.map(({ name, isNew }) => [name, isNew])).toEqual([
      ['Double', false],
      ['Everybody', true],
      ['Theirs', true],
    ])
  })

  test('that what nobody has confirmed is put again', async () => {
    const { group, plan, reconcile, snapshot, ledger } = given()
    group('00g1', 'Sales', 'ann')
    await reconcile()
    await snapshot.putLedger({ ...(await ledger('Sales')), status: 'putting' })
    expect((await plan()).changes).toEqual([named('Sales', { putAgain: 'found putting' })])
    group('00g1', 'Sales', 'ann', 'bob')
    expect((await plan()).changes).toEqual([named('Sales', { joins: ids('bob') })])
  })

  test('whom the guard would hold, by the name’s limit, and who is held already', async () => {
    const guard = { ...NO_GUARD, name: { number: 1, fraction: 0, floor: 0 } }
    const { group, plan, reconcile, ledger } = given({ guard })
    group('00g1', 'Sales', 'ann', 'bob', 'carl')
    await reconcile()
    group('00g1', 'Sales', 'carl')
    const planned = await plan()
    expect(planned).toMatchObject({ sum: null, summary: { wouldHold: 2, leaves: 0 } })
    expect(planned.changes).toEqual([
      named('Sales', {
        wouldHold: { people: ids('ann', 'bob'), axis: 'name', detail: expect.stringMatching(/^2 of 3/) },
      }),
    ])
    await reconcile()
    const [hold] = (await ledger('Sales')).holds
    group('00g1', 'Sales', 'carl', 'dora')
    const { changes, summary } = await plan()
    const { id, axis, detail, since } = hold!
    expect(changes).toEqual([
      named('Sales', {
        joins: ids('dora'),
        held: [{ id, axis, detail, since: iso(since), rejected: null, people: ids('ann', 'bob') }],
      }),
    ])
    expect(summary).toMatchObject({ held: 2, wouldHold: 0, joins: 1 })
  })

  test('that all removals together are too many: then every one of them would be held', async () => {
    const guard = {
      ...NO_GUARD,
      all: { number: 2, fraction: 0, floor: 0 },
      emptied: { number: 0, fraction: 0.4, floor: 1 },
    }
    const { group, plan, reconcile } = given({ guard })
    group('00g1', 'Sales', 'ann', 'bob')
    group('00g2', 'Purchase', 'ann', 'carl', 'dora')
    group('00g3', 'Staff', 'ann')
    await reconcile()
    group('00g1', 'Sales', 'ann')
    group('00g2', 'Purchase', 'ann', 'dora')
    expect((await plan()).sum).toBeNull()
    group('00g2', 'Purchase', 'ann')
    const { sum, changes } = await plan()
    expect(sum).toEqual({ axis: 'all', count: 3, of: 6, detail: expect.stringMatching(/^3 of 6 memberships/) })
    expect(changes.map(({ leaves, wouldHold }) => [leaves, wouldHold?.people])).toEqual([
      [[], ids('carl', 'dora')],
      [[], ids('bob')],
    ])
    group('00g1', 'Sales', 'ann', 'bob')
    group('00g2', 'Purchase', 'ann', 'carl', 'dora', 'eve')
    stage.groups.delete('00g3')
    expect((await plan()).sum).toBeNull()
    group('00g1', 'Sales')
    expect((await plan()).sum).toMatchObject({ axis: 'all', count: 3, of: 7 })
  })

  test('that a group which is missing since a reconcile that held everybody holds them when it is gone', async () => {
    const { group, groups, plan, reconcile, snapshot } = given()
    group('00g1', 'Sales', 'ann')
    await reconcile()
    groups.delete('00g1')
    expect((await plan()).changes).toMatchObject([{ leaves: ids('ann'), wouldHold: null }])
    const before = (await snapshot.mirror('00g1'))!
    const heldIfGone = { axis: 'all', count: 9, of: 10 } as const
    await snapshot.putMirror(before, { ...before, heldIfGone })
    expect((await plan()).changes).toMatchObject([{ leaves: [], wouldHold: { people: ids('ann'), axis: 'all' } }])
    group('00g1', 'Sales')
    expect((await plan()).changes).toMatchObject([{ leaves: ids('ann'), wouldHold: null }])
  })

  test('who is kept out by hand, of names in step too', async () => {
    const { group, plan, reconcile, snapshot, clock } = given()
    group('00g1', 'Sales', 'ann', 'bob')
    await reconcile()
    const removed = [{ id: 'bob@example.com', at: clock.time, until: clock.time + DAY, by: 'arn:ann', reason: 'left' }]
    await snapshot.putBudget({ ...(await snapshot.budget()), removed })
    expect((await plan()).changes).toEqual([named('Sales', { leaves: ids('bob'), keptOut: ids('bob') })])
  })

  test('that a further spelling is put for itself', async () => {
    const { group, plan, reconcile, putRung } = given()
    group('00g1', 'Sales', 'ann')
    await reconcile()
    group('00g1', 'SALES', 'ann')
    expect((await plan()).changes).toEqual([named('SALES', { isNew: true, joins: ids('ann') })])
    await reconcile()
    await putRung()
    expect((await plan()).names).toBe(2)
  })
})

test('what a plan is made in writes lists for itself, and nothing else', async () => {
  const { snapshot } = given()
  const memory = await inMemory(snapshot)
  const writes = [
    'putMirror',
    'putLedger',
    'decide',
    'putBudget',
    'putOutcome',
    'putUser',
    'deleteUser',
    'putRun',
  ] as const
  for (const method of [...writes, 'postpone', 'putIdentity'] as const) {
    await expect((memory[method] as () => Promise<void>)()).rejects.toThrow(`a plan writes nothing: ${method}`)
  }
  await memory.putList('abc', ['ann'])
  expect(await memory.list('abc')).toEqual(['ann'])
  await expect(snapshot.list('abc')).rejects.toThrow()
})

describe('a plan is made', () => {
  const made = { version: 0, tableVersion: TABLE_VERSION, ...STAGE, puts: null }

  test('by the settings here, and says what they are otherwise than in force', async () => {
    const { snapshot, group, plan } = given()
    await snapshot.putIdentity({ ...made, orgId: '00o1', stopped: null, accepted: acceptedOf(stage.rules) })
    group('00g1', 'Sales', 'ann')
    expect((await plan()).settings.differences).toEqual([])
    const scope = { types: ['APP_GROUP'], names: ['a*'], ids: ['00g1'] }
    const members = { attribute: 'login', statuses: ['ACTIVE', 'STAGED'] }
    const { settings, groups } = await plan({ scope, members, groups: { ...RULES.groups, name: 'x-{name}' } })
    expect(groups).toBe(0)
    expect(settings.differences).toEqual([
      { key: 'scope.types', inForce: ['OKTA_GROUP'], here: ['APP_GROUP'] },
      { key: 'scope.names', inForce: ['*'], here: ['a*'] },
      { key: 'scope.ids', inForce: [], here: ['00g1'] },
      { key: 'members.attribute', inForce: 'email', here: 'login' },
      { key: 'members.statuses', inForce: ['ACTIVE'], here: ['ACTIVE', 'STAGED'] },
      { key: 'groups.name', inForce: '{name}', here: 'x-{name}' },
    ])
  })

  test('while puts are stopped too, and says so', async () => {
    const { snapshot, plan } = given()
    const puts = { to: 'stop', by: 'arn:ann', reason: 'looking', at: START } as const
    await snapshot.putIdentity({ ...made, puts, orgId: '00o1', stopped: null, accepted: acceptedOf(stage.rules) })
    expect((await plan()).stopped).toBe('puts are stopped since 2026-03-01 12:00 UTC, by arn:ann (“looking”)')
  })

  test('by nobody where another org answers', async () => {
    const { snapshot, plan } = given()
    await snapshot.putIdentity({ ...made, orgId: '00o2', stopped: null, accepted: acceptedOf(stage.rules) })
    await expect(plan()).rejects.toThrow(StoppedError)
  })

  test('of whole reads: members whom Okta counts and does not give are looked for again', async () => {
    const { group, groups, plan, reconcile } = given()
    group('00g1', 'Sales', 'ann', 'bob')
    await reconcile()
    groups.set('00g1', { name: 'Sales', people: [member('ann')], counted: 2 })
    expect((await plan()).changes).toMatchObject([{ leaves: ids('bob') }])
  })

  test('with how far it is told', async () => {
    const { group, ports } = given()
    group('00g1', 'Sales', 'ann')
    group('00g2', 'Purchase', 'bob')
    const { planStage } = await import('../../shared/sync/plan-stage.ts')
    const told: number[][] = []
    await planStage({ ...ports, progress: (...far) => told.push(far) }, { ...STAGE, rules: stage.rules })
    expect(told).toEqual([
      [1, 2],
      [2, 2],
    ])
  })
})
