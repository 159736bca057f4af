import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Drift } from '../../shared/membership/drift.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { nightly, peopleToAsk } from '../../shared/membership/nightly.ts'
import { confirmedWith } from './arbitraries.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const named = (index: number, facts: Partial<Ledger> = {}): Ledger =>
  confirmedWith(`list ${index}`, { key: `name ${index}`, ...facts })
const terms = (over: Partial<Parameters<typeof nightly>[1]> = {}) => ({
  seed: 'a night',
  refreshWithin: 30 * DAY,
  sample: 0,
  ...over,
})
const anew = (names: Ledger[], days: number, now: number) =>
  nightly(names, terms({ refreshWithin: days * DAY }), now).flatMap(({ key, refresh }) =>
    refresh === null ? [] : [key],
  )

describe('putting anew', () => {
  property.prop([fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat(99))])(
    'comes to every name in time, whenever it was put and whatever else is put meanwhile, each night a little late or not',
    (days, count, random) => {
      const next = () => random.next().value as number
      const share = () => next() / 100
      const ages = Array.from({ length: count }, () => share() * (days - 1) * DAY)
      const names = ages.map((age, index) => named(index, { meantAt: -age }))
      // Nights are a day apart, and up to an hour late.
      const most = days === 1 ? DAY + HOUR : days * DAY
      for (let night = 0; night < 3 * days; night++) {
        const now = night * DAY + share() * HOUR
        for (const name of names) expect(now - name.meantAt).toBeLessThanOrEqual(most)
        const turn = anew(names, days, now)
        for (const name of names) {
          if (turn.includes(name.key)) name.meantAt = now
          else if (next() === 0) name.meantAt = now + share() * 20 * HOUR
        }
      }
    },
  )

  test('is spread evenly over the nights, though all were put on one day', () => {
    const names = Array.from({ length: 100 }, (_, index) => named(index, { meantAt: index }))
    const perNight: number[] = []
    for (let night = 1; night <= 90; night++) {
      const turn = anew(names, 30, night * DAY)
      perNight.push(turn.length)
      for (const name of names) if (turn.includes(name.key)) name.meantAt = night * DAY
    }
    expect(Math.max(...perNight)).toBe(4)
    expect(perNight.reduce((sum, count) => sum + count)).toBeLessThan(3.5 * 100)
  })

  test('takes those put longest ago, and says which put it saw', () => {
    const names = [named(1, { meantAt: 3 * DAY }), named(2, { meantAt: DAY }), named(3, { meantAt: 2 * DAY })]
    expect(nightly(names, terms({ refreshWithin: 3 * DAY }), 3.5 * DAY).map(({ refresh }) => refresh)).toEqual([
      null,
      DAY,
      null,
    ])
  })

  test('leaves a few names alone until it is their time', () => {
    const names = [named(1, { meantAt: 0 }), named(2, { meantAt: 0 })]
    const turns = Array.from({ length: 29 }, (_, night) => anew(names, 30, (night + 1) * DAY))
    expect(turns.slice(0, 27).flat()).toEqual([])
    expect(turns[27]).toEqual(['name 1'])
  })
})

describe('the names that are looked at', () => {
  const drift: Drift = { found: 'newer', since: 0, mayPut: false, askedOn: '2026-11-20' }
  test.each<[Partial<Ledger>, number]>([
    [{}, 1],
    [{ drift }, 1],
    [{ ours: false }, 0],
    [{ status: 'accepted' }, 0],
    [{ status: 'unconfirmed' }, 1],
    [{ status: 'putting' }, 0],
    [{ status: 'deleting' }, 0],
    [{ doubt: { since: 0, puts: 0 } }, 0],
  ])('with %j are %d', (facts, count) => {
    expect(nightly([named(1, facts)], terms(), 0)).toHaveLength(count)
  })
})

describe('people are asked about', () => {
  const askedOf = (count: number, sample: number, seed = 'a night') =>
    nightly(
      Array.from({ length: count }, (_, index) => named(index)),
      terms({ sample, seed }),
      0,
    ).filter(({ people }) => people > 0)

  test.each([
    [100, 50, 25],
    [3, 50, 3],
    [100, 1, 1],
    [100, 3, 2],
    [100, 0, 0],
    [0, 50, 0],
  ])('of %d names and %d people in %d names, and no more people than told', (count, sample, names) => {
    const asked = askedOf(count, sample)
    expect(asked).toHaveLength(names)
    expect(asked.reduce((sum, { people }) => sum + people, 0)).toBe(names === 0 ? 0 : sample)
  })

  test('in other names another night, and each with the list of another name', () => {
    const one = askedOf(100, 20)
    expect(askedOf(100, 20)).toEqual(one)
    expect(askedOf(100, 20, 'another night').map(({ key }) => key)).not.toEqual(one.map(({ key }) => key))
    const lists = one.map(({ key }) => key.replace('name', 'list'))
    expect(one.map(({ others }) => others).toSorted()).toEqual(lists.toSorted())
    for (const { key, others } of one) expect(others).not.toBe(key.replace('name', 'list'))
  })

  test('half of them people who should be in it, half who should not, as far as there are', () => {
    const members = ['a', 'b', 'c', 'd']
    const strangers = ['x', 'y', 'z']
    const asked = (people: number, within = members, without = strangers) => {
      const picked = peopleToAsk(within, without, { people, seed: 'a night' })
      expect(new Set(picked).size).toBe(picked.length)
      return [picked.filter((id) => within.includes(id)).length, picked.filter((id) => without.includes(id)).length]
    }
    expect(asked(2)).toEqual([1, 1])
    expect(asked(3)).toEqual([2, 1])
    expect(asked(1)).toEqual([1, 0])
    expect(asked(6)).toEqual([3, 3])
    expect(asked(9)).toEqual([4, 3])
    expect(asked(4, members, [])).toEqual([4, 0])
    expect(asked(2, [], strangers)).toEqual([0, 2])
    expect(asked(2, [], [])).toEqual([0, 0])
  })
})
