import { describe, expect, test } from 'vitest'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import { afterQuietLook, driftShown, findingOf, isIn, isJudged, suspectsDueAt } from '../../shared/membership/drift.ts'
import { confirmedWith } from './arbitraries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const shows = (status: GroupStatus['status'], at: number): GroupStatus => ({ status, at, entries: 1 })

describe('drift is told', () => {
  test('of a put that is confirmed, not of one that could not be, nor of one found already', () => {
    expect(isJudged(confirmedWith('one'))).toBe(true)
    expect(isJudged(confirmedWith('one', { status: 'unconfirmed' }))).toBe(false)
    expect(isJudged(confirmedWith('one', { doubt: { since: 0, puts: 0 } }))).toBe(false)
    const drift = { found: 'newer', since: 0, mayPut: false, askedOn: '1970-01-01' } as const
    expect(isJudged(confirmedWith('one', { drift }))).toBe(false)
  })

  test('before a put only where nothing newer may be the end of a put of our own', () => {
    const ledger = confirmedWith('one', { shown: { at: 5_500, entries: 1 } })
    expect(driftShown(ledger, shows('SUCCEEDED', 9_000))).toBe('newer')
    expect(driftShown({ ...ledger, unsureUntil: 1 }, shows('SUCCEEDED', 9_000))).toBeNull()
    expect(driftShown({ ...ledger, status: 'accepted' }, shows('SUCCEEDED', 9_000))).toBeNull()
  })
})

describe('what GetGroup shows of a name is', () => {
  test.each([
    ['gone where there is none', 5_500, null, 'gone'],
    ['gone where it was deleted', 5_500, shows('DELETED', 5_500), 'gone'],
    ['gone while it is being deleted', 5_500, shows('DELETING', 5_500), 'gone'],
    ['ours at the time that it showed before', 5_500, shows('SUCCEEDED', 5_500), null],
    ['newer a millisecond later', 5_500, shows('SUCCEEDED', 5_501), 'newer'],
    ['ours within a second that was shown whole before', 5_000, shows('SUCCEEDED', 5_999), null],
    ['newer from the next second on', 5_000, shows('FAILED', 6_000), 'newer'],
  ])('%s', (_, at, status, finding) => {
    expect(findingOf(confirmedWith('one', { shown: { at, entries: 1 } }), status)).toBe(finding)
  })
})

test('a look that shows nothing newer makes sure, in time and some hours after the last put', () => {
  const unsure = confirmedWith('one', { unsureUntil: 10 * HOUR, meantAt: 2 * HOUR })
  expect(afterQuietLook(unsure, 10 * HOUR).unsureUntil).toBeNull()
  expect(afterQuietLook(unsure, 10 * HOUR - 1)).toEqual(unsure)
  const late = { ...unsure, meantAt: 5 * HOUR }
  expect(afterQuietLook(late, 11 * HOUR - 1)).toEqual(late)
  expect(afterQuietLook(late, 11 * HOUR).unsureUntil).toBeNull()
  const sure = confirmedWith('one')
  expect(afterQuietLook(sure, 100 * HOUR)).toBe(sure)
})

test('who was suspected is asked about a quarter of an hour after the put, once that is confirmed', () => {
  const suspected = confirmedWith('one', { suspects: 'ann', meantAt: 5 })
  expect(suspectsDueAt(suspected)).toBe(5 + 15 * MINUTE)
  expect(suspectsDueAt({ ...suspected, status: 'accepted' })).toBeNull()
  expect(suspectsDueAt(confirmedWith('one'))).toBeNull()
})

test('a person is in a name by its spelling; by another one of it alone nobody knows', () => {
  expect(isIn('Sales', ['Other', 'Sales'])).toBe(true)
  expect(isIn('Sales', ['Other', 'SALES'])).toBeNull()
  expect(isIn('Sales', ['Other'])).toBe(false)
  expect(isIn('Sales', [])).toBe(false)
})
