import { describe, expect, test } from 'vitest'
import type { Claim } from '../../shared/membership/claim.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { type Mirror, unread } from '../../shared/membership/mirror.ts'
import {
  hasWork,
  isQuiet,
  isSaid,
  type PlannedName,
  renameOf,
  type StagePlan,
  summaryOf,
} from '../../shared/membership/stage-plan.ts'
import { confirmedWith, refusal } from './arbitraries.ts'

const NAME: PlannedName = {
  ...{ name: 'Sales', group: '00g1', isNew: false, adopts: false, joins: [], leaves: [], empties: false },
  ...{ formerNameOf: null, putAgain: null, deletes: false, deleteAt: null, refused: null, doubles: [], held: [] },
  ...{ wouldHold: null, keptOut: [] },
}
const HOLD = { id: '7', axis: 'name', detail: '', since: '2026-01-30T08:00:00.000Z', rejected: null } as const
const REJECTED = { by: 'arn:admin', reason: 'they stay', at: 0 }
const REFUSED = { reason: 'list', detail: '', remedy: '' } as const
const PLAN = {
  ...{ at: '2026-01-31T10:00:00.000Z', stopped: null, settings: { fingerprint: 'f', differences: [] } },
  ...{ groups: 9, names: 20, renames: [], unread: [], sum: null },
}
const planOf = (...changes: Partial<PlannedName>[]): StagePlan => {
  const plan = { ...PLAN, changes: changes.map((facts) => ({ ...NAME, ...facts })) }
  return { ...plan, summary: summaryOf(plan) }
}

describe('a summary', () => {
  test('counts memberships that come, go, are held and kept out', () => {
    const { summary } = planOf(
      { joins: ['ann', 'bob'], leaves: ['carl'] },
      {
        joins: ['ann'],
        held: [
          { ...HOLD, people: ['dora', 'eve'] },
          { ...HOLD, people: ['fay'], rejected: REJECTED },
        ],
        wouldHold: { people: ['gus', 'hal'], axis: 'all', detail: '' },
        keptOut: ['ida', 'jon', 'kim', 'lea'],
      },
    )
    expect(summary).toMatchObject({ joins: 3, leaves: 1, held: 3, wouldHold: 2, keptOut: 4, puts: 2, inStep: 18 })
  })

  test.each<[keyof StagePlan['summary'], Partial<PlannedName>]>([
    ['emptied', { empties: true }],
    ['deleted', { deletes: true }],
    ['refused', { refused: REFUSED }],
    ['refused', { doubles: ['00g2'] }],
    ['adopted', { adopts: true }],
    ['puts', { leaves: ['ann'] }],
    ['puts', { isNew: true }],
    ['puts', { putAgain: 'doubt' }],
  ])('counts %s: a name with %j', (what, facts) => {
    const none = { emptied: 0, deleted: 0, refused: 0, adopted: 0, puts: 0 }
    const { emptied, deleted, refused, adopted, puts } = planOf({}, facts).summary
    expect({ emptied, deleted, refused, adopted, puts }).toEqual({ ...none, [what]: 1 })
  })

  test('counts renames and groups that are not read, and no put of a new name that is refused', () => {
    const rename = { group: '00g1', from: 'Sales', to: 'Verkauf', until: null }
    const unreadGroup = { group: '00g7', name: null, why: 'HttpError 500' }
    const changes = [{ ...NAME, isNew: true, refused: REFUSED }]
    const summary = summaryOf({ ...PLAN, changes, renames: [rename, rename], unread: [unreadGroup] })
    expect(summary).toMatchObject({ renames: 2, unread: 1, puts: 0, refused: 1 })
  })
})

