import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Claim } from '../../shared/membership/claim.ts'
import {
  changeId,
  withClaim,
  withIntent,
  withoutIntent,
  withoutRefused,
  withRefusal,
} from '../../shared/membership/intent.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { EMPTY } from '../../shared/membership/member-list.ts'
import { nextStep, type Step } from '../../shared/membership/plan.ts'
import { claim, claimOrNone, confirmedWith, digest, ledger, ledgerWith, refusal, time } from './arbitraries.ts'

const DELETE_AFTER = 14 * 86_400_000

const sales: Claim = { name: 'Sales', owner: '00g1', digest: 'one', count: 1, change: 4, doubles: [] }
const puts = (because: Extract<Step, { do: 'put' }>['because'], doubtful = false, what = 'two') =>
  ({ do: 'put', digest: what, because, doubtful }) as const

describe('the claim', () => {
  test('says who else bears the name', () => {
    const given = withClaim(confirmedWith('one'), { ...sales, doubles: ['00g7'] }, 0, DELETE_AFTER)
    expect(given.doubles).toEqual(['00g7'])
    expect(withClaim(given, sales, 0, DELETE_AFTER).doubles).toEqual([])
    expect(withClaim(given, null, 0, DELETE_AFTER).doubles).toEqual([])
  })

  test('that nobody makes books the end of a name of ours, which stays booked until somebody makes one', () => {
    const unwanted = withClaim(confirmedWith('one'), null, 1_000, DELETE_AFTER)
    expect(unwanted.deleteAt).toBe(1_000 + DELETE_AFTER)
    expect(withClaim(unwanted, null, 9_000, DELETE_AFTER).deleteAt).toBe(1_000 + DELETE_AFTER)
    expect(withClaim(unwanted, sales, 9_000, DELETE_AFTER).deleteAt).toBeNull()
  })

  test('that nobody makes books nothing for a name that is not ours', () => {
    expect(withClaim(ledgerWith({}), null, 1_000, DELETE_AFTER).deleteAt).toBeNull()
  })

  test('of another list ends a refusal, and so does the time it was given', () => {
    const refused = (until: number | null) =>
      confirmedWith('one', { refusal: refusal({ wanted: 'two', reduced: 'one', until }) })
    const two = { ...sales, digest: 'two' }
    expect(withClaim(refused(null), two, 5_000, DELETE_AFTER).refusal).not.toBeNull()
    expect(withClaim(refused(null), sales, 5_000, DELETE_AFTER).refusal).toBeNull()
    expect(withClaim(refused(5_001), two, 5_000, DELETE_AFTER).refusal).not.toBeNull()
    expect(withClaim(refused(5_000), two, 5_000, DELETE_AFTER).refusal).toBeNull()
  })

  test('that nobody makes wants the empty list, which may have been refused', () => {
    const refused = confirmedWith('one', { refusal: refusal({ wanted: EMPTY, reduced: EMPTY }) })
    expect(withClaim(refused, null, 0, DELETE_AFTER).refusal).not.toBeNull()
  })

  test.prop([ledger, claimOrNone, time])('twice says nothing more than once', (given, by, now) => {
    const once = withClaim(given, by, now, DELETE_AFTER)
    expect(withClaim(once, by, now, DELETE_AFTER)).toEqual(once)
  })
})

