import { expect, test } from 'vitest'
import { MOST_MEMBERS, refusalOf } from '../../shared/membership/refusal.ts'

test.each([
  ['Sales', 0],
  ['x'.repeat(1024), MOST_MEMBERS],
  ['𝒳'.repeat(1024), 1],
  ['Vertrieb für Europa / Süd', 1],
])('%s with %i members is taken', (name, count) => {
  expect(refusalOf(name, count, MOST_MEMBERS, 0)).toBeNull()
})

test.each([
  ['', '0 characters'],
  ['x'.repeat(1025), '1025 characters'],
  ['a\nb', '3 characters'],
  ['a\u200bb', 'printed'],
])('the name %j is refused with its numbers and what to do', (name, said) => {
  const refusal = refusalOf(name, 1, MOST_MEMBERS, 0)
  expect(refusal).toMatchObject({ reason: 'name', detail: expect.stringContaining(said) })
  expect(refusal?.remedy).toContain('rename the group')
})

test('a list that is too long is refused with its numbers and what to do', () => {
  const refusal = refusalOf('Sales', 1001, MOST_MEMBERS, 0)
  expect(refusal).toMatchObject({ reason: 'list', detail: expect.stringMatching(/1001 members.*1000/) })
  expect(refusal?.remedy).toContain('split the group')
})

test('a name that is not taken goes before a list that is not', () => {
  expect(refusalOf('', 1001, MOST_MEMBERS, 0)?.reason).toBe('name')
})

test('a list over what a probe found is refused for a day at a time, since that may change', () => {
  expect(refusalOf('Sales', 200, 200, 5)).toBeNull()
  expect(refusalOf('Sales', 201, 200, 5)).toMatchObject({
    reason: 'list',
    detail: expect.stringMatching(/201 members, and PutGroup takes 200, as the probe found/),
    remedy: expect.stringContaining('q-group-sync doctor --probe'),
    until: 5 + 24 * 3_600_000,
  })
  expect(refusalOf('Sales', 1001, MOST_MEMBERS, 5)?.until).toBeNull()
})
