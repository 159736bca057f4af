import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import * as z from 'zod/mini'
// As every function does: the messages are in English from then on.
import '../../shared/settings/load-settings.ts'
import { parseEvent, RequestError } from '../../shared/settings/parse-event.ts'
import { replayRequest, replayUsage } from '../../shared/settings/replay-request.ts'

const schema = z.strictObject({ run: z.optional(z.string()), count: z.optional(z.number()) })
const USAGE = '{"run"?: the id of a run, "count"?: a number}'

describe('what a function was invoked with', () => {
  test('is parsed, and nothing at all is an empty object', () => {
    expect(parseEvent(schema, { run: 'r1' }, USAGE)).toEqual({ run: 'r1' })
    for (const nothing of [undefined, null, {}]) expect(parseEvent(schema, nothing, USAGE)).toEqual({})
  })

  test('and does not fit is an error that names every fault and what may be asked', () => {
    const parse = () => parseEvent(schema, { run: 7, count: 'many', typo: 1 }, USAGE)
    expect(parse).toThrow(RequestError)
    for (const said of [/doesn't fit/, /at run/, /at count/, /typo/, USAGE]) expect(parse).toThrow(said)
  })

  test.prop([fc.jsonValue()])('is either what the schema says, or an error of its own', (event) => {
    try {
      expect(parseEvent(schema, event, USAGE)).toEqual(event ?? {})
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
    }
  })
})

describe('a request to replay', () => {
  const parse = (event: unknown) => parseEvent(replayRequest, event, replayUsage)

  test.each([
    { groups: ['00g1', '00g2'] },
    { users: ['00u1'], dryRun: true },
    { deadLetters: true },
    { deadLetters: true, dryRun: false },
  ])('may be $groups$users$deadLetters', (event) => {
    expect(parse(event)).toEqual(event)
  })

  test('may be for a time, with times as dates', () => {
    const event = { since: '2026-01-31T00:00:00Z', until: '2026-01-31T01:00:00+01:00', all: true }
    const date = new Date('2026-01-31T00:00:00Z')
    expect(parse(event)).toEqual({ since: date, until: date, all: true })
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no groups', { groups: [] }],
    ['a group without an id', { groups: [''] }],
    ['two things at once', { groups: ['00g1'], users: ['00u1'] }],
    ['half a time', { since: '2026-01-31T00:00:00Z' }],
    ['a day', { since: '2026-01-31', until: '2026-02-01' }],
    ['no dead letters', { deadLetters: false }],
    ['a typo', { groups: ['00g1'], dryrun: true }],
    ['all of groups', { groups: ['00g1'], all: true }],
  ])('is not %s, and the error says what it may be', (_, event) => {
    expect(() => parse(event)).toThrow(RequestError)
    expect(() => parse(event)).toThrow(/It may be: one of \{"groups"/)
  })
})
