import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { mapName } from '../../shared/membership/map-name.ts'

test.each([
  ['{name}', 'Sales', 'Sales'],
  ['okta-{name}', 'Sales', 'okta-Sales'],
  ['{name} ({id}, {name})', 'Sales', 'Sales (00g1, Sales)'],
  ['{id}', 'Sales', '00g1'],
  ['{other}{name}', 'Sales', '{other}Sales'],
  ['{name}', 'Cafe\u0301', 'Café'],
  // Combines with what stands before it in the template.
  ['Cafe{name}', '\u0301', 'Café'],
])('%s of %s is %s', (template, name, mapped) => {
  expect(mapName(template, { id: '00g1', name })).toBe(mapped)
})

test.prop([fc.string({ unit: fc.constantFrom('{name}', '{id}', '$&', '$1', '$', 'a', '\\') })])(
  'nothing in a name is taken for a part of the template',
  (name) => {
    expect(mapName('[{name}]', { id: '00g1', name })).toBe(`[${name}]`)
  },
)
