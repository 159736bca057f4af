import { beforeEach, expect, test } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { readGroup } from '../../shared/sync/read-group.ts'
import { openStage, type Stage } from './stage.ts'

const KEY = nameKey('Sales')

let stage: Stage
beforeEach(async () => {
  stage = openStage()
  stage.group('00g1', 'Sales', 'ann')
  await stage.reconcile()
})

/** Okta's group is read, and nobody puts what is rung. */
async function read(id = '00g1'): Promise<void> {
  stage.clock.time += 120_000
  await readGroup(stage.ports, { id, books: false, again: true, causes: [], questions: [], sentAt: stage.clock.time })
  stage.names.length = 0
}

/** A put that stands still before it writes its intent, while something happens. */
async function putMeanwhile(happens: () => Promise<void>): Promise<void> {
  let hasHappened = false
  const putLedger: Snapshot['putLedger'] = async (...given) => {
    if (!hasHappened) {
      hasHappened = true
      await happens()
    }
    return stage.snapshot.putLedger(...given)
  }
  await putGroup({ ...stage.ports, snapshot: { ...stage.snapshot, putLedger } }, KEY)
}

const outcomes = () => stage.changes(KEY).map(({ outcome }) => outcome)

test('a put is made where nothing has changed while it stood still', async () => {
  stage.group('00g1', 'Sales', 'ann', 'bob')
  await read()
  await putMeanwhile(async () => {})
  expect(stage.members('Sales')).toEqual(['ann', 'bob'])
  expect(outcomes()).toEqual(['confirmed', 'confirmed'])
})

test('a put of a list that nobody wants any more is not made, though nobody else had anything to do', async () => {
  stage.group('00g1', 'Sales', 'ann', 'bob')
  await read()
  const before = await stage.ledger('Sales')
  await putMeanwhile(async () => {
    stage.group('00g1', 'Sales', 'ann')
    await read()
    await putGroup(stage.ports, KEY)
    expect(await stage.ledger('Sales')).toEqual(before)
  })
  expect(stage.members('Sales')).toEqual(['ann'])
  expect(stage.changes(KEY).at(-1)).toMatchObject({ outcome: 'overtaken', overtakenAt: stage.clock.time })
  // It is as if it had never been meant, and the name is looked at again.
  const { version: _, before: __, ...stands } = await stage.ledger('Sales')
  expect(stands).toMatchObject({ status: 'confirmed', meant: before.meant, doubt: null, change: before.change })
  expect(stage.names).toEqual([[KEY, false]])
  await stage.putRung()
  expect(stage.members('Sales')).toEqual(['ann'])
  expect(outcomes()).toEqual(['confirmed', 'overtaken'])
})

test('nor one for a group that has lost the name meanwhile, though the other has the same people', async () => {
  stage.group('00g1', 'Sales', 'ann', 'bob')
  await read()
  await putMeanwhile(async () => {
    stage.group('00g1', 'Marketing', 'ann', 'bob')
    stage.group('00g2', 'Sales', 'ann', 'bob')
    await read()
    await read('00g2')
  })
  expect(stage.changes(KEY).at(-1)).toMatchObject({ outcome: 'overtaken', owner: '00g1' })
  await stage.putRung()
  expect(stage.members('Sales')).toEqual(['ann', 'bob'])
  expect((await stage.ledger('Sales')).owner).toBe('00g2')
})
