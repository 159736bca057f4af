import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Found } from './plant.ts'
import { PLANTED } from './planted.ts'

// Each fault is planted in a copy of the shipped code, in memory. What the simulation doesn't find there, it wouldn't find in earnest.
describe('the simulation finds', () => {
  let found: Found[]

  beforeAll(() => {
    const plant = join(import.meta.dirname, 'plant.ts')
    const { stdout, stderr } = spawnSync(process.execPath, [plant], { encoding: 'utf8' })
    expect(stderr).toBe('')
    found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }, 180_000)

  test.each(PLANTED.map(({ name, within, invariant }) => [name, within, invariant] as const))(
    'that %s, within %i seeds, by invariant %i',
    (name, within) => {
      const seeds = found.find((one) => one.name === name)?.seeds
      expect(seeds).not.toBeNull()
      expect(seeds).toBeLessThanOrEqual(within)
    },
  )

  test('two faults or more for every invariant', () => {
    for (let invariant = 1; invariant <= 7; invariant++) {
      expect(PLANTED.filter((planted) => planted.invariant === invariant).length).toBeGreaterThanOrEqual(2)
    }
  })
})

test('a fault that has no place in the code any more is said, and not taken for planted', () => {
  const { stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'plant.ts'), '--nowhere'], {
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toContain("can't be planted: shared/sync/clock.ts has it 0 times, not once")
})
