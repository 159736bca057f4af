import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { fitsGlob } from '../../shared/membership/glob.ts'

const text = fc.string({
  unit: fc.constantFrom('a', 'B', '1', '.', '[', ')', '\\', '^', '$', '|', '-', ' ', '\n', '😀', '*'),
})
const textWithoutStar = text.map((given) => given.replaceAll('*', ''))

test('case counts, and the whole text has to fit', () => {
  expect(fitsGlob(['sales-*'], 'sales-emea')).toBe(true)
  expect(fitsGlob(['sales-*'], 'sales-')).toBe(true)
  expect(fitsGlob(['sales-*'], 'Sales-emea')).toBe(false)
  expect(fitsGlob(['sales'], 'sales-emea')).toBe(false)
  expect(fitsGlob(['sales'], 'my sales')).toBe(false)
  expect(fitsGlob(['*-emea-*'], 'sales-emea-north')).toBe(true)
})

test('one glob of several is enough, and none of none', () => {
  expect(fitsGlob(['a*', 'b*'], 'bob')).toBe(true)
  expect(fitsGlob([], '')).toBe(false)
})

test.prop([text])('* fits everything', (given) => {
  expect(fitsGlob(['*'], given)).toBe(true)
})

test.prop([textWithoutStar, textWithoutStar])('without a star only the text itself fits', (glob, given) => {
  expect(fitsGlob([glob], glob)).toBe(true)
  expect(fitsGlob([glob], given)).toBe(glob === given)
})

test.prop([fc.array(textWithoutStar, { minLength: 2, maxLength: 4 }), text])(
  'a star stands for any run of characters',
  (parts, run) => {
    expect(fitsGlob([parts.join('*')], parts.join(run))).toBe(true)
  },
)
