import {
  BatchPutDocumentCommand,
  CheckDocumentAccessCommand,
  ConflictException,
  DeleteGroupCommand,
  GetApplicationCommand,
  GetGroupCommand,
  PutGroupCommand,
  QBusinessClient,
  ResourceNotFoundException,
  ValidationException,
} from '@aws-sdk/client-qbusiness'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'

let time = 1_800_000_000_123
let q: QBusiness
let client: QBusinessClient
let ids: { applicationId: string; indexId: string }
let name = ''
let count = 0

beforeAll(async () => {
  q = await startQBusiness({ now: () => time, switches: { processingMs: 100 } })
  client = new QBusinessClient({
    endpoint: q.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  ids = { applicationId: q.applicationId, indexId: q.indexId }
})

afterAll(async () => {
  client.destroy()
  await q.close()
})

beforeEach(() => {
  time += 60_000
  Object.assign(q.switches, defaultSwitches, { processingMs: 100 })
  name = `group ${++count}`
})

const put = (users: string[], groups: string[] = [], groupName = name) =>
  client.send(
    new PutGroupCommand({
      ...ids,
      groupName,
      type: 'INDEX',
      groupMembers: {
        memberUsers: users.map((userId) => ({ userId })),
        memberGroups: groups.map((subgroup) => ({ groupName: subgroup })),
      },
    }),
  )
const get = async (groupName = name) => client.send(new GetGroupCommand({ ...ids, groupName }))
const status = async () => (await get()).status?.status
const remove = () => client.send(new DeleteGroupCommand({ ...ids, groupName: name }))
const document = (id: string) =>
  client.send(
    new BatchPutDocumentCommand({
      ...ids,
      documents: [
        { id, accessConfiguration: { accessControls: [{ principals: [{ group: { name, access: 'ALLOW' } }] }] } },
      ],
    }),
  )
const check = (userId: string, documentId: string) =>
  client.send(new CheckDocumentAccessCommand({ ...ids, userId, documentId }))

describe('emptyList', () => {
  test('taken', async () => {
    await put(['ann@example.com'])
    await put([])
    time += 100
    expect(q.store.members(name)).toEqual([])
  })

  test('refused', async () => {
    q.switches.emptyList = 'refused'
    await expect(put([])).rejects.toMatchObject({ name: 'ValidationException', fields: [{ name: 'groupMembers' }] })
    await put([], ['sub'])
    await put(['ann@example.com'])
    await put(['ann@example.com'], ['sub'])
  })
})

describe('memberLimit', () => {
  beforeEach(() => {
    q.switches.memberLimit = 2
  })

  test('counts together', async () => {
    await put(['a@example.com'], ['x'])
    await expect(put(['a@example.com', 'b@example.com'], ['x'])).rejects.toBeInstanceOf(ValidationException)
  })

  test('counts apart', async () => {
    q.switches.memberLimitCounts = 'apart'
    await put(['a@example.com', 'b@example.com'], ['x', 'y'])
    await expect(put(['a', 'b', 'c'], [])).rejects.toMatchObject({ fields: [{ name: 'groupMembers.memberUsers' }] })
    await expect(put([], ['x', 'y', 'z'])).rejects.toMatchObject({ fields: [{ name: 'groupMembers.memberGroups' }] })
  })

  test('fails later', async () => {
    q.switches.overLimit = 'fails-later'
    await put(['a@example.com'])
    time += 100
    await put(['a', 'b', 'c'])
    expect(await status()).toBe('PROCESSING')
    time += 100
    const errorDetail = { errorCode: 'InvalidRequest', errorMessage: expect.stringContaining('3') }
    expect((await get()).status).toMatchObject({ status: 'FAILED', errorDetail })
    expect(q.store.members(name)).toEqual(['a@example.com'])
  })
})

describe('groupNames', () => {
  test('case-sensitive', async () => {
    await put(['ann@example.com'], [], name)
    await expect(get(name.toUpperCase())).rejects.toBeInstanceOf(ResourceNotFoundException)
  })

  test('case-insensitive', async () => {
    q.switches.groupNames = 'case-insensitive'
    await put(['ann@example.com'], [], name.toUpperCase())
    await put(['bob@example.com'], [], name)
    time += 100
    expect(q.store.members(name.toUpperCase())).toEqual(['bob@example.com'])
    expect(q.store.groupNames()).toContain(name.toUpperCase())
    expect(q.store.groupNames()).not.toContain(name)
    await document('any case')
    expect((await check('bob@example.com', 'any case')).hasAccess).toBe(true)
  })
})

describe('overlap', () => {
  const three = async () => {
    for (const user of ['first', 'second', 'third']) {
      await put([user])
      time += 10
    }
  }

  test('in-order: the one sent last counts', async () => {
    await three()
    time += 100
    expect(q.store.members(name)).toEqual(['third'])
  })

  test('in-order: also where the later one would be faster', async () => {
    await put(['first'])
    q.switches.processingMs = 10
    await put(['second'])
    time += 10
    expect(q.store.members(name)).toBeUndefined()
    time += 90
    expect(q.store.members(name)).toEqual(['second'])
  })

  test('reversed: the one sent first counts', async () => {
    q.switches.overlap = 'reversed'
    await three()
    time += 100
    expect(q.store.members(name)).toEqual(['first'])
  })

  test('reversed, with a lag: the later one counts until the earlier one lands', async () => {
    Object.assign(q.switches, { overlap: 'reversed', overlapLagMs: 1000 })
    await put(['first'])
    await put(['second'])
    time += 100
    expect(q.store.members(name)).toEqual(['second'])
    expect(await status()).toBe('SUCCEEDED')
    time += 1000
    expect(q.store.members(name)).toEqual(['first'])
    expect((await get()).status?.lastUpdatedAt).toEqual(new Date(time))
  })

  test('reversed: puts that do not overlap are as ever', async () => {
    q.switches.overlap = 'reversed'
    await put(['first'])
    time += 100
    await put(['second'])
    time += 100
    expect(q.store.members(name)).toEqual(['second'])
  })

  test('the first to land shows SUCCEEDED while the other is on its way', async () => {
    await put(['first'])
    time += 60
    await put(['second'])
    time += 40
    expect(await status()).toBe('SUCCEEDED')
    expect(q.store.members(name)).toEqual(['first'])
  })

  test('a delete overlaps as a put does', async () => {
    await put(['first'])
    time += 100
    q.switches.overlap = 'reversed'
    await put(['second'])
    await remove()
    time += 100
    expect(q.store.members(name)).toEqual(['second'])
  })
})

describe('staleStatusMs', () => {
  beforeEach(() => {
    q.switches.staleStatusMs = 1000
  })

  test('GetGroup shows a new group late', async () => {
    await put(['ann@example.com'])
    time += 999
    await expect(get()).rejects.toBeInstanceOf(ResourceNotFoundException)
    expect(q.store.members(name)).toEqual(['ann@example.com'])
    time += 1
    expect((await get()).status).toEqual({ status: 'SUCCEEDED', lastUpdatedAt: new Date(time - 900) })
  })

  test('GetGroup shows the status before of an old one', async () => {
    q.store.putForeign(name, ['ann@example.com'])
    const before = await get()
    expect(before.status?.status).toBe('SUCCEEDED')
    time += 50
    await put(['bob@example.com'])
    time += 999
    expect((await get()).status).toEqual(before.status)
    await remove()
    time += 999
    expect(await status()).toBe('SUCCEEDED')
    time += 1
    await expect(get()).rejects.toBeInstanceOf(ResourceNotFoundException)
  })
})

describe('putWhileProcessing', () => {
  test('conflict', async () => {
    q.switches.putWhileProcessing = 'conflict'
    await put(['first'])
    const error = await put(['second']).catch((caught) => caught)
    expect(error).toBeInstanceOf(ConflictException)
    expect(error).toMatchObject({ resourceId: name, resourceType: 'group', $metadata: { httpStatusCode: 409 } })
    await expect(remove()).rejects.toBeInstanceOf(ConflictException)
    time += 100
    expect(q.store.members(name)).toEqual(['first'])
    await put(['second'])
  })
})

describe('unknownUsers', () => {
  test('refused', async () => {
    q.switches.unknownUsers = 'refused'
    q.store.createUser('known@example.com')
    await put(['Known+x@example.com'])
    await expect(put(['known@example.com', 'unknown@example.com'])).rejects.toMatchObject({
      fields: [{ name: 'groupMembers.memberUsers.1.userId' }],
    })
  })

  test('fails later', async () => {
    q.switches.unknownUsers = 'fails-later'
    await put(['unknown@example.com'])
    time += 100
    expect(await status()).toBe('FAILED')
    expect(q.store.members(name)).toBeUndefined()
  })
})

test('absentMemberType: a member of type DATASOURCE does not count', async () => {
  await document('typed')
  await put(['ann@example.com'])
  time += 100
  expect((await check('ann@example.com', 'typed')).hasAccess).toBe(true)
  q.switches.absentMemberType = 'DATASOURCE'
  await put(['ann@example.com'])
  time += 100
  expect((await check('ann@example.com', 'typed')).hasAccess).toBe(false)
})

describe('unseenPerson', () => {
  beforeEach(async () => {
    await document(`unseen ${name}`)
    await put(['new@example.com', 'old@example.com'])
    time += 100
    q.store.createUser('old@example.com')
  })

  test('resolved', async () => {
    expect((await check('new@example.com', `unseen ${name}`)).hasAccess).toBe(true)
  })

  test('empty', async () => {
    q.switches.unseenPerson = 'empty'
    const found = await check('new@example.com', `unseen ${name}`)
    expect(found).toMatchObject({ hasAccess: false, userGroups: [], userAliases: [] })
    expect((await check('old@example.com', `unseen ${name}`)).hasAccess).toBe(true)
  })

  test('not-found', async () => {
    q.switches.unseenPerson = 'not-found'
    await expect(check('new@example.com', `unseen ${name}`)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceType: 'user',
    })
    expect((await check('old@example.com', `unseen ${name}`)).hasAccess).toBe(true)
  })
})

describe('lastUpdatedAt', () => {
  test('in whole seconds', async () => {
    q.switches.lastUpdatedAt = 'seconds'
    await put(['ann@example.com'])
    expect((await get()).status?.lastUpdatedAt).toEqual(new Date(Math.floor(time / 1000) * 1000))
    q.switches.lastUpdatedAt = 'fraction'
    expect((await get()).status?.lastUpdatedAt).toEqual(new Date(time))
  })

  test('counts when the put was sent', async () => {
    q.switches.lastUpdatedAtCounts = 'put'
    await put(['ann@example.com'])
    time += 100
    expect((await get()).status).toEqual({ status: 'SUCCEEDED', lastUpdatedAt: new Date(time - 100) })
  })
})

test('statusHistory: only the last one', async () => {
  await put(['ann@example.com'])
  time += 100
  expect((await get()).statusHistory).toHaveLength(2)
  q.switches.statusHistory = 'last-only'
  const { status: last, statusHistory } = await get()
  expect(statusHistory).toEqual([last])
})

test('recreatedGroup: older documents no longer know it', async () => {
  await document('old')
  await put(['ann@example.com'])
  time += 100
  await remove()
  time += 100
  await put(['ann@example.com'])
  time += 100
  await document('new')
  expect((await check('ann@example.com', 'old')).hasAccess).toBe(true)
  q.switches.recreatedGroup = 'loses-acls'
  expect((await check('ann@example.com', 'old')).hasAccess).toBe(false)
  expect((await check('ann@example.com', 'new')).hasAccess).toBe(true)
})

test('identityType', async () => {
  q.switches.identityType = 'AWS_IAM_IDP_SAML'
  const application = await client.send(new GetApplicationCommand({ applicationId: q.applicationId }))
  expect(application).toMatchObject({ identityType: 'AWS_IAM_IDP_SAML' })
  expect(application.iamIdentityProviderArn).toContain(':saml-provider/')
  expect(application.clientIdsForOIDC).toBeUndefined()
})

test('nestingDepth', async () => {
  await document('nested')
  q.store.putForeign('below', ['ann@example.com'])
  await put([], ['below'])
  time += 100
  expect((await check('ann@example.com', 'nested')).hasAccess).toBe(true)
  q.switches.nestingDepth = 1
  expect((await check('ann@example.com', 'nested')).hasAccess).toBe(false)
})
