import { expect, test } from 'vitest'
import { inScope, type Scope } from '../../shared/membership/scope.ts'

const group = { id: '00g1', type: 'OKTA_GROUP', name: 'sales-emea' }
const scope: Scope = { types: ['OKTA_GROUP', 'APP_GROUP'], names: ['sales-*'], ids: [] }

test('a group is in scope by its type and its name', () => {
  expect(inScope(group, scope)).toBe(true)
  expect(inScope({ ...group, name: 'Sales-emea' }, scope)).toBe(false)
  expect(inScope({ ...group, type: 'BUILT_IN' }, scope)).toBe(false)
})

test('an id stands beside the names, and not above the types', () => {
  const byId = { ...scope, names: [], ids: ['00g1'] }
  expect(inScope(group, byId)).toBe(true)
  expect(inScope({ ...group, id: '00g2' }, byId)).toBe(false)
  expect(inScope({ ...group, type: 'BUILT_IN' }, byId)).toBe(false)
})
