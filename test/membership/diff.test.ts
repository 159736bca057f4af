import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { diff, reduce, without } from '../../shared/membership/diff.ts'
import { memberListOf } from '../../shared/membership/member-list.ts'
import { rawMembers } from './arbitraries.ts'

const list = rawMembers.map((raw) => memberListOf(raw, ['ACTIVE', 'PROVISIONED']).ids)
const canonical = (ids: readonly string[]) => [...new Set(ids.map(canonicalId))].sort()

test('who joined and who left, by the ids as Q Business compares them', () => {
  const before = ['ann@example.com', 'bob@example.com']
  expect(diff(before, ['ann+okta@example.com', 'mary@example.com'])).toEqual({
    joined: ['mary@example.com'],
    left: ['bob@example.com'],
  })
})

test('where nothing more may be put, the leavers leave in the spelling that was put', () => {
  expect(reduce(['ann+a@example.com', 'bob@example.com'], ['ann+b@example.com', 'mary@example.com'])).toEqual([
    'ann+a@example.com',
  ])
})

test.prop([list, list])('before without those who left and with those who joined is after', (before, after) => {
  const { joined, left } = diff(before, after)
  expect(canonical([...without(before, left), ...joined])).toEqual(canonical(after))
  expect(without(joined, before)).toEqual(joined)
  expect(without(left, after)).toEqual(left)
})

test.prop([list])('nobody joins or leaves what is the same', (ids) => {
  expect(diff(ids, ids)).toEqual({ joined: [], left: [] })
  expect(reduce(ids, ids)).toEqual(ids)
})

test.prop([list, list])('reducing adds nobody, and takes out every leaver and nobody else', (meant, wanted) => {
  const reduced = reduce(meant, wanted)
  expect(meant).toEqual(expect.arrayContaining(reduced))
  expect(diff(reduced, wanted).left).toEqual([])
  expect(reduced).toEqual(without(meant, diff(meant, wanted).left))
})

test.prop([list, fc.array(list, { maxLength: 4 })])('a chain of reductions only ever gets smaller', (meant, wanted) => {
  let ids = meant
  for (const next of wanted) {
    const reduced = reduce(ids, next)
    expect(reduced.length).toBeLessThanOrEqual(ids.length)
    expect(reduce(reduced, next)).toEqual(reduced)
    ids = reduced
  }
})
