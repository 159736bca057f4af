import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { causeIds, isSettled, type Mirror, mirrorDueAt, namesBorne, unread } from '../../shared/membership/mirror.ts'
import { time } from './arbitraries.ts'

const mirror = (facts: Partial<Mirror> = {}): Mirror => ({
  ...unread('00g1'),
  state: 'present',
  name: 'Sales',
  ...facts,
})

test('a group that was only heard of is unread, and bears no name', () => {
  expect(unread('00g1')).toMatchObject({ id: '00g1', state: 'unread', name: null, formerNames: [] })
})

test('causes are named once each', () => {
  const causes = ['e1', 'e2', 'e1'].map((id) => ({ id, type: 'test' }))
  expect(causeIds(causes)).toEqual(['e1', 'e2'])
})

describe('a group is settled', () => {
  test('when its last whole read began a minute after its newest hint', () => {
    expect(isSettled(mirror({ newestHint: 1_000, readAt: 60_999 }))).toBe(false)
    expect(isSettled(mirror({ newestHint: 1_000, readAt: 61_000 }))).toBe(true)
  })

  test('when nobody hinted at it', () => {
    expect(isSettled(mirror({ newestHint: 0, readAt: 0 }))).toBe(true)
  })
})

describe('the names that a group bears', () => {
  test('are the one now and those before, each by its key and once', () => {
    const formerNames = ['Old', 'OLD', 'sales'].map((name) => ({ name, until: 9 }))
    expect(namesBorne(mirror({ formerNames }))).toEqual(['sales', 'old'])
  })

  test('are none where it bears none now', () => {
    expect(namesBorne(mirror({ name: null, formerNames: [{ name: 'Old', until: 9 }] }))).toEqual([])
  })
})

describe('a group is due', () => {
  test.each<[string, Partial<Mirror>, number | null]>([
    ['never when all is quiet', {}, null],
    ['a minute after its newest hint', { newestHint: 5_000, readAt: 64_999 }, 65_000],
    ['never for a hint that is settled', { newestHint: 5_000, readAt: 65_000 }, null],
    ['where Okta counted more', { lookAgainAt: 7_000 }, 7_000],
    ['a minute after it was missing', { state: 'missing', missingSince: 1_000 }, 61_000],
    ['never for having been missing once', { state: 'gone', missingSince: 1_000 }, null],
    [
      'when a former name ends',
      {
        formerNames: [
          { name: 'A', until: 90 },
          { name: 'B', until: 80 },
        ],
      },
      80,
    ],
    ['half a minute after names were to be rung', { toRing: ['sales'], toRingSince: 1_000 }, 31_000],
    [
      'when a failed read is to be tried again, and for no other look',
      { failures: 1, retryAt: 900, lookAgainAt: 7 },
      900,
    ],
    ['when it has rested, for whoever asked meanwhile', { restUntil: 9_000, asked: true, newestHint: 5_000 }, 9_000],
    ['while reads fail too', { restUntil: 9_000, asked: true, failures: 1, retryAt: 99_000 }, 9_000],
    ['never for its rest alone', { restUntil: 9_000 }, null],
    ['for its rings while reads fail', { failures: 1, retryAt: 99_000, toRing: ['sales'], toRingSince: 1 }, 30_001],
  ])('%s', (_, facts, due) => {
    expect(mirrorDueAt(mirror(facts))).toBe(due)
  })

  const facts = fc.record({
    state: fc.constantFrom<Mirror['state'][]>('unread', 'present', 'outOfScope', 'missing', 'gone'),
    missingSince: time,
    newestHint: time,
    readAt: time,
    lookAgainAt: fc.option(time),
    formerNames: fc.array(fc.record({ name: fc.constantFrom('A', 'B'), until: time }), { maxLength: 2 }),
    toRing: fc.subarray(['sales', 'old']),
    toRingSince: time,
  })

  test.prop([facts])('exactly when something asks for it', (given) => {
    const one = mirror(given)
    const asks =
      !isSettled(one) ||
      one.lookAgainAt !== null ||
      one.state === 'missing' ||
      one.formerNames.length > 0 ||
      one.toRing.length > 0
    expect(mirrorDueAt(one) !== null).toBe(asks)
  })

  test.prop([facts, time])('at the next try while reads fail, or sooner for its rings', (given, retryAt) => {
    const due = mirrorDueAt(mirror({ ...given, failures: 1, retryAt }))
    if (given.toRing.length === 0) expect(due).toBe(retryAt)
    else expect(due).toBe(Math.min(retryAt, given.toRingSince + 30_000))
  })
})
