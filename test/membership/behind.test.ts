import { describe, expect, test } from 'vitest'
import { changedSince, isBehind, unreadSince, withBehind } from '../../shared/membership/behind.ts'
import type { Claim } from '../../shared/membership/claim.ts'
import { type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import { EMPTY } from '../../shared/membership/member-list.ts'
import { type Mirror, unread } from '../../shared/membership/mirror.ts'
import { confirmedWith } from './arbitraries.ts'

const claim: Claim = { name: 'Sales', owner: '00g1', digest: 'two', count: 2, change: 2, doubles: [] }
const published = (second: number) => `2026-01-31T12:00:0${second}.000Z`
const at = (second: number) => Date.parse(published(second))
const mirror = (over: Partial<Mirror>): Mirror => ({ ...unread('00g1'), changes: 2, toRingSince: at(9), ...over })

describe('a name is behind', () => {
  test.each<[string, Ledger, Claim | null, boolean]>([
    ['that has what it should have', confirmedWith('two'), claim, false],
    ['that has something else', confirmedWith('one'), claim, true],
    ['that was never put', noLedger('sales'), claim, true],
    ['whose put is not confirmed', confirmedWith('two', { status: 'accepted' }), claim, true],
    [
      'whose put could not be confirmed, though made twice',
      confirmedWith('two', { status: 'unconfirmed' }),
      claim,
      false,
    ],
    ['that nobody wants and that has somebody in it', confirmedWith('one'), null, true],
    ['that nobody wants and that is empty', confirmedWith(EMPTY), null, false],
    ['that is being deleted', confirmedWith(EMPTY, { status: 'deleting' }), null, false],
    ['that is wanted while it is being deleted', confirmedWith(EMPTY, { status: 'deleting' }), claim, true],
    [
      'that is to be empty while it is being deleted',
      confirmedWith(EMPTY, { status: 'deleting' }),
      { ...claim, digest: EMPTY },
      true,
    ],
    ['that is not ours and that nobody wants', noLedger('sales'), null, false],
    [
      'in which people are held',
      confirmedWith('one', { adjusted: { wanted: 'two', target: 'one', removed: [], until: null } }),
      claim,
      false,
    ],
  ])('or not: one %s', (_, ledger, wanted, is) => {
    expect(isBehind(ledger, wanted)).toBe(is)
  })

  test('since the oldest event of the newest change, and keeps since when it was first seen behind', () => {
    const causes = [
      { id: 'e0', type: 't', published: published(0), change: 1 },
      { id: 'e2', type: 't', published: published(2), change: 2 },
      { id: 'e1', type: 't', published: published(1), change: 2 },
    ]
    const behind = withBehind(confirmedWith('one'), claim, mirror({ causes }), at(5))
    expect(behind.behindSince).toBe(at(1))
    expect(withBehind(behind, claim, mirror({ causes: [] }), at(8)).behindSince).toBe(at(1))
    expect(withBehind({ ...behind, meant: 'two' }, claim, mirror({ causes }), at(8)).behindSince).toBe(null)
  })

  test('since it was seen, where no event told of it, and since now where no group has it', () => {
    expect(changedSince(mirror({ causes: [{ id: 'run', type: 'reconcile', change: 2 }] }))).toBe(at(9))
    expect(withBehind(confirmedWith('one'), null, undefined, at(5)).behindSince).toBe(at(5))
  })
})

test('events wait for a read while reads fail, until the group is set aside', () => {
  const heard = [
    { id: 'e2', type: 't', published: published(2) },
    { id: 'e1', type: 't', published: published(1) },
  ]
  expect(unreadSince(mirror({ heard }))).toBe(null)
  expect(unreadSince(mirror({ heard, failures: 1 }))).toBe(at(1))
  expect(unreadSince(mirror({ heard: [{ id: 'x', type: 'by hand' }], failures: 1, newestHint: 5 }))).toBe(5)
  expect(unreadSince(mirror({ failures: 1, newestHint: 5 }))).toBe(null)
  expect(unreadSince(mirror({ heard, failures: 10, setAside: { since: 1, error: {} } }))).toBe(null)
})
