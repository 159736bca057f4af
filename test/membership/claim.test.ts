import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { type Bearer, claimOf } from '../../shared/membership/claim.ts'
import { nameKey } from '../../shared/membership/name-key.ts'

const bearer = (id: string, facts: Partial<Bearer> = {}): Bearer => ({
  id,
  name: 'Sales',
  formerNames: [],
  digest: `list of ${id}`,
  count: 1,
  created: '2026-01-01T00:00:00.000Z',
  changes: 1,
  ...facts,
})
const formerly = (id: string, until: number, facts: Partial<Bearer> = {}) =>
  bearer(id, { name: 'Other', formerNames: [{ name: 'SALES', until }], ...facts })

describe('who bears a name now has it', () => {
  test('with its list, its count and its newest change', () => {
    expect(claimOf('sales', null, [bearer('00g1', { count: 7, changes: 4 })])).toEqual({
      name: 'Sales',
      owner: '00g1',
      digest: 'list of 00g1',
      count: 7,
      change: 4,
      doubles: [],
    })
  })

  test('even where the owner by the ledger bore it until now', () => {
    expect(claimOf('sales', '00g1', [formerly('00g1', 9), bearer('00g2')])?.owner).toBe('00g2')
  })

  test('of several the owner keeps it, and the others are doubles', () => {
    const bearers = [bearer('00g3'), bearer('00g2'), bearer('00g1', { created: '2025-01-01T00:00:00.000Z' })]
    expect(claimOf('sales', '00g2', bearers)).toMatchObject({ owner: '00g2', doubles: ['00g1', '00g3'] })
  })

  test('of several without the owner the one that Okta created first, or the lesser id', () => {
    const late = { created: '2026-01-02T00:00:00.000Z' }
    expect(claimOf('sales', '00g9', [bearer('00g1', late), bearer('00g2')])?.owner).toBe('00g2')
    expect(claimOf('sales', null, [bearer('00g2'), bearer('00g1')])?.owner).toBe('00g1')
  })
})

describe('who bore a name until lately still has it', () => {
  test('with its own members and the spelling of then', () => {
    expect(claimOf('sales', null, [formerly('00g1', 9)])).toMatchObject({
      name: 'SALES',
      owner: '00g1',
      digest: 'list of 00g1',
      doubles: [],
    })
  })

  test('by that name alone, whatever other names it bore later', () => {
    const names = [
      { name: 'SALES', until: 5 },
      { name: 'Purchase', until: 9 },
    ]
    expect(claimOf('sales', null, [bearer('00g1', { name: 'Other', formerNames: names })])?.name).toBe('SALES')
  })

  test('of several the owner, else who bore it last, else the lesser id', () => {
    const bearers = [formerly('00g1', 9), formerly('00g2', 10), formerly('00g3', 10)]
    expect(claimOf('sales', '00g1', bearers)?.owner).toBe('00g1')
    expect(claimOf('sales', null, bearers)?.owner).toBe('00g2')
  })
})

test('nobody has a name that nobody bears or bore', () => {
  expect(claimOf('sales', '00g1', [])).toBeNull()
  expect(claimOf('sales', '00g1', [bearer('00g1', { name: null }), bearer('00g2', { name: 'Other' })])).toBeNull()
})

const name = fc.constantFrom('Sales', 'sales', 'SALES', 'Other', 'other')
const bearers = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('00g1', '00g2', '00g3', '00g4', '00g5'),
      name: fc.option(name),
      formerNames: fc.uniqueArray(fc.record({ name, until: fc.nat(3) }), {
        selector: (former) => nameKey(former.name),
      }),
      digest: fc.constantFrom('one', 'two'),
      count: fc.nat(3),
      created: fc.constantFrom('2025-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),
      changes: fc.nat(3),
    })
    .map((one): Bearer => {
      const isNow = (former: string) => one.name !== null && nameKey(former) === nameKey(one.name)
      return { ...one, formerNames: one.formerNames.filter((former) => !isNow(former.name)) }
    }),
  { selector: ({ id }) => id, maxLength: 5 },
)
const owner = fc.constantFrom(null, '00g1', '00g2', '00g3')
const inAnotherOrder = bearers.chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
)

test.prop([inAnotherOrder, owner])('the order of the bearers does not count', ([all, shuffled], by) => {
  expect(claimOf('sales', by, shuffled)).toEqual(claimOf('sales', by, all))
})

test.prop([bearers, owner])('a name has one owner at most, who stays the owner', (all, by) => {
  const claim = claimOf('sales', by, all)
  const now = all.filter((one) => one.name !== null && nameKey(one.name) === 'sales').map(({ id }) => id)
  if (claim === null) {
    expect(now).toEqual([])
    return
  }
  if (now.length > 0) expect([claim.owner, ...claim.doubles].sort()).toEqual(now.sort())
  if (by !== null && now.includes(by)) expect(claim.owner).toBe(by)
  expect(nameKey(claim.name)).toBe('sales')
  expect(claimOf('sales', claim.owner, all)).toEqual(claim)
})
