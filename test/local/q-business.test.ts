import {
  BatchPutDocumentCommand,
  CheckDocumentAccessCommand,
  DeleteGroupCommand,
  GetApplicationCommand,
  GetGroupCommand,
  GetIndexCommand,
  ListDataSourcesCommand,
  ListDocumentsCommand,
  ListGroupsCommand,
  PutGroupCommand,
  paginateListDataSources,
  paginateListDocuments,
  paginateListGroups,
  QBusinessClient,
  ResourceNotFoundException,
  ValidationException,
} from '@aws-sdk/client-qbusiness'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'

let time = 1_800_000_000_123
let q: QBusiness
let client: QBusinessClient
let ids: { applicationId: string; indexId: string }

const clientOf = (endpoint: string) =>
  new QBusinessClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
    maxAttempts: 1,
  })

beforeAll(async () => {
  q = await startQBusiness({ now: () => time })
  client = clientOf(q.url)
  ids = { applicationId: q.applicationId, indexId: q.indexId }
})

afterAll(async () => {
  client.destroy()
  await q.close()
})

beforeEach(() => {
  time += 60_000
})

const put = (groupName: string, users: string[], groups: string[] = []) =>
  client.send(
    new PutGroupCommand({
      ...ids,
      groupName,
      type: 'INDEX',
      groupMembers: {
        memberUsers: users.map((userId) => ({ userId, type: 'INDEX' })),
        memberGroups: groups.map((name) => ({ groupName: name, type: 'INDEX' })),
      },
    }),
  )
const get = (groupName: string) => client.send(new GetGroupCommand({ ...ids, groupName }))
const landed = async (groupName: string, users: string[], groups: string[] = []) => {
  await put(groupName, users, groups)
  time += 20
}

describe('PutGroup', () => {
  test('is PROCESSING at first; only then does the new list count', async () => {
    await put('sales', ['ann@example.com'])
    expect((await get('sales')).status).toEqual({ status: 'PROCESSING', lastUpdatedAt: new Date(time) })
    expect(q.store.members('sales')).toBeUndefined()
    time += 19
    expect((await get('sales')).status?.status).toBe('PROCESSING')
    time += 1
    const { status, statusHistory } = await get('sales')
    expect(status).toEqual({ status: 'SUCCEEDED', lastUpdatedAt: new Date(time) })
    expect(statusHistory).toEqual([{ status: 'PROCESSING', lastUpdatedAt: new Date(time - 20) }, status])
    expect(q.store.members('sales')).toEqual(['ann@example.com'])
  })

  test('replaces the whole list, and keeps the old one until then', async () => {
    await landed('whole', ['bob@example.com', 'ann@example.com'], ['sub'])
    await put('whole', ['cid@example.com'])
    expect(q.store.members('whole')).toEqual(['ann@example.com', 'bob@example.com'])
    expect(q.store.subgroups('whole')).toEqual(['sub'])
    time += 20
    expect(q.store.members('whole')).toEqual(['cid@example.com'])
    expect(q.store.subgroups('whole')).toEqual([])
    expect((await get('whole')).statusHistory).toHaveLength(4)
  })

  test('lands by itself on the real clock', async () => {
    const real = await startQBusiness()
    const other = clientOf(real.url)
    try {
      await other.send(
        new PutGroupCommand({ ...ids, groupName: 'g', type: 'INDEX', groupMembers: { memberUsers: [] } }),
      )
      await vi.waitFor(async () => {
        const { status } = await other.send(new GetGroupCommand({ ...ids, groupName: 'g' }))
        expect(status?.status).toBe('SUCCEEDED')
      }, 20_000)
    } finally {
      other.destroy()
      await real.close()
    }
  })

  test('takes any name that the model allows, and finds it again by its path', async () => {
    for (const name of ['a/b', 'Ä ö+%2F?&=#', '名前', '.', '..', '🙂'.repeat(1024)]) {
      await put(name, ['ann@example.com'])
      expect((await get(name)).status?.status).toBe('PROCESSING')
    }
  })

  test('refuses more than 1,000 members, lists in S3, and a data source that is not named', async () => {
    const users = Array.from({ length: 1000 }, (_, at) => `u${at}@example.com`)
    await put('big', users)
    await expect(put('big', [...users, 'one-more@example.com'])).rejects.toBeInstanceOf(ValidationException)
    await expect(put('big', users, ['sub'])).rejects.toMatchObject({
      name: 'ValidationException',
      reason: 'FIELD_VALIDATION_FAILED',
      fields: [{ name: 'groupMembers', message: expect.stringContaining('1001') }],
    })
    const s3PathForGroupMembers = { bucket: 'some-bucket', key: 'list.json' }
    const bare = { ...ids, groupName: 'big' }
    await expect(
      client.send(new PutGroupCommand({ ...bare, type: 'INDEX', groupMembers: { s3PathForGroupMembers } })),
    ).rejects.toThrow('not modelled')
    await expect(
      client.send(new PutGroupCommand({ ...bare, type: 'DATASOURCE', groupMembers: {} })),
    ).rejects.toMatchObject({ fields: [{ name: 'dataSourceId' }] })
  })

  test('keeps groups of a data source apart from those of the index', async () => {
    const dataSourceId = 'd0000000-0000-4000-8000-000000000001'
    const source = { ...ids, groupName: 'apart', dataSourceId }
    await client.send(new PutGroupCommand({ ...source, type: 'DATASOURCE', groupMembers: {} }))
    await expect(get('apart')).rejects.toBeInstanceOf(ResourceNotFoundException)
    expect((await client.send(new GetGroupCommand(source))).status?.status).toBe('PROCESSING')
    time += 1
    const listed = await client.send(
      new ListGroupsCommand({ ...ids, dataSourceId, updatedEarlierThan: new Date(time) }),
    )
    expect(listed.items).toEqual([{ groupName: 'apart' }])
    expect(q.store.groupNames()).not.toContain('apart')
    await client.send(new DeleteGroupCommand(source))
    time += 20
    await expect(client.send(new GetGroupCommand(source))).rejects.toBeInstanceOf(ResourceNotFoundException)
  })
})

