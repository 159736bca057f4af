import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'

const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'E', '\u0301', 'é', 'ß', 'ς', 'Σ', 'İ', 'ı', 'ŉ', 'ΐ', 'ǰ', 'ﬃ', '가') }),
)

test.each([
  ['Sales', 'sALES'],
  ['Straße', 'STRASSE'],
  ['Café', 'CAFE\u0301'],
  ['ΟΔΟΣ', 'οδος'],
  ['Ｓales', 'ｓales'],
])('%s and %s are one name', (one, other) => {
  expect(nameKey(one)).toBe(nameKey(other))
})

test.each([
  ['Sales', 'Sales '],
  ['Cafe', 'Café'],
  ['Ｓales', 'Sales'],
])('%s and %s are two names', (one, other) => {
  expect(nameKey(one)).not.toBe(nameKey(other))
})

test.prop([anyName])('the key of a key is itself', (name) => {
  expect(nameKey(nameKey(name))).toBe(nameKey(name))
})

test.prop([anyName])('composed and decomposed spellings have one key, in NFC', (name) => {
  expect(nameKey(name.normalize('NFD'))).toBe(nameKey(name))
  expect(nameKey(name).normalize('NFC')).toBe(nameKey(name))
})

test.prop([anyName])('spellings of another case have one key', (name) => {
  const composed = name.normalize('NFC')
  expect(nameKey(composed.toUpperCase())).toBe(nameKey(name))
  expect(nameKey(composed.toUpperCase().toLowerCase())).toBe(nameKey(name))
})
