import { describe, expect, test } from 'vitest'
import { explain } from '../../cli/explain.ts'
import { duration, printable, quoted, shortened } from '../../cli/terminal.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { RefusedError } from '../../shared/sync/refused-error.ts'

const named = (name: string, message: string, facts: object = {}) =>
  Object.assign(new Error(message), { name, ...facts })

describe('an error is explained', () => {
  test.each([
    [new RefusedError('the hold is over'), 'The hold is over.'],
    [new RefusedError('nothing is there.'), 'Nothing is there.'],
    [new Conflict('row x'), 'Somebody else wrote the same at the same time: run it again.'],
    [
      named('CredentialsProviderError', 'Could not load credentials from any providers.'),
      'There are no AWS credentials: Could not load credentials from any providers. Sign in first, with aws sso login say, or set AWS_PROFILE.',
    ],
    [
      named('AccessDeniedException', 'User: arn:x is not authorized to perform: dynamodb:PutItem.'),
      'These credentials may not do that: User: arn:x is not authorized to perform: dynamodb:PutItem. docs/holds.md says what each verb needs.',
    ],
    [
      named('HttpError', 'Internal', { status: 500, errorCode: 'E0000009' }),
      'It failed: HttpError 500 E0000009: Internal',
    ],
    [named('Error', '', { code: 'ECONNREFUSED' }), 'It failed: Error ECONNREFUSED'],
  ])('%s', (error, told) => {
    expect(explain(error)).toBe(told)
  })
})

test('what others wrote can not command a terminal', () => {
  expect(printable('a\u001b[2Jb\u200e\nc')).toBe('a\\u{1b}[2Jb\\u{200e}\\u{a}c')
})

test('a word is quoted as a shell takes it', () => {
  expect(['Sales', 'R&D', 'two words', "it's", ''].map(quoted)).toEqual([
    'Sales',
    "'R&D'",
    "'two words'",
    `'it'\\''s'`,
    "''",
  ])
})

test('how long something was is said in its greatest unit', () => {
  const minute = 60_000
  expect([1, minute, 119 * minute, 120 * minute, 47 * 60 * minute, 48 * 60 * minute].map(duration)).toEqual([
    ...['less than a minute', '1 minute', '119 minutes', '2 hours', '47 hours', '2 days'],
  ])
})

test('a long list is shortened, unless that would save no line', () => {
  const list = [...'abcd']
  expect(shortened(list, 4)).toEqual(list)
  expect(shortened(list, 3)).toEqual(list)
  expect(shortened(list, 2)).toEqual(['a', 'b', '… and 2 more (--all shows everybody)'])
})