describe('DeleteGroup', () => {
  test('is DELETING at first, then gone, and its history with it', async () => {
    await landed('short', ['ann@example.com'])
    await client.send(new DeleteGroupCommand({ ...ids, groupName: 'short' }))
    expect((await get('short')).status?.status).toBe('DELETING')
    expect(q.store.members('short')).toEqual(['ann@example.com'])
    time += 20
    await expect(get('short')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceId: 'short',
      resourceType: 'group',
      $metadata: { httpStatusCode: 404 },
    })
    expect(q.store.members('short')).toBeUndefined()
    expect(q.store.groupNames()).not.toContain('short')
    await put('short', [])
    expect((await get('short')).statusHistory).toHaveLength(1)
  })

  test('of a group that is not there is 404', async () => {
    const command = new DeleteGroupCommand({ ...ids, groupName: 'never there' })
    await expect(client.send(command)).rejects.toBeInstanceOf(ResourceNotFoundException)
  })
})

describe('ListGroups', () => {
  test('pages by ten, in order, and by less if asked', async () => {
    const names = Array.from({ length: 23 }, (_, at) => `list ${String(at).padStart(2, '0')}`)
    for (const name of names.toReversed()) await put(name, [])
    const seen: string[][] = []
    const config = { client }
    time += 1
    for await (const page of paginateListGroups(config, { ...ids, updatedEarlierThan: new Date(time) })) {
      seen.push((page.items ?? []).map(({ groupName }) => groupName ?? ''))
    }
    expect(seen.slice(0, -1).every((page) => page.length === 10)).toBe(true)
    expect(seen.flat()).toEqual(q.store.groupNames())
    expect(seen.flat()).toEqual(expect.arrayContaining(names))
    const three = await client.send(
      new ListGroupsCommand({ ...ids, updatedEarlierThan: new Date(time), maxResults: 3 }),
    )
    expect(three.items).toHaveLength(3)
  })

  test('goes on where it was while groups come and go', async () => {
    const query = { ...ids, updatedEarlierThan: new Date(time + 3_600_000), maxResults: 10 }
    const first = await client.send(new ListGroupsCommand(query))
    const last = first.items?.at(-1)?.groupName ?? ''
    q.store.putForeign('!first of all', [])
    const second = await client.send(new ListGroupsCommand({ ...query, nextToken: first.nextToken! }))
    expect((second.items?.[0]?.groupName ?? '') > last).toBe(true)
    await expect(client.send(new ListGroupsCommand({ ...query, nextToken: 'made up' }))).rejects.toMatchObject({
      fields: [{ name: 'nextToken' }],
    })
  })

  test('shows only what was updated before', async () => {
    await landed('older', [])
    const between = new Date(time + 1)
    time += 60_000
    await landed('newer', [])
    const names = async (updatedEarlierThan: Date) => {
      const all: (string | undefined)[] = []
      for await (const page of paginateListGroups({ client }, { ...ids, updatedEarlierThan })) {
        all.push(...(page.items ?? []).map(({ groupName }) => groupName))
      }
      return all
    }
    expect(await names(between)).toContain('older')
    expect(await names(between)).not.toContain('newer')
    expect(await names(new Date(time))).not.toContain('newer')
    expect(await names(new Date(time + 1))).toContain('newer')
  })
})

