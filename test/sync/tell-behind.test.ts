import { afterAll, beforeAll, expect, test } from 'vitest'
import { unread } from '../../shared/membership/mirror.ts'
import type { Mode } from '../../shared/sync/mode.ts'
import { tellBehind } from '../../shared/sync/tell-behind.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { openTable } from '../snapshot/table.ts'
import { borne, clockAt, toldTelemetry } from './ports.ts'

let table: Awaited<ReturnType<typeof openTable>>
beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

const NOW = 1_800_000_000_000

async function told(mode: Mode = { is: 'put', said: null }): Promise<Record<string, unknown>> {
  const { telemetry, told: all } = toldTelemetry()
  await tellBehind({ snapshot: table.snapshot, telemetry, clock: clockAt(NOW), mode })
  return Object.fromEntries(all)
}

test('tells how old the oldest change is that is known and not put, and what waits for a person', async () => {
  const { snapshot } = table
  expect(await told()).toEqual({ SecondsBehind: 0, NamesBehind: 0, PeopleHeldNow: 0, NamesRefusedNow: 0 })
  const sales = await borne(snapshot, '00g1', 'Sales', 'ann')
  // Not taken up by put-group yet: late since its group changed.
  await snapshot.putMirror(sales, { ...sales, toRingSince: NOW - 20_000 })
  expect(await told()).toMatchObject({ SecondsBehind: 20, NamesBehind: 1 })
  // While nothing is put that is no news; how many wait is told still.
  expect(await told({ is: 'observe' })).toMatchObject({ SecondsBehind: 0, NamesBehind: 1 })
  const ledger = confirmedWith(sales.digest, { version: 0, key: 'sales', owner: '00g1', status: 'accepted' })
  const taken = await snapshot.putLedger({ ...ledger, behindSince: NOW - 90_000 })
  expect(await told()).toMatchObject({ SecondsBehind: 90, NamesBehind: 1 })
  // What is set aside is counted by itself.
  const aside = await snapshot.putLedger({ ...taken, setAside: { since: 1, error: {} }, retryAt: 5 })
  expect(await told()).toMatchObject({ SecondsBehind: 0, NamesBehind: 0 })
  const hold = { people: 'digest', count: 3, since: 1, axis: 'name' as const, detail: 'd', rejected: null }
  const rejected = { by: 'b', reason: 'r', at: 1 }
  const holds = [
    { id: '1', ...hold },
    { id: '2', ...hold, rejected, count: 4 },
  ]
  await snapshot.putLedger({ ...aside, status: 'confirmed', setAside: null, retryAt: null, holds })
  expect(await told()).toEqual({ SecondsBehind: 0, NamesBehind: 0, PeopleHeldNow: 3, NamesRefusedNow: 0 })
})

test('a group whose reads fail is late since the events that it was to be read for', async () => {
  const failing = { ...unread('00g2'), failures: 1, retryAt: NOW, newestHint: NOW - 300_000 }
  await table.snapshot.putMirror(unread('00g2'), { ...failing, heard: [{ id: 'e', type: 't' }] })
  expect(await told()).toMatchObject({ SecondsBehind: 300, NamesBehind: 0 })
})

test('names that are refused are told, but for a spelling that the service takes for another', async () => {
  const refusal = { wanted: '', reduced: null, at: 0, until: null, detail: '', remedy: '' }
  for (const reason of ['list', 'foreign', 'same'] as const) {
    await table.snapshot.putLedger(confirmedWith('one', { version: 0, key: reason, refusal: { ...refusal, reason } }))
  }
  expect(await told()).toMatchObject({ NamesRefusedNow: 2 })
})
