import { afterAll, beforeAll, expect, test } from 'vitest'
import { UNSPENT } from '../../shared/membership/budget.ts'
import { noLedger } from '../../shared/membership/ledger.ts'
import { BudgetTaken, Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import type { DecisionRecord } from '../../shared/sync/records.ts'
import type { Identity } from '../../shared/sync/rows.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { openTable } from './table.ts'

let table: Awaited<ReturnType<typeof openTable>>
let snapshot: Snapshot
const decision = (id: string, about: DecisionRecord['about']): DecisionRecord => ({
  ...{ id, about, verb: 'approve', hold: '7', people: 'digest', count: 2, by: 'arn:admin', reason: 'why', at: 5 },
})

beforeAll(async () => {
  table = await openTable()
  snapshot = table.snapshot
})
afterAll(() => table.close())

test('a decision is written with the ledger that carries it out, or not at all', async () => {
  const ledger = await snapshot.decide({ ...noLedger('sales'), ours: true }, decision('1', { name: 'sales' }))
  expect(ledger.version).toBe(1)
  expect((await snapshot.name('sales')).ledger).toEqual(ledger)
  const lost = snapshot.decide({ ...noLedger('sales'), holdsToldAt: 9 }, decision('2', { name: 'sales' }))
  await expect(lost).rejects.toBeInstanceOf(Conflict)
  expect(await snapshot.decisions('sales')).toEqual([decision('1', { name: 'sales' })])
})

test('a name that somebody decided about is due at once', async () => {
  const approval = { holds: ['7'], people: 'digest', at: 1_000 }
  await snapshot.decide({ ...noLedger('due'), approval }, decision('1', { name: 'due' }))
  const due = []
  for await (const rows of snapshot.due(1_000)) due.push(...rows)
  expect(due).toMatchObject([{ what: 'name', id: 'due', dueAt: 1_000 }])
})

test('a name that is set aside is counted as that still when somebody has decided about it', async () => {
  const setAside = { since: 1, error: { error: 'HttpError', status: 500 } }
  const before = await snapshot.setAside()
  await snapshot.decide({ ...noLedger('aside'), setAside, retryAt: 5 }, decision('1', { name: 'aside' }))
  expect(await snapshot.setAside()).toBe(before + 1)
})

test('what was decided is given the oldest first, over all pages, and never expires', async () => {
  let ledger = noLedger('often')
  for (const id of ['1', '2', '3']) ledger = await snapshot.decide(ledger, decision(id, { name: 'often' }))
  expect((await table.paged.decisions('often')).map(({ id }) => id)).toEqual(['1', '2', '3'])
  const rows = (await table.rows('NAME#often')).filter(({ sk }) => String(sk).startsWith('DECISION#'))
  expect(rows).toHaveLength(3)
  for (const row of rows) expect(row).not.toHaveProperty('expiresAt')
})

test('a decision about a person is written with the budget, or not at all', async () => {
  await snapshot.putBudget(UNSPENT, decision('1', { person: 'ann@example.com' }))
  const lost = snapshot.putBudget(UNSPENT, decision('2', { person: 'ann@example.com' }))
  await expect(lost).rejects.toBeInstanceOf(BudgetTaken)
  expect(await table.rows('REMOVED#ann@example.com')).toMatchObject([{ sk: 'DECISION#1', by: 'arn:admin' }])
})

test('a decision about the stage is written with its identity and the run that follows, or none of them', async () => {
  const accepted = {
    scope: { types: [], names: [], ids: [] },
    members: { attribute: 'email', statuses: [] },
    groups: { name: '{id}' },
  }
  const identity: Identity = {
    ...{ version: 0, tableVersion: 2, orgId: '00o1', applicationId: 'app', indexId: 'index', accepted },
    ...{ stopped: null, puts: null },
  }
  await snapshot.putIdentity(identity, decision('1', 'stage'), waitingRun('first', 7))
  expect(await snapshot.run('first')).toMatchObject({ phase: 'waiting', takeUpAt: 7 })
  const lost = snapshot.putIdentity(identity, decision('2', 'stage'), waitingRun('second', 7))
  await expect(lost).rejects.toBeInstanceOf(Conflict)
  expect(await snapshot.run('second')).toBeNull()
  expect((await table.rows('ORG')).map(({ sk }) => sk)).toEqual(['DECISION#1', 'ORG'])
})
