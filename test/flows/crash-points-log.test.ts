import { afterAll, beforeAll, test } from 'vitest'
import { crashPoints } from '../support/crash-points.ts'

let points: Awaited<ReturnType<typeof crashPoints>>

beforeAll(async () => {
  points = await crashPoints()
})
afterAll(() => points.close())

test.for(['before', 'after'] as const)(
  'reading the System Log dies %s its n-th call, and the next minute goes on',
  { timeout: 120_000 },
  (death) => points.dieEverywhere('reading the System Log', death),
)
