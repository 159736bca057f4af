import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Budget, spend, spentIn, UNSPENT } from '../../shared/membership/budget.ts'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { DEFAULTS, type Limits } from '../../shared/membership/guard.ts'
import { type Case, judge, withLeft } from '../../shared/membership/judge.ts'

const HOUR = 3_600_000
const NOW = 1_800_000_000_000
const limits: Limits = { ...DEFAULTS, name: { number: 2, fraction: 1, floor: 0 } }
const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `p${1000 + from + index}`)
const asked = (over: Partial<Case>): Case => ({ meant: [], desired: [], held: [], free: [], leaving: null, ...over })
const judged = (over: Partial<Case>, budget: Budget = UNSPENT) => judge(limits, budget, asked(over), NOW)

describe('a judgement', () => {
  it('lets a few go, and says what that spends', () => {
    expect(judged({ meant: ['a', 'b', 'c', 'd'], desired: ['a', 'b', 'e'] })).toEqual({
      target: ['a', 'b', 'e'],
      held: [],
      fresh: null,
      spends: { left: 2, emptied: 0 },
      isFull: false,
    })
  })

  it('holds all who leave together, and still lets in who comes', () => {
    const judgement = judged({ meant: ['a', 'b', 'c', 'd'], desired: ['a', 'e'] })
    expect(judgement.target).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(judgement.fresh).toEqual({ people: ['b', 'c', 'd'], breach: { axis: 'name', count: 3, of: 4 } })
    expect(judgement.spends).toEqual({ left: 0, emptied: 0 })
  })

  it('judges a later leaver without those who are held', () => {
    const judgement = judged({ meant: ['a', 'b', 'c', 'd', 'e'], desired: ['e'], held: [['a', 'b', 'c']] })
    expect(judgement).toMatchObject({ target: ['a', 'b', 'c', 'e'], fresh: null, spends: { left: 1, emptied: 0 } })
  })

  it('holds nobody whom Okta has in again', () => {
    const judgement = judged({ meant: ['a', 'b', 'c'], desired: ['b'], held: [['a', 'b'], ['c']] })
    expect(judgement.held).toEqual([['a'], ['c']])
  })

  it('asks for nobody whom a person lets go', () => {
    const meant = ['a', 'b', 'c', 'd']
    expect(judged({ meant, free: ['a', 'b', 'c', 'd'] })).toMatchObject({
      target: [],
      fresh: null,
      spends: { left: 0, emptied: 0 },
    })
    expect(judged({ meant, free: ['a', 'b', 'c'] })).toMatchObject({ target: [], spends: { left: 1, emptied: 1 } })
  })

  it('counts a name as emptied by whom it lets go, not while somebody is held in it', () => {
    expect(judged({ meant: ['a', 'b'] }).spends).toEqual({ left: 2, emptied: 1 })
    expect(judged({ meant: ['a', 'b', 'c'], held: [['a']] }).spends).toEqual({ left: 2, emptied: 0 })
    expect(judged({ meant: ['a', 'b'], desired: ['c'] }).spends).toEqual({ left: 2, emptied: 0 })
  })

  it('compares people as Q Business does', () => {
    const judgement = judged({ meant: ['Ann+x@example.com', 'b'], desired: ['ann@example.com'], held: [['B']] })
    expect(judgement).toMatchObject({ target: ['ann@example.com', 'b'], spends: { left: 0, emptied: 0 } })
  })

  it('lets nobody in where those who are held leave no room', () => {
    const meant = people(900)
    const judgement = judged({ meant, desired: people(900, 100) })
    expect(judgement).toMatchObject({ isFull: false, target: people(1000) })
    const full = judged({ meant, desired: people(901, 100) })
    expect(full).toMatchObject({ isFull: true, target: meant })
    expect(judged({ desired: people(1001) })).toMatchObject({ isFull: false, target: people(1001) })
  })

  it('counts who left within the last quarter of an hour', () => {
    const meant = ['a', 'b', 'c']
    const leaving = { since: NOW - 14 * 60_000, count: 2 }
    expect(judged({ meant, desired: ['b', 'c'], leaving }).fresh?.breach).toEqual({ axis: 'name', count: 3, of: 5 })
    expect(judged({ meant, desired: ['b', 'c'], leaving: { ...leaving, since: NOW - 15 * 60_000 } }).fresh).toBeNull()
    const many = { ...leaving, count: 3 }
    expect(judged({ meant, desired: meant, leaving: many }).fresh).toBeNull()
    expect(withLeft(leaving, 1, NOW)).toEqual({ since: leaving.since, count: 3 })
    expect(withLeft({ ...leaving, since: 0 }, 1, NOW)).toEqual({ since: NOW, count: 1 })
    expect(withLeft(leaving, 0, NOW)).toEqual(leaving)
  })

  it('counts what all names have lost within 24 hours', () => {
    const spent = spend({ ...UNSPENT, totals: { memberships: 1_000, names: 50 } }, { left: 50, emptied: 3 }, NOW)
    expect(judged({ meant: ['a', 'b'], desired: ['b'] }, spent).fresh?.breach).toEqual({
      axis: 'all',
      count: 51,
      of: 1000,
    })
    const few = spend(spent, { left: -50, emptied: 0 }, NOW)
    expect(judged({ meant: ['a'] }, few).fresh?.breach).toEqual({ axis: 'emptied', count: 4, of: 50 })
    expect(judged({ meant: ['a', 'b'], desired: ['b'] }, few).fresh).toBeNull()
    const emptied = spend(few, { left: 0, emptied: 9 }, NOW)
    expect(judged({ meant: ['a', 'b'], desired: ['b'] }, emptied).fresh).toBeNull()
  })

  const ids = fc.uniqueArray(fc.constantFrom(...people(12)), { maxLength: 12 })
  test.prop([ids, ids, fc.array(ids, { maxLength: 2 }), ids])(
    'puts whoever is wanted, and takes out nobody but leavers who are let go',
    (meant, desired, held, free) => {
      const judgement = judged({ meant, desired, held, free })
      const target = new Set(judgement.target)
      const out = meant.filter((id) => !target.has(id))
      expect(desired.filter((id) => !target.has(id))).toEqual([])
      expect(judgement.target.filter((id) => !meant.includes(id) && !desired.includes(id))).toEqual([])
      expect(out.filter((id) => desired.includes(id) || held.flat().includes(id))).toEqual([])
      const asked = out.filter((id) => !free.includes(id))
      expect(asked.length).toBe(judgement.spends.left)
      expect(asked.length).toBeLessThanOrEqual(limits.name.number)
      expect(new Set(judgement.target.map(canonicalId)).size).toBe(judgement.target.length)
    },
  )
})

describe('the budget', () => {
  it('counts what was spent in the last 24 hours, the hour that ends then whole', () => {
    const hour = Math.floor(NOW / HOUR) * HOUR
    const spent = spend(UNSPENT, { left: 3, emptied: 1 }, hour + 1)
    expect(spentIn(spent, hour + 24 * HOUR)).toEqual({ left: 3, emptied: 1 })
    expect(spentIn(spent, hour + 25 * HOUR - 1)).toEqual({ left: 3, emptied: 1 })
    expect(spentIn(spent, hour + 25 * HOUR)).toEqual({ left: 0, emptied: 0 })
  })

  it('adds up within an hour, and forgets what is over', () => {
    let budget = UNSPENT
    for (let hours = 0; hours < 100; hours++) {
      budget = spend(budget, { left: 1, emptied: 0 }, NOW + hours * HOUR)
      budget = spend(budget, { left: 1, emptied: 1 }, NOW + hours * HOUR)
    }
    expect(budget.hours).toHaveLength(25)
    expect(spentIn(budget, NOW + 99 * HOUR)).toEqual({ left: 50, emptied: 25 })
  })
})
