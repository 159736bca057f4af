import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { reconcile } from '../../shared/sync/reconcile.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { openTable } from '../snapshot/table.ts'
import { heardDoorbells, readPorts } from './ports.ts'

let table: Awaited<ReturnType<typeof openTable>>

beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

/** A table with so many names at rest, and a run that has rung what isn't in step. */
async function comparing(id: string, count: number, nightly: boolean) {
  const keys = Array.from({ length: count }, (_, index) => `name ${index}`)
  const ledgers = keys.map((key) => confirmedWith('a digest', { key, meantAt: 1_800_000_000_000 }))
  async function* all() {
    yield { mirrors: [], ledgers }
  }
  const snapshot: Snapshot = { ...table.snapshot, all }
  const { ports, clock } = readPorts(snapshot)
  const { doorbells, checks } = heardDoorbells()
  await snapshot.putRun({ ...waitingRun(id, null, nightly), phase: 'comparing', startedAt: 1 })
  return { keys, clock, checks, goOn: () => reconcile({ ...ports, doorbells }, id) }
}

test('at night every name is rung to be checked, once, and so many a minute that what changes needn’t wait', async () => {
  const { keys, clock, checks, goOn } = await comparing('a night', 1_100, true)
  const rung: number[] = []
  for (let call = 0; call < 2; call++) {
    expect(await goOn()).toMatchObject({ phase: 'checking' })
    expect((await table.snapshot.run('a night'))?.takeUpAt).toBe(clock.time + 60_000)
    rung.push(checks.length)
    clock.time += 60_000
  }
  expect(await goOn()).toMatchObject({ phase: 'finished' })
  expect([...rung, checks.length]).toEqual([500, 1_000, 1_100])
  expect(checks.map(({ key }) => key).sort()).toEqual(keys.toSorted())
})

test('by day no name is rung to be checked', async () => {
  const { checks, goOn } = await comparing('a day', 3, false)
  expect(await goOn()).toMatchObject({ phase: 'finished' })
  expect(checks).toEqual([])
})
