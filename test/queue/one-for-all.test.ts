import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { oneForAll } from '../../shared/queue/one-for-all.ts'

interface Message {
  body: string
}
interface Item {
  subject: string
  parts: string[]
}

function parse({ body }: Message): Item {
  if (body.startsWith('poison')) throw new Error(`unparsed ${body}`)
  return { subject: body[0]!, parts: [body] }
}
const merge = (a: Item, b: Item) => ({ ...a, parts: [...a.parts, ...b.parts] })

/** Handles the bodies where the work for some subjects fails; answers what was worked on, and what came of each message. */
async function handled(bodies: string[], failing: string[] = []) {
  const worked: string[][] = []
  const messages = bodies.map((body) => ({ body }))
  const work = async ({ subject, parts }: Item) => {
    worked.push(parts)
    if (failing.includes(subject)) throw new Error(`failed ${subject}`)
  }
  const handle = oneForAll(messages, parse, ({ subject }) => subject, merge, work)
  const outcomes = await Promise.allSettled(messages.map(handle))
  return {
    worked,
    outcomes: outcomes.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as Error).message)),
  }
}

test('the work is done once for a subject, with what all its messages say', async () => {
  expect(await handled(['a1', 'b1', 'a2'])).toEqual({ worked: [['a1', 'a2'], ['b1']], outcomes: ['ok', 'ok', 'ok'] })
})

test('a subject that fails fails its own messages and no others', async () => {
  expect((await handled(['a1', 'b1', 'a2', 'c1'], ['a'])).outcomes).toEqual(['failed a', 'ok', 'failed a', 'ok'])
})

test('a message that cannot be parsed fails alone', async () => {
  expect(await handled(['a1', 'poison', 'a2'])).toEqual({
    worked: [['a1', 'a2']],
    outcomes: ['ok', 'unparsed poison', 'ok'],
  })
})

test('subjects are worked on side by side, and one that fails while nobody looks ends nothing', async () => {
  const begun: string[] = []
  const first = Promise.withResolvers<void>()
  const messages = [{ body: 'a1' }, { body: 'b1' }]
  const handle = oneForAll(
    messages,
    parse,
    ({ subject }) => subject,
    merge,
    async ({ subject }) => {
      begun.push(subject)
      if (subject === 'b') throw new Error('failed b')
      await first.promise
    },
  )
  expect(begun).toEqual(['a', 'b'])
  // Where a rejection that nobody handles would have ended the process.
  await new Promise(setImmediate)
  first.resolve()
  await handle(messages[0]!)
  await expect(handle(messages[1]!)).rejects.toThrow('failed b')
})

describe('whatever a batch holds', () => {
  const bodies = fc.array(fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1', 'poison'), { maxLength: 10 })

  test.prop([bodies, fc.subarray(['a', 'b', 'c'])])(
    'each message fails exactly for its own subject',
    async (given, failing) => {
      const { worked, outcomes } = await handled(given, failing)
      const expected = given.map((body) => {
        if (body === 'poison') return 'unparsed poison'
        return failing.includes(body[0]!) ? `failed ${body[0]}` : 'ok'
      })
      expect(outcomes).toEqual(expected)
      expect(worked.flat().sort()).toEqual(given.filter((body) => body !== 'poison').sort())
      expect(new Set(worked.map(([first]) => first![0])).size).toBe(worked.length)
    },
  )
})
