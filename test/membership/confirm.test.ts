import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import {
  afterShown,
  exists,
  type GroupStatus,
  isUnconfirmed,
  shownBy,
  unconfirmed,
} from '../../shared/membership/confirm.ts'
import { isNewer, type Ledger, newerOf } from '../../shared/membership/ledger.ts'
import { beforeIntent, confirmedWith, groupStatus, ledger } from './arbitraries.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

const status = (what: GroupStatus['status'], at: number, entries = 1): GroupStatus => ({ status: what, at, entries })
const accepted = (facts: Partial<Ledger> = {}) =>
  confirmedWith('two', {
    status: 'accepted',
    before: beforeIntent({ status: 'confirmed', meant: 'one', ours: true }),
    meantAt: 500,
    acceptedAt: 600,
    shown: { at: 100, entries: 2 },
    baseline: { at: 100, entries: 2 },
    retryAt: 700,
    ...facts,
  })

test.each([
  [null, false],
  [status('DELETED', 1), false],
  [status('DELETING', 1), true],
  [status('PROCESSING', 1), true],
  [status('FAILED', 1), true],
  [status('SUCCEEDED', 1), true],
])('whether a name exists that shows %j: %s', (shown, there) => {
  expect(exists(shown)).toBe(there)
})

test('of a status its time and its count of statuses are remembered', () => {
  expect(shownBy(status('FAILED', 5, 3))).toEqual({ at: 5, entries: 3 })
})

describe('SUCCEEDED', () => {
  test('confirms where it is later than anything shown before the put, or one more at the same time', () => {
    for (const shown of [status('SUCCEEDED', 101), status('SUCCEEDED', 100, 3)]) {
      expect(
        afterShown(accepted({ failures: 2, unconfirmedPuts: 1, setAside: { since: 1, error: {} } }), shown),
      ).toMatchObject({
        status: 'confirmed',
        meant: 'two',
        unconfirmedPuts: 0,
        failures: 0,
        setAside: null,
        retryAt: null,
        shown: shownBy(shown),
      })
    }
  })

  test('confirms nothing where it is what was shown before the put', () => {
    for (const shown of [status('SUCCEEDED', 100, 2), status('SUCCEEDED', 99, 9)]) {
      expect(afterShown(accepted(), shown)).toEqual(accepted())
    }
  })

  test('confirms a put that could not be confirmed in time', () => {
    expect(afterShown(accepted({ status: 'unconfirmed' }), status('SUCCEEDED', 101)).status).toBe('confirmed')
  })

  test('confirms no put that is not waited for, though it is remembered', () => {
    for (const state of ['none', 'putting', 'confirmed', 'deleting'] as const) {
      const before = accepted({ status: state })
      expect(afterShown(before, status('SUCCEEDED', 200))).toEqual({ ...before, shown: { at: 200, entries: 1 } })
    }
  })
})

test('FAILED leaves a name whose put had no answer, with the list that was meant before', () => {
  expect(afterShown(accepted(), status('FAILED', 101))).toMatchObject({ status: 'putting', meant: 'one', ours: true })
  expect(afterShown(accepted({ before: null }), status('FAILED', 101))).toMatchObject({
    status: 'putting',
    meant: null,
  })
  expect(afterShown(accepted(), status('FAILED', 100, 2)).status).toBe('accepted')
})

test('what is under way, or not there, is waited for', () => {
  for (const shown of [null, status('DELETED', 500), status('PROCESSING', 500), status('DELETING', 500)]) {
    expect(afterShown(accepted(), shown).status).toBe('accepted')
  }
  expect(afterShown(accepted(), status('DELETED', 500))).toEqual(accepted())
})

describe('a doubt', () => {
  const doubt = { since: 0, puts: 0 }

  test('is met by a put that was meant when it was due, once it is confirmed', () => {
    const seen = status('SUCCEEDED', 200)
    expect(afterShown(accepted({ doubt, meantAt: 15 * MINUTE - 1 }), seen).doubt).toEqual(doubt)
    expect(afterShown(accepted({ doubt, meantAt: 15 * MINUTE }), seen).doubt).toEqual({ since: 0, puts: 1 })
  })

  test('is met by one put as often as puts were due by then', () => {
    expect(afterShown(accepted({ doubt, meantAt: 2 * HOUR }), status('SUCCEEDED', 200)).doubt).toEqual({
      since: 0,
      puts: 2,
    })
    expect(afterShown(accepted({ doubt, meantAt: 24 * HOUR }), status('SUCCEEDED', 200)).doubt).toBeNull()
  })

  test('is not met by a put that FAILED or is under way', () => {
    for (const what of ['FAILED', 'PROCESSING'] as const) {
      expect(afterShown(accepted({ doubt, meantAt: 24 * HOUR }), status(what, 200)).doubt).toEqual(doubt)
    }
  })

  test('is met by a put that could not be confirmed, since no more can be done', () => {
    const setAside = { since: 1, error: {} }
    const given = accepted({ doubt, meantAt: 2 * HOUR, unconfirmedPuts: 2, failures: 1, setAside })
    expect(unconfirmed(given)).toEqual({
      ...given,
      status: 'unconfirmed',
      doubt: { since: 0, puts: 2 },
      unsureUntil: 50 * HOUR,
      unconfirmedPuts: 0,
      failures: 0,
      retryAt: null,
      setAside: null,
    })
  })
})

test.prop([ledger, fc.option(groupStatus)])(
  'only what is newer than the baseline says anything of a put',
  (before, seen) => {
    const after = afterShown(before, seen)
    if (after.status !== before.status) {
      expect(isUnconfirmed(before)).toBe(true)
      expect(isNewer(seen!, before.baseline)).toBe(true)
      expect(['SUCCEEDED', 'FAILED']).toContain(seen!.status)
    }
    if (after.status === 'confirmed') expect(after.meant).toBe(before.meant)
    expect(newerOf(before.shown, after.shown)).toEqual(after.shown)
    expect(after).toMatchObject({ ours: before.ours, baseline: before.baseline, refusal: before.refusal })
  },
)

test.prop([ledger, fc.array(groupStatus, { maxLength: 5 })])('what was shown is never forgotten', (before, seen) => {
  const after = seen.reduce(afterShown, before)
  for (const one of seen.filter(exists)) expect(isNewer(one, after.shown)).toBe(false)
})
