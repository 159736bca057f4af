import { afterAll, beforeAll, test } from 'vitest'
import { crashPoints } from '../support/crash-points.ts'

let points: Awaited<ReturnType<typeof crashPoints>>

beforeAll(async () => {
  points = await crashPoints()
})
afterAll(() => points.close())

test.for(['before', 'after'] as const)(
  'reconcile dies %s its n-th call, and a fresh function goes on',
  { timeout: 120_000 },
  (death) => points.dieEverywhere('reconcile', death, true),
)