describe('Documents', () => {
  test('are listed, 100 a page', async () => {
    for (let batch = 0; batch < 11; batch++) {
      const documents = Array.from({ length: 10 }, (_, at) => ({
        id: `doc ${String(batch * 10 + at).padStart(3, '0')}`,
      }))
      expect((await client.send(new BatchPutDocumentCommand({ ...ids, documents }))).failedDocuments).toEqual([])
    }
    const pages: number[] = []
    for await (const page of paginateListDocuments({ client }, { ...ids }))
      pages.push(page.documentDetailList?.length ?? 0)
    expect(pages).toEqual([100, 10])
    const { documentDetailList } = await client.send(new ListDocumentsCommand({ ...ids, maxResults: 1 }))
    expect(documentDetailList).toEqual([
      { documentId: 'doc 000', status: 'INDEXED', createdAt: new Date(time), updatedAt: new Date(time) },
    ])
    const { indexStatistics } = await client.send(new GetIndexCommand(ids))
    expect(indexStatistics?.textDocumentStatistics?.indexedTextDocumentCount).toBe(110)
  })

  test('are open to the groups that their ACL names, as these stand', async () => {
    const principals = [{ group: { name: 'readers/all', access: 'ALLOW' as const } }]
    const document = {
      id: 'a/b c',
      title: 'Title',
      content: { blob: new TextEncoder().encode('text') },
      contentType: 'PLAIN_TEXT' as const,
      attributes: [{ name: 'made', value: { dateValue: new Date(time) } }],
      accessConfiguration: { accessControls: [{ principals }] },
    }
    await client.send(new BatchPutDocumentCommand({ ...ids, documents: [document] }))
    const check = (userId: string) =>
      client.send(new CheckDocumentAccessCommand({ ...ids, userId, documentId: 'a/b c' }))
    await put('readers/all', ['Eve+laptop@example.com'])
    expect((await check('eve@example.com')).hasAccess).toBe(false)
    time += 20
    expect(await check('EVE@example.com')).toMatchObject({
      hasAccess: true,
      userGroups: [{ name: 'readers/all', type: 'INDEX' }],
      userAliases: [{ id: 'EVE@example.com', type: 'INDEX' }],
      documentAcl: {
        allowlist: {
          memberRelation: 'OR',
          conditions: [{ memberRelation: 'OR', groups: [{ name: 'readers/all', type: 'INDEX' }], users: [] }],
        },
        denyList: { memberRelation: 'OR', conditions: [] },
      },
    })
    await expect(
      client.send(new CheckDocumentAccessCommand({ ...ids, userId: 'ann@example.com', documentId: 'none' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException', resourceType: 'document' })
    const dataSourceId = 'd0000000-0000-4000-8000-000000000001'
    await expect(
      client.send(new CheckDocumentAccessCommand({ ...ids, dataSourceId, userId: 'x', documentId: 'a/b c' })),
    ).rejects.toBeInstanceOf(ResourceNotFoundException)
    expect(
      (await client.send(new ListDocumentsCommand({ ...ids, dataSourceIds: [dataSourceId] }))).documentDetailList,
    ).toEqual([])
  })
})

describe('The application and its index', () => {
  test('say what they are', async () => {
    expect(await client.send(new GetApplicationCommand({ applicationId: q.applicationId }))).toMatchObject({
      applicationId: q.applicationId,
      identityType: 'AWS_IAM_IDP_OIDC',
      status: 'ACTIVE',
      iamIdentityProviderArn: expect.stringContaining('oidc-provider'),
      createdAt: expect.any(Date),
    })
    expect(await client.send(new GetIndexCommand(ids))).toMatchObject({ ...ids, status: 'ACTIVE', type: 'ENTERPRISE' })
  })

  test('show the data sources that there are, ten a page at most', async () => {
    expect(await client.send(new ListDataSourcesCommand(ids))).toMatchObject({ dataSources: [] })
    const all = Array.from({ length: 12 }, (_, index) => `d${index + 10}`.padEnd(36, '0'))
    q.dataSources.push(...all.map((dataSourceId) => ({ dataSourceId, displayName: 'docs', type: 'S3' })))
    const pages: string[][] = []
    for await (const { dataSources = [] } of paginateListDataSources({ client, pageSize: 10 }, ids)) {
      expect(dataSources[0]).toMatchObject({ type: 'S3', status: 'ACTIVE', createdAt: expect.any(Date) })
      pages.push(dataSources.map(({ dataSourceId }) => dataSourceId!))
    }
    expect(pages).toEqual([all.slice(0, 10), all.slice(10)])
    await expect(client.send(new ListDataSourcesCommand({ ...ids, maxResults: 11 }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  test('are the only ones', async () => {
    const other = 'c0000000-0000-4000-8000-000000000001'
    await expect(client.send(new GetApplicationCommand({ applicationId: other }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceType: 'application',
    })
    await expect(client.send(new GetGroupCommand({ ...ids, indexId: other, groupName: 'g' }))).rejects.toMatchObject({
      resourceId: other,
      resourceType: 'index',
    })
  })
})

test('Every call is noted', async () => {
  const before = q.calls.length
  await put('noted', ['ann@example.com'], ['sub'])
  await get('noted')
  await get('never put').catch(() => {})
  expect(q.calls.slice(before)).toEqual([
    {
      operation: 'PutGroup',
      groupName: 'noted',
      members: ['ann@example.com'],
      subgroups: ['sub'],
      at: time,
      outcome: 'ok',
    },
    { operation: 'GetGroup', groupName: 'noted', at: time, outcome: 'ok' },
    { operation: 'GetGroup', groupName: 'never put', at: time, outcome: 'ResourceNotFoundException' },
  ])
})
