import { fc, test } from '@fast-check/vitest'
import type { SQSRecord } from 'aws-lambda'
import { describe, expect } from 'vitest'
import { hintsOfDelivery } from '../../shared/okta/hints-of-events.ts'
import { hintMessage } from '../../shared/queue/doorbells.ts'
import { hintOf, nameOf } from '../../shared/queue/messages.ts'
import { anyEvent } from '../okta/events.ts'

const record = (body: string) => ({ body, attributes: { SentTimestamp: '1800000000123' } }) as unknown as SQSRecord
const hint = { subject: 'group', id: '00g1', books: true, again: false, causes: [], questions: [] }

describe('the message of a hint', () => {
  test('has when the queue took it', () => {
    expect(hintOf(record(JSON.stringify(hint)))).toEqual({ ...hint, sentAt: 1_800_000_000_123 })
  })

  test('may say more than is known here', () => {
    expect(hintOf(record(JSON.stringify({ ...hint, later: 1, sentAt: 5 })))).toEqual({
      ...hint,
      sentAt: 1_800_000_000_123,
    })
  })

  test.each([
    'not JSON',
    'null',
    '{}',
    JSON.stringify({ ...hint, subject: 'app' }),
    JSON.stringify({ ...hint, id: undefined }),
    JSON.stringify({ ...hint, books: 'yes' }),
    JSON.stringify({ ...hint, questions: [{ user: '00u1', says: 'maybe' }] }),
    JSON.stringify({ ...hint, causes: [{ id: 7, type: 'a' }] }),
    JSON.stringify({ ...hint, delivered: [7] }),
  ])('is none as %s', (body) => {
    expect(() => hintOf(record(body))).toThrow()
  })

  test('whose causes were queued before says when that was first', () => {
    const causes = [
      { id: 'e1', type: 't', queuedAt: 5 },
      { id: 'e2', type: 't' },
    ]
    expect(hintOf(record(JSON.stringify({ ...hint, causes }))).causes.map(({ queuedAt }) => queuedAt)).toEqual([
      5, 1_800_000_000_123,
    ])
  })

  test.prop([fc.array(anyEvent, { maxLength: 5 })])('is read as it was written for whatever Okta sends', (events) => {
    for (const written of hintsOfDelivery(events, 'email').hints) {
      const { sentAt, ...read } = hintOf(record(hintMessage(written, 'delivery').body))
      const causes = written.causes.map((cause) => ({ ...cause, queuedAt: sentAt }))
      expect(read).toEqual({ ...written, causes })
    }
  })
})

describe('the message of a name', () => {
  test('has its key, and whether to try again what was refused', () => {
    expect(nameOf(record('{"key":"sales","again":true}'))).toEqual({ key: 'sales', again: true, check: null })
  })

  test('has what the night asks of it', () => {
    const check = { refresh: 1_800_000_000_000, people: 2, others: null, seed: 'a run' }
    expect(nameOf(record(JSON.stringify({ key: 'sales', again: false, check })))).toMatchObject({ check })
    expect(() => nameOf(record(JSON.stringify({ key: 'sales', again: false, check: { people: 2 } })))).toThrow()
  })

  test.each(['not JSON', 'null', '{}', '{"key":"sales"}', '{"key":7,"again":true}'])('is none as %s', (body) => {
    expect(() => nameOf(record(body))).toThrow()
  })
})
