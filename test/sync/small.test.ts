import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { NO_FAILURES } from '../../shared/membership/set-aside.ts'
import { SecretError } from '../../shared/okta/read-secret.ts'
import { backOff, SET_ASIDE_AFTER, withFailure } from '../../shared/sync/back-off.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { errorFacts } from '../../shared/sync/error-facts.ts'
import { StoppedError } from '../../shared/sync/in-force.ts'
import { inTime, TimeError } from '../../shared/sync/in-time.ts'
import { NotWholeError } from '../../shared/sync/look-at.ts'
import { BudgetTaken, Conflict, CursorRefused, PutError } from '../../shared/sync/ports.ts'
import { RefusedError } from '../../shared/sync/refused-error.ts'
import { TableVersionError } from '../../shared/sync/table-version.ts'
import { userDueAt } from '../../shared/sync/user-due-at.ts'

const MINUTE = 60_000

describe('waiting after failures', () => {
  const error = Object.assign(new Error('of ann@example.com'), { name: 'HttpError' })

  test('is a minute, then ever longer, up to an hour', () => {
    expect([0, 1, 2, 5, 6, 50].map(backOff)).toEqual([1, 2, 4, 32, 60, 60].map((minutes) => minutes * MINUTE))
  })

  test('is counted once for a burst in a short outage', () => {
    const failed = withFailure(NO_FAILURES, 1_000, error)
    expect(failed).toEqual({ failures: 1, retryAt: 61_000, setAside: null })
    expect(withFailure(failed, 60_999, error)).toEqual(failed)
    expect(withFailure(failed, 61_000, error)).toEqual({ failures: 2, retryAt: 61_000 + 2 * MINUTE, setAside: null })
  })

  test('ends after four hours: set aside with its last error, it is tried ever less often, up to once a day', () => {
    let row = NO_FAILURES
    const waits: number[] = []
    let now = 0
    for (let tries = 1; tries <= 16; tries++) {
      row = withFailure(row, now, { ...error, status: 500 + tries })
      expect(row.setAside !== null, `${tries} failures`).toBe(tries >= SET_ASIDE_AFTER)
      waits.push((row.retryAt! - now) / MINUTE)
      if (tries === SET_ASIDE_AFTER) expect(now).toBe(243 * MINUTE)
      now = row.retryAt!
    }
    expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(waits.slice(9)).toEqual([2, 4, 8, 16, 24, 24, 24].map((hours) => hours * 60))
    expect(row.setAside).toEqual({ since: 243 * MINUTE, error: { error: 'HttpError', status: 516 } })
  })

  test('goes before the look a minute after a hint about a user', () => {
    const user = { id: '00u1', version: 1, newestHint: 5_000, causes: [], rung: [] }
    expect(userDueAt({ ...user, failures: 0, retryAt: null })).toBe(65_000)
    expect(userDueAt({ ...user, failures: 1, retryAt: 9_000 })).toBe(9_000)
  })
})