describe('an intent', () => {
  test('makes a name ours, by the name and for the owner of its claim', () => {
    expect(withIntent(ledgerWith({ shown: { at: 7, entries: 1 } }), sales, puts('wanted'), 1_000)).toMatchObject({
      name: 'Sales',
      owner: '00g1',
      ownerChange: 4,
      status: 'putting',
      ours: true,
      meant: 'two',
      before: { status: 'none', meant: null, ours: false },
      meantAt: 1_000,
      baseline: { at: 7, entries: 1 },
      doubt: null,
    })
  })

  test('keeps the spelling of the first put, and the owner where nobody makes a claim', () => {
    const next = withIntent(confirmedWith('one', { ownerChange: 3 }), { ...sales, name: 'SALES' }, puts('wanted'), 0)
    expect(next).toMatchObject({ name: 'Sales', ownerChange: 4 })
    const unwanted = withIntent(confirmedWith('one', { ownerChange: 3 }), null, puts('wanted', false, EMPTY), 0)
    expect(unwanted).toMatchObject({ name: 'Sales', owner: '00g1', ownerChange: 3, meant: EMPTY })
  })

  test('that may overlap another begins a doubt anew; one that may not leaves it as it is', () => {
    const doubt = { since: 5, puts: 2 }
    expect(withIntent(confirmedWith('one', { doubt }), sales, puts('doubt'), 9_000).doubt).toEqual(doubt)
    expect(withIntent(confirmedWith('one', { doubt }), sales, puts('wanted', true), 9_000).doubt).toEqual({
      since: 9_000,
      puts: 0,
    })
  })

  test('to put another list remembers the one before, and one to put the same again remembers what was before that', () => {
    const given = confirmedWith('one', { formerly: 'three' })
    expect(withIntent(given, sales, puts('wanted'), 0).formerly).toBe('one')
    expect(withIntent(given, sales, puts('doubt', false, 'one'), 0).formerly).toBe('three')
  })

  test('counts the puts of a digest that are not confirmed', () => {
    const given = confirmedWith('one', { unconfirmedPuts: 1 })
    const counts = (['wanted', 'found putting', 'unconfirmed', 'doubt'] as const).map(
      (because) => withIntent(given, sales, puts(because), 0).unconfirmedPuts,
    )
    expect(counts).toEqual([1, 1, 2, 2])
  })

  test('over an accepted put that had no effect leaves that one to be confirmed as it was', () => {
    const doubt = { since: 5, puts: 1 }
    const accepted = confirmedWith('one', {
      ...{ status: 'accepted', meantAt: 1_000, acceptedAt: 2_000, doubt, ownerChange: 2 },
      ...{ shown: { at: 9, entries: 2 }, baseline: { at: 7, entries: 1 } },
    })
    const over = withIntent(accepted, { ...sales, owner: '00g2' }, puts('wanted', true), 200_000)
    expect(over).toMatchObject({ owner: '00g2', ownerChange: 4, baseline: { at: 9, entries: 2 } })
    expect(withoutIntent(over)).toMatchObject({
      ...{ status: 'accepted', meant: 'one', meantAt: 1_000, acceptedAt: 2_000, doubt },
      ...{ owner: '00g1', ownerChange: 2, baseline: { at: 7, entries: 1 } },
    })
  })

  test('that was never written is not taken back', () => {
    expect(withoutIntent(confirmedWith('one'))).toEqual(confirmedWith('one'))
  })

  test('that is taken back leaves what was meant before the put that stands, where there was one', () => {
    expect(withoutIntent(withIntent(confirmedWith('one'), sales, puts('wanted'), 0)).before).toBeNull()
    const accepted = withIntent(confirmedWith('one'), sales, puts('wanted'), 0)
    const over = withIntent({ ...accepted, status: 'accepted' }, sales, puts('wanted', true, 'three'), 9)
    expect(withoutIntent(over)).toMatchObject({ meant: 'two', before: { meant: 'one', meantBefore: null } })
  })

  const because = fc.constantFrom<Extract<Step, { do: 'put' }>['because'][]>(
    'wanted',
    'found putting',
    'doubt',
    'unconfirmed',
  )

  test.prop([ledger, claim, digest, because, fc.boolean(), time])(
    'that had no effect is taken back: what stood before stands',
    (given, by, what, why, doubtful, now) => {
      const back = withoutIntent(withIntent(given, by, puts(why, doubtful, what), now))
      // What a name that isn't ours is called, when to try again, and whom the guard let go, is not of what stood.
      const { name: _, unconfirmedPuts: __, retryAt: ___, before: ____, letGo: _____, ...stood } = given
      expect(back).toMatchObject(stood)
      expect(back.letGo).toEqual(given.meant && given.meant !== what ? { from: given.meant, to: what } : null)
    },
  )

  test.prop([ledger, claimOrNone, time])('takes the newest ever shown for its baseline', (given, by, now) => {
    const step = nextStep(given, by, now)
    if (step.do !== 'put') return
    const next = withIntent(given, by, step, now)
    expect(next).toMatchObject({ status: 'putting', ours: true, meant: step.digest, meantAt: now, retryAt: null })
    expect(next.baseline).toEqual(given.shown)
    expect(next.name).not.toBe('')
  })
})

describe('a refusal', () => {
  test('of what is wanted leaves the name as it stands, where something else may be put', () => {
    const refused = refusal({ wanted: 'two', reduced: 'one' })
    const given = confirmedWith('one', { failures: 2, retryAt: 5 })
    expect(withRefusal(given, refused)).toEqual({ ...given, refusal: refused, failures: 0, retryAt: null })
  })

  test('of what is meant leaves what was meant before, unless it surely was put', () => {
    const given = confirmedWith('two', { formerly: 'one' })
    expect(withoutRefused(given, 'two')).toBe(given)
    expect(withoutRefused({ ...given, status: 'accepted' }, 'three')).toMatchObject({ meant: 'two', letGo: null })
    const back = { meant: 'one', letGo: { from: 'one', to: 'two' } }
    expect(withoutRefused({ ...given, status: 'accepted' }, 'two')).toMatchObject(back)
    expect(withoutRefused({ ...given, doubt: { since: 0, puts: 0 } }, 'two')).toMatchObject(back)
    const first = confirmedWith('two', { status: 'accepted' })
    expect(withoutRefused(first, 'two')).toMatchObject({ meant: null, letGo: null })
  })

  test('of what is put once more over itself asks what stood before that put', () => {
    const over = (facts: Partial<Ledger>) =>
      withIntent(confirmedWith('two', { formerly: 'one', ...facts }), sales, puts('doubt'), 0)
    expect(withoutRefused(over({}), 'two').meant).toBe('two')
    expect(withoutRefused(over({ status: 'accepted' }), 'two').meant).toBe('one')
    const overAnother = withIntent(confirmedWith('one'), sales, puts('wanted'), 0)
    expect(withoutRefused(overAnother, 'two').meant).toBe('one')
    // What stood before a put that is confirmed since says nothing.
    const confirmed = { ...over({ status: 'accepted' }), status: 'confirmed' } as const
    expect(withoutRefused(confirmed, 'two')).toBe(confirmed)
    expect(withoutRefused(confirmedWith('two', { status: 'putting' }), 'two').meant).toBeNull()
  })
})

test('ids of change records sort as their intents were written', () => {
  const at = Date.parse('2026-01-01T00:00:00.000Z')
  expect(changeId(ledgerWith({ version: 9 }), at)).toBe('2026-01-01T00:00:00.000Z#00000010')
  const ids = [
    [9, at],
    [10, at],
    [11, at + 1],
    [2, at + 1_000],
  ].map(([version, when]) => changeId(ledgerWith({ version: version! }), when!))
  expect(ids.toSorted()).toEqual(ids)
})
