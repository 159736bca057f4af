import { afterAll, beforeAll, expect, test } from 'vitest'
import { AFTER, BEFORE, type FaultStage, faultStage, type Seen } from '../support/fault-story.ts'
import {
  expectCounted,
  expectTold,
  MOMENTS,
  type Moment,
  madeGood,
  madeGoodInDoubt,
  meets,
  notAnswered,
  type PutStory,
  sentenceOf,
} from '../support/put-story.ts'

// In a file of its own, since silence takes half a minute; each test looks at another group of the same day.
let stage: FaultStage
let seen: (fault: string) => Record<'atOnce' | Moment, Seen>

const put = (fault: Parameters<typeof meets>[1]) => meets(() => stage, fault)
const get = (fault: Parameters<typeof meets>[1]) => meets(() => stage, fault, 'GetGroup')
const timeout = { cause: 'TimeoutError' }
const silent = notAnswered(BEFORE, timeout)

const STORIES: PutStory[] = [
  { fault: 'PutGroup hangs once', ...put({ kind: 'hang' }), ...madeGoodInDoubt },
  { fault: 'PutGroup takes effect and hangs', ...put({ kind: 'apply-then-hang' }), ...madeGoodInDoubt },
  { fault: 'the answer to PutGroup never ends', ...put({ kind: 'endless' }), ...madeGood },
  { fault: 'PutGroup hangs thrice', ...put({ kind: 'hang', times: 3 }), ...silent },
  {
    fault: 'PutGroup takes effect and hangs thrice',
    ...put({ kind: 'apply-then-hang', times: 3 }),
    ...notAnswered(AFTER, timeout),
  },
  {
    fault: 'Q Business is silent',
    on: (group) => {
      for (const operation of [get, put]) operation({ kind: 'hang', times: Number.POSITIVE_INFINITY }).on(group)
    },
    ...silent,
    said: [
      { level: 'WARN', message: 'GetGroup gave no answer; it is asked again later', error: 'TimeoutError' },
      ...silent.said,
    ],
  },
]

beforeAll(async () => {
  stage = await faultStage()
  seen = await stage.play(STORIES, MOMENTS)
}, 150_000)
afterAll(() => stage.cloud.close())

for (const story of STORIES) test(sentenceOf(story), () => expectTold(story, seen(story.fault)))

test('each put without an answer is counted, and no function ran out of its time', () => {
  expectCounted(stage)
  expect(stage.cloud.functions.functions['put-group'].counts).toMatchObject({ timedOut: 0, failed: 0 })
})

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
