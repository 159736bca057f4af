import { describe, expect, it } from 'vitest'
import { DEFAULTS, guard, type Limits, tellBreach, withoutEffect } from '../../shared/membership/guard.ts'

const none = { number: 0, fraction: 1, floor: 0 }
const nameOnly = (name: Limits['name']): Limits => ({ name, all: none, emptied: none })

describe('the guard', () => {
  it.each([
    ['name', 500, 10_000, false],
    ['name', 501, 10_000, true],
    ['name', 10, 10, false],
    ['name', 11, 36, true],
    ['name', 11, 37, false],
    ['all', 1_000, 1_000_000, false],
    ['all', 1_001, 1_000_000, true],
    ['all', 50, 50, false],
    ['all', 51, 1_019, true],
    ['all', 51, 1_020, false],
    ['emptied', 20, 10_000, false],
    ['emptied', 21, 10_000, true],
    ['emptied', 3, 3, false],
    ['emptied', 4, 79, true],
    ['emptied', 4, 80, false],
  ] as const)('by default, %s: %i of %i is held: %s', (axis, count, of, isHeld) => {
    expect(guard(DEFAULTS, { [axis]: { count, of } })).toEqual(isHeld ? { axis, count, of } : null)
  })

  it('knows no share where it is not known of how many', () => {
    expect(guard(DEFAULTS, { all: { count: 1_000, of: null } })).toBeNull()
    expect(guard(DEFAULTS, { all: { count: 1_001, of: null } })).not.toBeNull()
  })

  it.each([
    [{ number: 0, fraction: 0.3, floor: 10 }, 1_000_000, 100_000_000, false],
    [{ number: 0, fraction: 0.3, floor: 10 }, 11, 12, true],
    [{ number: 5, fraction: 0, floor: 0 }, 5, 5, false],
    [{ number: 5, fraction: 1, floor: 0 }, 6, 100, true],
    [{ number: 5, fraction: 0.1, floor: 1_000_001 }, 5, 5, false],
    // A million is a limit still, and what is over it is none. In a day more may leave than there are now.
    [{ number: 1_000_000, fraction: 0, floor: 0 }, 1_000_001, 2_000_000, true],
    [{ number: 1_000_001, fraction: 0, floor: 0 }, 1_000_002, 2_000_000, false],
    [{ number: 0, fraction: 0.1, floor: 1_000_000 }, 1_000_001, 2_000_000, true],
    [{ number: 0, fraction: 0.1, floor: 1_000_001 }, 1_000_002, 2_000_000, false],
    [{ number: 0, fraction: 1, floor: 0 }, 101, 100, false],
  ])('%j lets %i of %i go: held is %s', (limit, count, of, isHeld) => {
    expect(guard(nameOnly(limit), { name: { count, of } }) !== null).toBe(isHeld)
  })

  it('names the first axis that is over', () => {
    const counts = { name: { count: 1, of: 9 }, all: { count: 5_000, of: null }, emptied: { count: 500, of: null } }
    expect(guard(DEFAULTS, counts)?.axis).toBe('all')
  })
})

describe('a limit', () => {
  it('says what of it is none', () => {
    expect(withoutEffect(DEFAULTS.name)).toEqual([])
    expect(withoutEffect({ number: 0, fraction: 1, floor: 2_000_000 })).toEqual([
      ['number', 0],
      ['fraction', 1],
      ['floor', 2_000_000],
    ])
    expect(withoutEffect({ number: 1_000_001, fraction: 0, floor: 1_000_000 })).toEqual([
      ['number', 1_000_001],
      ['fraction', 0],
    ])
    expect(withoutEffect({ number: 1_000_000, fraction: 0.5, floor: 0 })).toEqual([])
  })
})

describe('a breach', () => {
  it('is told with the count, the whole, and the limits', () => {
    expect(tellBreach({ axis: 'name', count: 40, of: 100 }, DEFAULTS)).toBe(
      '40 of 100 members would leave this name within a quarter of an hour; the guard lets 500 go, or 30 % beyond 10',
    )
    expect(tellBreach({ axis: 'all', count: 1_001, of: 9_000 }, DEFAULTS)).toBe(
      '1001 of 9000 memberships would be taken away within 24 hours; the guard lets 1000 go, or 5 % beyond 50',
    )
    expect(tellBreach({ axis: 'emptied', count: 72, of: null }, DEFAULTS)).toBe(
      '72 names would be emptied within 24 hours; the guard lets 20 go, or 5 % beyond 3',
    )
  })
})