describe('what a log may say of an error', () => {
  test('is its name, status and code, and never its message', () => {
    const error = Object.assign(new PutError('unknown', 'of ann@example.com', new Error('ann@example.com')), {
      ...{ status: 500, errorCode: 'E0000009', code: 'ECONNRESET', stack: 'ann@example.com' },
    })
    expect(errorFacts(error)).toEqual({
      ...{ error: 'PutError', kind: 'unknown', status: 500, errorCode: 'E0000009', code: 'ECONNRESET' },
    })
  })

  test('has the status of an SDK, and says something of whatever is thrown', () => {
    expect(errorFacts({ name: 'X', $metadata: { httpStatusCode: 404 } })).toEqual({ error: 'X', status: 404 })
    for (const thrown of [undefined, null, 'text', 7, {}]) expect(errorFacts(thrown)).toEqual({ error: 'Error' })
  })

  test('has the answer of the service that an error of our own stands for, by which it is found there', () => {
    const $metadata = { httpStatusCode: 429, requestId: 'a request' }
    const answer = Object.assign(new Error('of ann@example.com'), { name: 'ThrottlingException', $metadata })
    expect(errorFacts(new PutError('throttled', 'of ann@example.com', answer))).toEqual({
      ...{ error: 'PutError', kind: 'throttled', cause: 'ThrottlingException', status: 429, requestId: 'a request' },
    })
  })

  test('names the permission that a role lacks, and what is to be done', () => {
    const message =
      'User: arn:aws:sts::1:assumed-role/x/ann@example.com is not authorized to perform: sqs:SendMessage on it'
    const denied = Object.assign(new Error(message), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })
    const missing = { missing: 'sqs:SendMessage', remedy: "let the function's role do sqs:SendMessage" }
    expect(errorFacts(denied)).toEqual({ error: 'AccessDenied', status: 403, ...missing })
    expect(errorFacts(new PutError('denied', 'no', denied))).toMatchObject({ error: 'PutError', ...missing })
    const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:okta-AbCdEf'
    expect(errorFacts(new SecretError(secret, denied))).toEqual({
      ...{ error: 'SecretError', status: 403, cause: 'AccessDenied', secret, missing: 'sqs:SendMessage' },
      remedy: expect.stringContaining('Secrets Manager'),
    })
  })

  test('tells an answer that never came from one that never ended', () => {
    const error = { name: 'FetchError', type: 'body-timeout', message: 'at https://example.com' }
    expect(errorFacts(error)).toEqual({ error: 'FetchError', type: 'body-timeout' })
  })

  test.prop([fc.string({ minLength: 5 })])('holds nothing of a message', (message) => {
    expect(JSON.stringify(errorFacts(new Error(`a message: ${message}`)))).toBe('{"error":"Error"}')
  })
})

describe('a promise in time', () => {
  test('has its value or its error', async () => {
    expect(await inTime(systemClock, Promise.resolve(7), 1_000)).toBe(7)
    await expect(inTime(systemClock, Promise.reject(new Error('as it is')), 1_000)).rejects.toThrow('as it is')
  })

  test('is given up when it is late, and how it ends later is nobody’s business', async () => {
    const late = Promise.withResolvers<number>()
    await expect(inTime(systemClock, late.promise, 5)).rejects.toBeInstanceOf(TimeError)
    late.reject(new Error('too late'))
    // Where a rejection that nobody handles would have ended the process.
    await new Promise(setImmediate)
  })
})

test("the machine's clock waits where there is something to wait for", async () => {
  const before = Date.now()
  await systemClock.sleep(0)
  await systemClock.sleep(-5)
  await systemClock.sleep(10)
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(9)
})

describe('what is to be done in time', () => {
  test('takes its timer back when it is done, or fails', async () => {
    let stopped = 0
    const clock = { after: () => () => void stopped++ }
    expect(await inTime(clock, Promise.resolve(7), 9)).toBe(7)
    await expect(inTime(clock, Promise.reject(new Error('no answer')), 9)).rejects.toThrow('no answer')
    expect(stopped).toBe(2)
  })

  test('is given up by an error that has a name of its own', async () => {
    const after = (_: number, then: () => void) => {
      then()
      return () => {}
    }
    const clock = { after }
    await expect(inTime(clock, new Promise(() => {}), 9)).rejects.toMatchObject({ name: 'TimeError' })
  })

  test('by the machine’s clock is done no more once it is taken back', async () => {
    let isDone = false
    systemClock.after(1, () => {
      isDone = true
    })()
    await systemClock.sleep(20)
    expect(isDone).toBe(false)
  })
})

test('errors are told by the names of their classes', () => {
  const classes = [
    BudgetTaken,
    Conflict,
    CursorRefused,
    NotWholeError,
    RefusedError,
    StoppedError,
    TableVersionError,
    TimeError,
  ]
  for (const one of classes) expect(errorFacts(new one('x'))).toEqual({ error: one.name })
})
