import { afterAll, beforeAll, test } from 'vitest'
import { crashPoints } from '../support/crash-points.ts'

let points: Awaited<ReturnType<typeof crashPoints>>

beforeAll(async () => {
  points = await crashPoints()
})
afterAll(() => points.close())

const VERBS = [
  'read-group',
  'read-group of a user',
  'put-group',
  'put-group in another case',
  'catch-up',
  'replay',
] as const
const cases = VERBS.flatMap((verb) => (['before', 'after'] as const).map((death) => ({ verb, death })))

test.for(cases)(
  '$verb dies $death its n-th call, and a fresh function goes on',
  { timeout: 120_000 },
  ({ verb, death }) => points.dieEverywhere(verb, death),
)
