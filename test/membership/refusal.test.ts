import { expect, test } from 'vitest'
import { MOST_MEMBERS, refusalOf } from '../../shared/membership/refusal.ts'

test.each([
  ['Sales', 0],
  ['x'.repeat(1024), MOST_MEMBERS],
  ['𝒳'.repeat(1024), 1],
  ['Vertrieb für Europa / Süd', 1],
])('%s with %i members is taken', (name, count) => {
  expect(refusalOf(name, count)).toBeNull()
})

test.each([
  ['', '0 characters'],
  ['x'.repeat(1025), '1025 characters'],
  ['a\nb', '3 characters'],
  ['a\u200bb', 'printed'],
])('the name %j is refused with its numbers and what to do', (name, said) => {
  const refusal = refusalOf(name, 1)
  expect(refusal).toMatchObject({ reason: 'name', detail: expect.stringContaining(said) })
  expect(refusal?.remedy).toContain('rename the group')
})

test('a list that is too long is refused with its numbers and what to do', () => {
  const refusal = refusalOf('Sales', 1001)
  expect(refusal).toMatchObject({ reason: 'list', detail: expect.stringMatching(/1001 members.*1000/) })
  expect(refusal?.remedy).toContain('split the group')
})

test('a name that is not taken goes before a list that is not', () => {
  expect(refusalOf('', 1001)?.reason).toBe('name')
})
