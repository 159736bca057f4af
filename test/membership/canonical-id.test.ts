import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { userId } from './arbitraries.ts'

test.each([
  ['Ann@Example.com', 'ann@example.com'],
  ['ann+okta@example.com', 'ann@example.com'],
  ['ann+a+b@example.com', 'ann@example.com'],
  ['ann@a+b.example.com', 'ann@a+b.example.com'],
  ['ann+okta@a+b.example.com', 'ann@a+b.example.com'],
  ['+ann@example.com', '+ann@example.com'],
  ['ann@home+x@example.com', 'ann@home@example.com'],
  ['ann+okta', 'ann+okta'],
  ['ZOE\u0308@example.com', 'zoë@example.com'],
])('%s is %s', (id, canonical) => {
  expect(canonicalId(id)).toBe(canonical)
})

test.prop([fc.oneof(userId, fc.string({ unit: 'binary' }))])('the canonical form is its own', (id) => {
  expect(canonicalId(canonicalId(id))).toBe(canonicalId(id))
})

test.prop([userId])('case and the form of an accent do not count', (id) => {
  for (const other of [id.toUpperCase(), id.toLowerCase(), id.normalize('NFD'), id.normalize('NFC')]) {
    expect(canonicalId(other)).toBe(canonicalId(id))
  }
})

test.prop([fc.stringMatching(/^[a-z]+$/), fc.stringMatching(/^[a-z+]*$/)])('a tag does not count', (person, tag) => {
  expect(canonicalId(`${person}+${tag}@example.com`)).toBe(`${person}@example.com`)
})
