import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Conflict } from '../../shared/sync/ports.ts'
import type { Run } from '../../shared/sync/rows.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { takeTurn } from '../../shared/sync/take-turn.ts'
import { openTable } from '../snapshot/table.ts'
import { readPorts } from './ports.ts'

const MINUTE = 60_000

let table: Awaited<ReturnType<typeof openTable>>
let ports: ReturnType<typeof readPorts>['ports']
let now: number
let name = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(async () => {
  name = `turn ${++count}`
  ;({ ports } = readPorts(table.snapshot, 1_800_000_000_000 + count * 1_000 * MINUTE))
  now = ports.clock.now()
})
afterAll(() => table.close())

/** A run that events ask for, booked for a time; or one that a person or the schedule asks for. */
const asked = (notBefore = now) => waitingRun(name, notBefore)
const byHand = () => waitingRun(`${name} by hand`, null)

/** Another run has begun, and stands as told. */
async function begun(over: Partial<Run> = {}): Promise<void> {
  const run = await takeTurn(ports, waitingRun(`${name} other`, null))
  await table.snapshot.putRun({ ...run, startedAt: now - 1, takeUpAt: now + 16 * MINUTE, ...over })
}

test('a run begins where no other goes on', async () => {
  expect(await takeTurn(ports, asked())).toMatchObject({ phase: 'listing' })
  expect(await table.snapshot.turn()).toMatchObject({ run: name })
  expect(await takeTurn(ports, asked())).toMatchObject({ phase: 'listing' })
})

test('what events ask for is not begun before its time', async () => {
  expect(await takeTurn(ports, asked(now + 1))).toEqual(asked(now + 1))
})

test('what events ask for waits for the run that goes on; what a person asks for does not', async () => {
  await begun()
  expect(await takeTurn(ports, asked())).toEqual(asked())
  expect(await takeTurn(ports, byHand())).toMatchObject({ phase: 'listing' })
  expect(await table.snapshot.turn()).toMatchObject({ run: byHand().id })
})

test.each<[string, () => Partial<Run>]>([
  ['is finished', () => ({ phase: 'finished', takeUpAt: null })],
  ['only rings names to be checked', () => ({ phase: 'checking' })],
  ['fails', () => ({ failures: 1 })],
  ['nobody has gone on with for an hour', () => ({ takeUpAt: now - 60 * MINUTE })],
])('a run that %s holds up no other', async (_, over) => {
  await begun(over())
  expect(await takeTurn(ports, asked())).toMatchObject({ phase: 'listing' })
})

test('where the run that goes on began late enough, there is nothing left to do', async () => {
  await begun({ startedAt: now })
  expect(await takeTurn(ports, asked())).toMatchObject({ phase: 'finished', startedAt: now })
  expect(await takeTurn(ports, byHand())).toMatchObject({ phase: 'listing' })
})

test('of two that begin at once, one waits for the other', async () => {
  let others = 1
  const snapshot = {
    ...table.snapshot,
    putTurn: async (turn: { version: number; run: string }) => {
      if (others-- > 0) {
        await begun()
        throw new Conflict('lost')
      }
      await table.snapshot.putTurn(turn)
    },
  }
  expect(await takeTurn({ ...ports, snapshot }, asked())).toMatchObject({ phase: 'waiting' })
  const broken = { ...table.snapshot, putTurn: () => Promise.reject(new Error('no table')) }
  await expect(takeTurn({ ...ports, snapshot: broken }, byHand())).rejects.toThrow('no table')
})