describe('there is work', () => {
  test.each<[Partial<PlannedName>, boolean]>([
    [{}, false],
    [{ joins: ['ann'] }, true],
    [{ leaves: ['ann'] }, true],
    [{ isNew: true }, true],
    [{ putAgain: 'unconfirmed' }, true],
    [{ deletes: true }, true],
    [{ deleteAt: '2027-01-01T00:00:00.000Z' }, false],
    [{ refused: REFUSED }, true],
    [{ doubles: ['00g2'] }, true],
    [{ wouldHold: { people: ['ann'], axis: 'name', detail: '' } }, true],
    [{ held: [{ ...HOLD, people: ['ann'] }] }, true],
    [{ held: [{ ...HOLD, people: ['ann'], rejected: REJECTED }] }, false],
    [{ keptOut: ['ann'] }, false],
  ])('with a name %j: %s', (facts, is) => {
    expect(hasWork(planOf(facts))).toBe(is)
    expect(hasWork(planOf({}, facts))).toBe(is)
  })

  test('with settings that are not in force, and with a group that is not read', () => {
    const differences = [{ key: 'scope.names', inForce: ['*'], here: ['a*'] }]
    expect(hasWork({ ...planOf(), settings: { fingerprint: 'f', differences } })).toBe(true)
    expect(hasWork({ ...planOf(), unread: [{ group: '00g7', name: null, why: '' }] })).toBe(true)
  })
})

describe('of a name', () => {
  test.each<[Partial<PlannedName>, boolean]>([
    [{}, false],
    [{ isNew: true }, true],
    [{ joins: ['ann'] }, true],
    [{ leaves: ['ann'] }, true],
    [{ doubles: ['00g2'] }, true],
    [{ held: [{ ...HOLD, people: ['ann'] }] }, true],
    [{ keptOut: ['ann'] }, true],
    [{ putAgain: 'doubt' }, true],
    [{ deleteAt: '2027-01-01T00:00:00.000Z' }, true],
    [{ refused: REFUSED }, true],
    [{ wouldHold: { people: ['ann'], axis: 'name', detail: '' } }, true],
    [{ formerNameOf: { name: 'Verkauf', until: '' } }, false],
  ])('with %j something is to be said: %s', (facts, is) => {
    expect(isSaid({ ...NAME, ...facts })).toBe(is)
  })

  const claim: Claim = { name: 'Sales', owner: '00g1', digest: 'one', count: 1, change: 1, doubles: [] }
  const hold = { id: '4', people: 'two', count: 1, axis: 'name', detail: '', since: 0, rejected: null } as const
  const adjusted = { wanted: 'one', target: 'one', removed: ['ann'], until: null }
  test.each<[string, Ledger | undefined, Claim | null, boolean]>([
    ['in step', confirmedWith('one'), claim, true],
    ['without a row', undefined, claim, false],
    ['that nobody wants', confirmedWith('one'), null, false],
    ['that two groups bear', confirmedWith('one'), { ...claim, doubles: ['00g2'] }, false],
    ['that has something else', confirmedWith('two'), claim, false],
    ['whose list is not put as it is wanted', confirmedWith('one', { adjusted }), claim, false],
    ['in which people are held', confirmedWith('one', { holds: [hold] }), claim, false],
    ['that is refused', confirmedWith('one', { refusal: refusal({ wanted: 'two' }) }), claim, false],
  ])('%s the index says that nothing is to be said, or not', (_, ledger, by, is) => {
    expect(isQuiet(ledger, by)).toBe(is)
  })
})

test('a rename is told with until when the former name is kept, and another spelling is none', () => {
  const mirror = (name: string | null, former: string[] = []): Mirror => ({
    ...unread('00g1'),
    name,
    formerNames: former.map((each) => ({ name: each, until: Date.parse('2026-05-01T00:00:00.000Z') })),
  })
  const rename = { group: '00g1', from: 'Sales', to: 'Verkauf' }
  expect(renameOf(mirror('Sales'), mirror('Verkauf', ['Old', 'Sales']))).toEqual({
    ...rename,
    until: '2026-05-01T00:00:00.000Z',
  })
  expect(renameOf(mirror('Sales'), mirror('Verkauf', ['Old']))).toEqual({ ...rename, until: null })
  expect(renameOf(mirror('Sales'), mirror('SALES'))).toBeNull()
  expect(renameOf(mirror(null), mirror('Sales'))).toBeNull()
  expect(renameOf(mirror('Sales'), mirror(null))).toBeNull()
})
