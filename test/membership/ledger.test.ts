import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import {
  afterDoubtPut,
  doubtDueAt,
  isNewer,
  type Ledger,
  NEVER_SHOWN,
  newerOf,
  noLedger,
} from '../../shared/membership/ledger.ts'
import { shown } from './arbitraries.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

test('a name without a row has nothing of ours, and was never shown', () => {
  expect(noLedger('sales')).toMatchObject({
    key: 'sales',
    version: 0,
    name: '',
    status: 'none',
    ours: false,
    meant: null,
  })
  expect(noLedger('sales')).toMatchObject({ shown: NEVER_SHOWN, baseline: NEVER_SHOWN, doubt: null, emptyFails: false })
})

describe('newer is', () => {
  test.each([
    [{ at: 2, entries: 0 }, { at: 1, entries: 9 }, true],
    [{ at: 1, entries: 2 }, { at: 1, entries: 1 }, true],
    [{ at: 1, entries: 1 }, { at: 1, entries: 1 }, false],
    [{ at: 1, entries: 9 }, { at: 2, entries: 0 }, false],
  ])('%j against %j: %s', (a, b, newer) => {
    expect(isNewer(a, b)).toBe(newer)
  })

  test.prop([shown, shown, shown])('an order in which everything has its place', (a, b, c) => {
    expect([isNewer(a, b), isNewer(b, a)]).not.toEqual([true, true])
    if (!isNewer(a, b) && !isNewer(b, a)) expect(a).toEqual(b)
    if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true)
    expect(newerOf(a, b)).toEqual(newerOf(b, a))
    expect(isNewer(a, newerOf(a, b))).toBe(false)
  })
})

test('a doubtful name is put after 15 minutes, 2 hours and a day, counted from when the doubt began', () => {
  expect(doubtDueAt(null)).toBeNull()
  let doubt: Ledger['doubt'] = { since: 1_000, puts: 0 }
  const dueAt: (number | null)[] = []
  while (doubt !== null) {
    dueAt.push(doubtDueAt(doubt))
    doubt = afterDoubtPut(doubt)
  }
  expect(dueAt).toEqual([15 * MINUTE, 2 * HOUR, 24 * HOUR].map((wait) => 1_000 + wait))
})

test.prop([fc.nat(), fc.nat(2)])('each put against a doubt brings it nearer to its end', (since, puts) => {
  const next = afterDoubtPut({ since, puts })
  if (next === null) expect(puts).toBe(2)
  else expect(next).toEqual({ since, puts: puts + 1 })
})
