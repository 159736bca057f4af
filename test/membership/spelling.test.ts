import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Bearer } from '../../shared/membership/claim.ts'
import { type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import {
  borneKey,
  borneNow,
  claimOfSpelling,
  furtherKeys,
  partsOf,
  spellingKey,
  withSpelling,
} from '../../shared/membership/spelling.ts'
import { confirmedWith } from './arbitraries.ts'

const bearer = (name: string, facts: Partial<Bearer> = {}): Bearer => ({
  ...{ id: '00g1', name, formerNames: [], digest: 'list', count: 1, created: '2026-01-01', changes: 1 },
  ...facts,
})
const first = (facts: Partial<Ledger> = {}) => confirmedWith('list', { key: 'sales', name: 'Sales', ...facts })
const anyName = fc.string({ unit: 'grapheme', minLength: 1 })

describe('the key of a further spelling', () => {
  test('has the name and the spelling in it', () => {
    expect(partsOf(spellingKey('sales', 'SALES'))).toEqual({ name: 'sales', spelling: 'SALES' })
    expect(partsOf('sales')).toEqual({ name: 'sales', spelling: null })
    expect(furtherKeys(first({ spellings: ['SALES', 'sales'] }))).toEqual(['sales AS SALES', 'sales AS sales'])
    expect(furtherKeys(first())).toEqual([])
  })

  test.prop([anyName, anyName])('says both, whatever they hold', (name, spelling) => {
    expect(partsOf(spellingKey(nameKey(name), spelling))).toEqual({ name: nameKey(name), spelling })
  })

  test.prop([anyName, anyName, fc.string()])('is no name’s key', (name, spelling, between) => {
    const key = spellingKey(nameKey(name), spelling)
    for (const other of [key, name + between, `${name} AS ${spelling}`]) {
      expect(nameKey(other)).not.toBe(key)
      expect(partsOf(nameKey(other)).spelling).toBeNull()
    }
  })
})

describe('a spelling is wanted', () => {
  test('as the name is, under its own spelling', () => {
    const bearers = [bearer('SALES'), bearer('sales', { id: '00g2', digest: 'other' })]
    expect(claimOfSpelling('sales AS sAlEs', first(), bearers)).toEqual({
      ...{ name: 'sAlEs', owner: '00g1', digest: 'list', count: 1, change: 1 },
      // They are told with the name itself.
      doubles: [],
    })
    expect(claimOfSpelling('sales', first(), bearers)).toMatchObject({ name: 'Sales', doubles: ['00g2'] })
    expect(claimOfSpelling('sales AS sales', first({ owner: '00g2' }), bearers)).toMatchObject({ digest: 'other' })
  })

  test('by nobody where nobody wants the name', () => {
    expect(claimOfSpelling('sales', first(), [])).toBeNull()
    expect(claimOfSpelling('sales AS SALES', first(), [])).toBeNull()
  })

  test('as it is borne where nothing of the name was put, or all of it deleted', () => {
    const deleted = { ...noLedger('sales'), name: 'Sales' }
    expect(claimOfSpelling('sales', deleted, [bearer('SALES')])?.name).toBe('SALES')
    expect(claimOfSpelling('sales', { ...deleted, spellings: ['SALES'] }, [bearer('SALES')])?.name).toBe('Sales')
  })
})

describe('a spelling is new', () => {
  test('where it is borne and has no row', () => {
    expect(withSpelling(first(), [bearer('SALES')]).spellings).toEqual(['SALES'])
    expect(withSpelling(first({ spellings: ['SALES'] }), [bearer('sales')]).spellings).toEqual(['SALES', 'sales'])
    const former = bearer('Other', { formerNames: [{ name: 'SALES', until: 1 }] })
    expect(withSpelling(first(), [former]).spellings).toEqual(['SALES'])
    expect(borneNow(first(), [bearer('SALES')])).toBe('SALES')
    expect(borneKey(first(), [bearer('SALES')])).toBe('sales AS SALES')
    expect(borneKey(first(), [bearer('Sales')])).toBeNull()
  })

  test.each<[string, Ledger, Bearer[]]>([
    ['is the first', first(), [bearer('Sales')]],
    ['is known', first({ spellings: ['SALES'] }), [bearer('SALES')]],
    ['is nobody’s', first(), []],
    ['is of a name that is somebody else’s', first({ ours: false }), [bearer('SALES')]],
    ['is one too many', first({ spellings: Array.from({ length: 40 }, String) }), [bearer('SALES')]],
  ])('but not where it %s', (_, row, bearers) => {
    expect(withSpelling(row, bearers)).toBe(row)
  })
})
