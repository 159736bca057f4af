import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Claim } from '../../shared/membership/claim.ts'
import { afterShown, isUnconfirmed, unconfirmed } from '../../shared/membership/confirm.ts'
import type { Drift } from '../../shared/membership/drift.ts'
import { withClaim, withIntent } from '../../shared/membership/intent.ts'
import { doubtDueAt, type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import { EMPTY } from '../../shared/membership/member-list.ts'
import { isInStep, ledgerDueAt, nextStep, targetOf, WAIT_FOR_CONFIRMATION } from '../../shared/membership/plan.ts'
import { claimOrNone, confirmedWith, ledger, ledgerWith, refusal, time } from './arbitraries.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 10 * DAY

const sales: Claim = { name: 'Sales', owner: '00g1', digest: 'one', count: 1, change: 1, doubles: [] }
const two: Claim = { ...sales, digest: 'two' }
const put = (digest: string, because: string, doubtful: boolean) => ({ do: 'put', digest, because, doubtful })

describe('what a name should have', () => {
  test('is the list of its claim, or nobody where it is ours and nobody wants it', () => {
    expect(targetOf(confirmedWith('two'), sales)).toBe('one')
    expect(targetOf(confirmedWith('two'), null)).toBe(EMPTY)
    expect(targetOf(ledgerWith({}), sales)).toBe('one')
    expect(targetOf(ledgerWith({}), null)).toBeNull()
  })

  test('is what may be put instead of a list that is refused, and of no other', () => {
    const refused = confirmedWith('three', { refusal: refusal({ wanted: 'one', reduced: 'two' }) })
    expect(targetOf(refused, sales)).toBe('two')
    expect(targetOf(refused, { ...sales, digest: 'three' })).toBe('three')
    expect(targetOf(ledgerWith({ refusal: refusal({ wanted: 'one' }) }), sales)).toBeNull()
  })
})

describe('the next step', () => {
  test.each<[string, Ledger, Claim | null, unknown]>([
    ['for a new name', ledgerWith({}), sales, put('one', 'wanted', false)],
    ['for a list that has changed', confirmedWith('one'), two, put('two', 'wanted', false)],
    ['for a name that nobody wants', confirmedWith('one'), null, put(EMPTY, 'wanted', false)],
    ['for what is as it should be', confirmedWith('one'), sales, { do: 'rest' }],
    ['for a name that is neither ours nor wanted', ledgerWith({}), null, { do: 'rest' }],
    [
      'where nothing may be put over what is there',
      confirmedWith('two', { refusal: refusal({ wanted: 'one' }) }),
      sales,
      { do: 'rest' },
    ],
    ['where nothing may be put', ledgerWith({ refusal: refusal({ wanted: 'one' }) }), sales, { do: 'rest' }],
    [
      'for a put without an answer',
      confirmedWith('two', { status: 'putting' }),
      two,
      put('two', 'found putting', true),
    ],
    ['for one that nobody wants', confirmedWith('two', { status: 'putting' }), null, put(EMPTY, 'found putting', true)],
    [
      'for one whose list has changed',
      confirmedWith('one', { status: 'putting' }),
      two,
      put('two', 'found putting', true),
    ],
    [
      'after an hour that could not be confirmed',
      confirmedWith('one', { status: 'unconfirmed' }),
      sales,
      { do: 'rest' },
    ],
    ['then for a change', confirmedWith('one', { status: 'unconfirmed' }), two, put('two', 'wanted', true)],
  ])('%s', (_, given, claim, step) => {
    expect(nextStep(given, claim, NOW)).toEqual(step)
  })

  describe('for an accepted put', () => {
    const accepted = (waited: number, facts: Partial<Ledger> = {}) =>
      confirmedWith('one', { status: 'accepted', acceptedAt: NOW - waited, unconfirmedPuts: 1, ...facts })

    test('is to wait two minutes for its confirmation, and then to put what has changed over it', () => {
      expect(nextStep(accepted(2 * MINUTE - 1), two, NOW)).toEqual({ do: 'rest' })
      expect(nextStep(accepted(2 * MINUTE), two, NOW)).toEqual(put('two', 'wanted', true))
    })

    test('is to wait an hour for its confirmation, to put it once more, and to give up', () => {
      expect(nextStep(accepted(HOUR - 1), sales, NOW)).toEqual({ do: 'rest' })
      expect(nextStep(accepted(HOUR), sales, NOW)).toEqual(put('one', 'unconfirmed', true))
      expect(nextStep(accepted(HOUR, { unconfirmedPuts: 2 }), sales, NOW)).toEqual({ do: 'give up confirming' })
    })
  })

  test('for a doubtful name is to put the same once more when it is due', () => {
    const doubtful = confirmedWith('one', { doubt: { since: NOW - 2 * HOUR, puts: 1 } })
    expect(nextStep(doubtful, sales, NOW - 1)).toEqual({ do: 'rest' })
    expect(nextStep(doubtful, sales, NOW)).toEqual(put('one', 'doubt', false))
  })

  test('for a name that has drifted is to put the same again, as soon as it may be', () => {
    const drifted = (mayPut: boolean) =>
      confirmedWith('one', { drift: { found: 'newer', since: 0, mayPut, askedOn: '' } })
    expect(nextStep(drifted(true), sales, NOW)).toEqual(put('one', 'drift', false))
    expect(nextStep(drifted(false), sales, NOW)).toEqual({ do: 'rest' })
    expect(nextStep(drifted(false), two, NOW)).toEqual(put('two', 'wanted', false))
  })

  test('for an unwanted name is to delete it in time, once it is empty and not doubtful', () => {
    const unwanted = (facts: Partial<Ledger> = {}) => confirmedWith(EMPTY, { deleteAt: NOW, ...facts })
    expect(nextStep(unwanted(), null, NOW - 1)).toEqual({ do: 'rest' })
    expect(nextStep(unwanted(), null, NOW)).toEqual({ do: 'delete' })
    expect(nextStep(unwanted({ meant: 'one' }), null, NOW)).toEqual(put(EMPTY, 'wanted', false))
    expect(nextStep(unwanted({ doubt: { since: NOW - MINUTE, puts: 0 } }), null, NOW)).toEqual({ do: 'rest' })
    expect(nextStep(unwanted({ status: 'accepted', acceptedAt: NOW }), null, NOW)).toEqual({ do: 'rest' })
  })

  test('for a name found deleting is to delete it, or to put it again where somebody wants it', () => {
    const deleting = confirmedWith(EMPTY, { status: 'deleting', deleteAt: NOW })
    expect(nextStep(deleting, null, NOW)).toEqual({ do: 'delete' })
    expect(nextStep(deleting, sales, NOW)).toEqual(put('one', 'found putting', true))
  })

  test.prop([ledger, claimOrNone, time])(
    'puts nothing but the target, and deletes nothing that is wanted',
    (given, by, now) => {
      const step = nextStep(given, by, now)
      const target = targetOf(given, by)
      if (step.do === 'put') {
        expect(step.digest).toBe(target)
        if (step.because === 'found putting' || given.status === 'accepted') expect(step.doubtful).toBe(true)
      }
      if (target === null && given.status !== 'deleting') expect(step).toEqual({ do: 'rest' })
      if (step.do === 'give up confirming') expect([given.status, given.meant]).toEqual(['accepted', target])
    },
  )

  test.prop([ledger, claimOrNone, time])('deletes only what is ours, empty, unwanted and due', (given, by, now) => {
    const current = withClaim(given, by, now, DAY)
    if (nextStep(current, by, now).do !== 'delete') return
    expect(by).toBeNull()
    expect(current.ours).toBe(true)
    if (given.status === 'deleting') return
    expect(current).toMatchObject({ meant: EMPTY, doubt: null })
    expect(current.deleteAt).toBeLessThanOrEqual(now)
  })
})

const waiting: Drift = { found: 'newer', since: 1_000, mayPut: false, askedOn: '1970-01-01' }

describe('a name is in step', () => {
  test.each<[string, Ledger, Claim | null, boolean]>([
    ['when it is confirmed with what is wanted', confirmedWith('one'), sales, true],
    ['not with another list', confirmedWith('two'), sales, false],
    ['not while it is doubtful', confirmedWith('one', { doubt: { since: 0, puts: 2 } }), sales, false],
    ['not while it is not confirmed', confirmedWith('one', { status: 'accepted' }), sales, false],
    ['not when it could not be confirmed', confirmedWith('one', { status: 'unconfirmed' }), sales, false],
    ['not while it has drifted', confirmedWith('one', { drift: waiting }), sales, false],
    ['when nobody wants it and nobody is in it', confirmedWith(EMPTY), null, true],
    ['not when nobody wants it and somebody is in it', confirmedWith('one'), null, false],
    ['when it is neither ours nor wanted', ledgerWith({}), null, true],
    ['not when it is wanted for the first time', ledgerWith({}), sales, false],
    ['when what is wanted is refused', ledgerWith({ refusal: refusal({ wanted: 'one' }) }), sales, true],
    [
      'when what may be put instead is confirmed',
      confirmedWith('two', { refusal: refusal({ wanted: 'one', reduced: 'two' }) }),
      sales,
      true,
    ],
    [
      'not before what may be put instead is confirmed',
      confirmedWith('one', { refusal: refusal({ wanted: 'one', reduced: 'two' }) }),
      sales,
      false,
    ],
  ])('%s', (_, given, claim, inStep) => {
    expect(isInStep(given, claim)).toBe(inStep)
  })
})

describe('a name is due', () => {
  const rejected = { by: 'arn:admin', reason: 'they stay', at: 1 }
  const hold = { id: '4', people: 'two', count: 1, axis: 'name', detail: '', since: 0, rejected: null } as const
  test.each<[string, Partial<Ledger>, number | null]>([
    ['never when all is quiet', {}, null],
    ['when something is to be tried again, whatever else there is', { retryAt: 9, deleteAt: 5, status: 'putting' }, 9],
    ['two minutes after a put without an answer', { status: 'putting', meantAt: 1_000 }, 121_000],
    ['a minute after an accepted put', { status: 'accepted', acceptedAt: 1_000 }, 61_000],
    ['two minutes after a deletion without one', { status: 'deleting', meantAt: 1_000 }, 121_000],
    ['when it is to be deleted', { deleteAt: 5 }, 5],
    [
      'when it is put against a doubt, before it is deleted',
      { doubt: { since: 0, puts: 0 }, deleteAt: 5 },
      15 * MINUTE,
    ],
    ['never for a doubt about its deletion', { status: 'none', doubt: { since: 0, puts: 0 } }, null],
    ['two minutes after drift was found that may be put', { drift: { ...waiting, mayPut: true } }, 121_000],
    ['never for drift that waits for the night', { drift: waiting }, null],
    ['a quarter of an hour after a put that is doubted', { suspects: 'two', meantAt: 1_000 }, 15 * MINUTE + 1_000],
    ['never for its deletion while people are held in it', { deleteAt: 5, holds: [{ ...hold, rejected }] }, null],
    ['an hour after it was last said that people are held', { holds: [hold], holdsToldAt: 1_000 }, HOUR + 1_000],
    ['never for drift that is put over already', { status: 'unconfirmed', drift: { ...waiting, mayPut: true } }, null],
    ['when a refusal ends', { refusal: refusal({ until: 7 }) }, 7],
    ['never for a refusal without an end', { refusal: refusal() }, null],
    ['at the first of all these', { status: 'putting', meantAt: 0, deleteAt: 5, refusal: refusal({ until: 7 }) }, 5],
  ])('%s', (_, facts, due) => {
    expect(ledgerDueAt(confirmedWith('one', facts))).toBe(due)
  })
})

test.prop([ledger, claimOrNone, time])(
  'who rests is in step, or due, or refused, or could not be confirmed',
  (given, by, now) => {
    const current = withClaim(given, by, now, DAY)
    if (nextStep(current, by, now).do !== 'rest') return
    const reasons = {
      inStep: isInStep(current, by),
      due: ledgerDueAt(current) !== null,
      refused: current.refusal !== null,
      unconfirmed: current.status === 'unconfirmed',
    }
    expect(Object.values(reasons), JSON.stringify(reasons)).toContain(true)
  },
)

describe('with a service that confirms every put', () => {
  test('a doubt ends after puts at 15 minutes, 2 hours and a day, each confirmed', () => {
    const doubtful = confirmedWith('one', { doubt: { since: NOW, puts: 0 } })
    const { puts, last } = followed(doubtful, sales, NOW)
    expect(puts.map(({ at }) => at - NOW)).toEqual([15 * MINUTE, 2 * HOUR, DAY])
    expect(last).toMatchObject({ status: 'confirmed', meant: 'one', doubt: null })
  })

  test('a put for a change makes a put against the doubt unnecessary, when it is due at that time', () => {
    const doubtful = confirmedWith('one', { doubt: { since: NOW, puts: 0 } })
    const { puts } = followed(doubtful, two, NOW + HOUR)
    expect(puts.map(({ at, because }) => [at - NOW, because])).toEqual([
      [HOUR, 'wanted'],
      [2 * HOUR, 'doubt'],
      [DAY, 'doubt'],
    ])
  })

  test.prop([ledger, claimOrNone])(
    'every name comes in step and is due no more, or only when it says so',
    (given, by) => {
      const { last, at } = followed(given, by, 3 * DAY)
      expect(isInStep(last, by), JSON.stringify(last)).toBe(true)
      expect(last.doubt).toBeNull()
      const dueAt = ledgerDueAt(last)
      if (dueAt !== null && last.retryAt === null) expect(dueAt).toBeGreaterThan(at)
    },
  )
})

test('a name that is never confirmed is put twice, an hour apart, and then against the doubt', () => {
  const { puts, last } = followed(noLedger('sales'), sales, NOW, 'PROCESSING')
  expect(puts.slice(0, 2).map(({ at, because }) => [at - NOW, because])).toEqual([
    [0, 'wanted'],
    [HOUR, 'unconfirmed'],
  ])
  expect(puts.slice(2).every(({ because }) => because === 'doubt')).toBe(true)
  expect(last).toMatchObject({ status: 'unconfirmed', doubt: null })
})

/** What put-group does with a name until nothing is due any more, where every put is accepted and shows this status. */
function followed(start: Ledger, claim: Claim | null, from: number, status: 'SUCCEEDED' | 'PROCESSING' = 'SUCCEEDED') {
  const puts: { at: number; because: string }[] = []
  let current = start
  let at = from
  for (let round = 0; round < 30; round++) {
    current = withClaim(current, claim, at, 40 * DAY)
    if (isUnconfirmed(current)) current = shownNow(current, status)
    const step = nextStep(current, claim, at)
    if (step.do === 'put') {
      puts.push({ at, because: step.because })
      const accepted = { ...withIntent(current, claim, step, at), status: 'accepted' as const, acceptedAt: at }
      current = shownNow(accepted, status)
    } else if (step.do === 'give up confirming') current = unconfirmed(current)
    else if (step.do === 'delete') current = { ...noLedger(current.key), shown: current.shown }
    else {
      const rested = restedUntil(current, claim, at)
      if (rested === null) return { last: current, at, puts }
      current = { ...current, retryAt: null }
      at = rested
    }
  }
  throw new Error(`${JSON.stringify(current)} doesn't come to rest`)
}

function shownNow(given: Ledger, status: 'SUCCEEDED' | 'PROCESSING'): Ledger {
  return afterShown(given, { status, at: given.shown.at + 1, entries: 1 })
}

/** When the name is due again, an accepted put once its confirmation is overdue; null where it is only to be deleted far from now. */
function restedUntil(given: Ledger, claim: Claim | null, at: number): number | null {
  if (given.status === 'accepted') {
    const overdue = given.meant === targetOf(given, claim) ? HOUR : WAIT_FOR_CONFIRMATION
    return given.acceptedAt + overdue
  }
  const reasons = [doubtDueAt(given.doubt), given.refusal?.until ?? null].filter((due) => due !== null)
  return reasons.length > 0 ? Math.max(at, Math.min(...reasons)) : null
}
