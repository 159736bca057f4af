import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { resolveGroups } from '../../shared/q-business/resolve-groups.ts'

const ANN = 'ann@example.com'
let q: QBusiness
let client: QBusinessClient

beforeEach(async () => {
  q = await startQBusiness()
  client = new QBusinessClient({
    endpoint: q.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: new NodeHttp2Handler(),
  })
  q.store.putForeign('Sales', [ANN])
  q.store.putForeign('Everybody', [ANN, 'bob@example.com'])
})
afterEach(async () => {
  client.destroy()
  await q.close()
})

const asks = (document: string | null = null) =>
  resolveGroups(client, { applicationId: q.applicationId, indexId: q.indexId }, document)
const calls = (wanted: string) => q.calls.filter(({ operation }) => operation === wanted).length

test('a person has the groups that the service resolves, by the first document there is', async () => {
  for (const id of ['roadmap', 'plan']) q.store.putDocument({ id })
  const groupsOf = asks()
  expect([await groupsOf(ANN)].flat().sort()).toEqual(['Everybody', 'Sales'])
  expect(await groupsOf('Bob+x@Example.com')).toEqual(['Everybody'])
  expect([calls('ListDocuments'), calls('CheckDocumentAccess')]).toEqual([1, 2])
})

test('a group of a data source is none of the index', async () => {
  q.store.putDocument({ id: 'plan' })
  const dataSourceId = 'c0000000-0000-4000-8000-000000000001'
  const groupMembers = { memberUsers: [{ userId: 'carl@example.com', type: 'INDEX' as const }] }
  q.switches.processingMs = 0
  q.store.putGroup({ groupName: 'Sales', type: 'DATASOURCE', dataSourceId, groupMembers })
  expect(q.store.checkAccess('carl@example.com', 'plan').groups).toHaveLength(1)
  expect(await asks()('carl@example.com')).toEqual([])
})

test('the document of the settings goes before the first one', async () => {
  q.store.putDocument({ id: 'a' })
  expect(await asks('b')(ANN)).toBe('no document')
  q.store.putDocument({ id: 'b' })
  expect(await asks('b')(ANN)).toHaveLength(2)
  expect(calls('ListDocuments')).toBe(0)
})

test('without a document there is nothing to ask by, until one is put', async () => {
  const groupsOf = asks()
  expect(await groupsOf(ANN)).toBe('no document')
  q.store.putDocument({ id: 'plan' })
  expect(await groupsOf(ANN)).toHaveLength(2)
})

test.each([
  ['resolved', 'carl@example.com'],
  ['empty', ANN],
  ['not-found', ANN],
] as const)('where somebody never seen is %s, %s is unknown', async (unseenPerson, person) => {
  q.switches.unseenPerson = unseenPerson
  q.store.putDocument({ id: 'plan' })
  expect(await asks()(person)).toBe('unknown')
  q.store.createUser(person)
  expect(await asks()(person)).toHaveLength(person === ANN ? 2 : 0)
})

test('any other answer is an error, never taken for an unknown person', async () => {
  q.store.putDocument({ id: 'plan' })
  q.faults.add({ operation: 'CheckDocumentAccess', kind: 'answer', error: 'AccessDeniedException' })
  await expect(asks()(ANN)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  q.faults.add({ operation: 'ListDocuments', kind: 'answer', error: 'ThrottlingException' })
  await expect(asks()(ANN)).rejects.toMatchObject({ name: 'ThrottlingException' })
})
