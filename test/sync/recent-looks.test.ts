import { describe, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import type { Question } from '../../shared/queue/hint.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import { member } from './ports.ts'

const mirror = (id = '00g1') => ({ ...unread(id), readAt: 5_000, changes: 2 })

function looked(...people: [person: string, status: string][]) {
  const looks = new RecentLooks(['ACTIVE'])
  looks.remember(
    mirror(),
    100,
    people.map(([person, status]) => member(person, status)),
  )
  return looks
}
const shows = (looks: RecentLooks, person: string, says: Question['says']) =>
  looks.shows('00g1', [{ user: `00u-${person}`, says }])

describe('a look shows', () => {
  const looks = looked(['ann', 'ACTIVE'], ['bob', 'SUSPENDED'])

  test.each<[string, Question['says'], boolean]>([
    ['ann', 'added', true],
    ['bob', 'added', true],
    ['eve', 'added', false],
    ['ann', 'removed', false],
    ['eve', 'removed', true],
    ['ann', 'on', true],
    ['ann', 'off', false],
    ['bob', 'on', false],
    ['bob', 'off', true],
    ['eve', 'on', true],
    ['eve', 'off', true],
  ])('of %s that they are %s: %s', (person, says, shown) => {
    expect(shows(looks, person, says)).toBe(shown)
  })

  test('all questions or none', () => {
    const questions: Question[] = [
      { user: '00u-ann', says: 'added' },
      { user: '00u-eve', says: 'added' },
    ]
    expect(looks.shows('00g1', questions)).toBe(false)
    expect(looks.shows('00g1', questions.slice(0, 1))).toBe(true)
    expect(looks.shows('00g1', [])).toBe(true)
  })

  test('everything where the group was out of scope, and nothing where there was none', () => {
    const outside = new RecentLooks(['ACTIVE'])
    outside.remember(mirror(), 100, null)
    expect(shows(outside, 'ann', 'added')).toBe(true)
    expect(shows(new RecentLooks(['ACTIVE']), 'ann', 'removed')).toBe(false)
  })
})

test('a look is known by when it began and by what it changed', () => {
  const looks = looked()
  expect(looks.isOf(mirror())).toBe(true)
  expect(looks.isOf({ ...mirror(), readAt: 6_000 })).toBe(false)
  expect(looks.isOf({ ...mirror(), changes: 3 })).toBe(false)
  expect(looks.isOf(mirror('00g2'))).toBe(false)
  expect([looks.readAt('00g1'), looks.readAt('00g2')]).toEqual([5_000, 0])
})

test('a group is not read again within a second', () => {
  const looks = looked()
  expect([100, 600, 1_100, 5_000].map((now) => looks.pause('00g1', now))).toEqual([1_000, 500, 0, 0])
  expect(looks.pause('00g2', 100)).toBe(0)
})

test('fifty groups are remembered, the last ones', () => {
  const looks = new RecentLooks(['ACTIVE'])
  for (let index = 0; index < 50; index++) looks.remember(mirror(`00g${index}`), 100, [])
  looks.remember(mirror('00g0'), 100, [])
  looks.remember(mirror('00g50'), 100, [])
  expect(['00g0', '00g1', '00g2', '00g50'].map((id) => looks.readAt(id) > 0)).toEqual([true, false, true, true])
})
