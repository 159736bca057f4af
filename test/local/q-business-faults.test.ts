import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import {
  DeleteGroupCommand,
  GetGroupCommand,
  ListGroupsCommand,
  PutGroupCommand,
  QBusinessClient,
} from '@aws-sdk/client-qbusiness'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { statusOf } from '../../local/q-business/service-error.ts'

let time = 1_800_000_000_123
let q: QBusiness
let client: QBusinessClient
let ids: { applicationId: string; indexId: string }
let name = ''
let count = 0

const configOf = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
})

beforeAll(async () => {
  q = await startQBusiness({ now: () => time })
  client = new QBusinessClient({ ...configOf(q.url), maxAttempts: 1 })
  ids = { applicationId: q.applicationId, indexId: q.indexId }
})

afterAll(async () => {
  client.destroy()
  await q.close()
})

beforeEach(() => {
  q.faults.clear()
  q.calls.length = 0
  name = `group ${++count}`
})

const put = (users: string[], by = client, options: { abortSignal?: AbortSignal } = {}) => {
  const groupMembers = { memberUsers: users.map((userId) => ({ userId })) }
  return by.send(new PutGroupCommand({ ...ids, groupName: name, type: 'INDEX', groupMembers }), options)
}
const get = (groupName = name, by = client) => by.send(new GetGroupCommand({ ...ids, groupName }))
const arrived = (calls: number, by = q) =>
  vi.waitFor(() => expect(by.calls.length).toBeGreaterThanOrEqual(calls), { interval: 1, timeout: 20_000 })
const remove = () => client.send(new DeleteGroupCommand({ ...ids, groupName: name }))
const landed = () => {
  time += 20
  return q.store.members(name)
}

describe('answer', () => {
  test.each([
    'ThrottlingException',
    'InternalServerException',
    'ServiceUnavailableException',
    'ConflictException',
    'ServiceQuotaExceededException',
    'AccessDeniedException',
  ] as const)('%s, and nothing is done', async (error) => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error })
    await expect(put(['ann@example.com'])).rejects.toMatchObject({
      name: error,
      $metadata: { httpStatusCode: statusOf[error] },
    })
    expect(landed()).toBeUndefined()
    expect(q.calls).toMatchObject([{ outcome: error, fault: 'answer' }])
    await put(['ann@example.com'])
    expect(landed()).toEqual(['ann@example.com'])
  })

  test('says which group is in conflict', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error: 'ConflictException' })
    await expect(put([])).rejects.toMatchObject({ resourceId: name, resourceType: 'group' })
  })

  test('is for one group, one operation, and as many calls as it says', async () => {
    q.faults.add({ operation: 'GetGroup', group: name, kind: 'answer', error: 'ThrottlingException', times: 2 })
    q.store.putForeign(name, [])
    q.store.putForeign('other', [])
    await put([])
    expect((await get('other')).status?.status).toBe('SUCCEEDED')
    expect(q.faults.left).toBe(2)
    await expect(get()).rejects.toThrow()
    await expect(get()).rejects.toThrow()
    expect(q.faults.left).toBe(0)
    await get()
  })

  test('is met only by calls that keep the model', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error: 'ThrottlingException' })
    await expect(put([''])).rejects.toMatchObject({ name: 'ValidationException' })
    expect(q.faults.left).toBe(1)
  })

  test('is retried by the SDK if 429, 500 or 503, and not if 409 or 402', async () => {
    // On the real clock: an answer dated minutes from the client's own time is tried again, whatever it says.
    const real = await startQBusiness()
    const retrying = new QBusinessClient(configOf(real.url))
    for (const [error, attempts] of [
      ['ThrottlingException', 2],
      ['InternalServerException', 2],
      ['ServiceUnavailableException', 2],
      ['ConflictException', 1],
      ['ServiceQuotaExceededException', 1],
    ] as const) {
      real.calls.length = 0
      real.faults.add({ operation: 'PutGroup', kind: 'answer', error })
      await put([], retrying).catch(() => {})
      expect(real.calls.length, error).toBe(attempts)
    }
    retrying.destroy()
    await real.close()
  })

  test('is also for operations without a group', async () => {
    q.faults.add({ operation: 'ListGroups', kind: 'answer', error: 'ServiceQuotaExceededException' })
    await expect(
      client.send(new ListGroupsCommand({ ...ids, updatedEarlierThan: new Date(time) })),
    ).rejects.toMatchObject({ resourceId: 'local', resourceType: 'index' })
  })
})

test('apply-then-answer: the error, though it is done', async () => {
  q.faults.add({ operation: 'PutGroup', kind: 'apply-then-answer', error: 'InternalServerException' })
  await expect(put(['ann@example.com'])).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } })
  expect(landed()).toEqual(['ann@example.com'])
})

test('apply-then-cut: no answer, though it is done', async () => {
  q.faults.add({ operation: 'PutGroup', kind: 'apply-then-cut' })
  const error = await put(['ann@example.com']).catch((caught) => caught)
  expect(error).toBeInstanceOf(Error)
  expect(error.$metadata?.httpStatusCode).toBeUndefined()
  expect(landed()).toEqual(['ann@example.com'])
  expect(q.calls).toMatchObject([{ outcome: 'cut', fault: 'apply-then-cut' }])
  expect((await get()).status?.status).toBe('SUCCEEDED')
})

test('cut: no answer, and nothing is done', async () => {
  q.faults.add({ operation: 'PutGroup', kind: 'cut' })
  await expect(put(['ann@example.com'])).rejects.toThrow()
  expect(landed()).toBeUndefined()
})

test('apply-late: no answer, and it is done later, over what was put in between', async () => {
  q.faults.add({ operation: 'PutGroup', kind: 'apply-late', afterMs: 5000 })
  await expect(put(['old@example.com'])).rejects.toThrow()
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  expect(q.store.groupNames()).not.toContain(name)
  await put(['new@example.com'])
  time += 4999
  expect(q.store.members(name)).toEqual(['new@example.com'])
  expect((await get()).status?.status).toBe('SUCCEEDED')
  time += 1
  expect((await get()).status).toEqual({ status: 'PROCESSING', lastUpdatedAt: new Date(time) })
  expect(landed()).toEqual(['old@example.com'])
})

test('apply-late and fail-later are for DeleteGroup, too', async () => {
  q.store.putForeign(name, ['ann@example.com'])
  q.faults.add({ operation: 'DeleteGroup', kind: 'apply-late', afterMs: 5000 })
  await expect(remove()).rejects.toThrow()
  time += 4999
  expect((await get()).status?.status).toBe('SUCCEEDED')
  time += 1
  expect((await get()).status?.status).toBe('DELETING')
  expect(landed()).toBeUndefined()
  q.store.putForeign(name, ['ann@example.com'])
  q.faults.add({ operation: 'DeleteGroup', kind: 'fail-later' })
  await remove()
  expect(landed()).toEqual(['ann@example.com'])
  expect((await get()).status?.status).toBe('FAILED')
})

test('A client that gives up with an error harms nobody', async () => {
  q.faults.add({ operation: 'GetApplication', kind: 'hang' })
  const session = connect(q.url)
  const stream = session.request({
    ':path': `/applications/${q.applicationId}`,
    'x-amz-date': '20270115T080000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=LOCAL/20270115/us-east-1/qbusiness/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  })
  stream.on('error', () => {})
  await arrived(1)
  stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  // The answer to a ping comes after the server has read what was sent before it.
  await new Promise((resolve) => session.ping(resolve))
  session.destroy()
  await put([])
})

test.each([
  ['hang', undefined],
  ['apply-then-hang', ['ann@example.com']],
] as const)('%s: no answer ever, and the list is %j', async (kind, members) => {
  q.faults.add({ operation: 'PutGroup', kind })
  const abort = new AbortController()
  const answer = put(['ann@example.com'], client, { abortSignal: abort.signal })
  const settled = answer.then(
    () => 'answered',
    () => 'given up',
  )
  await arrived(1)
  // The next answer on the same connection is proof that this one had its time.
  await get('none').catch(() => {})
  expect(await Promise.race([settled, 'waiting'])).toBe('waiting')
  abort.abort()
  expect(await settled).toBe('given up')
  expect(landed()).toEqual(members)
  expect(q.calls.find(({ operation }) => operation === 'PutGroup')).toMatchObject({ outcome: 'hung' })
})

test.each([
  ['cut-in-answer', 'cut'],
  ['endless', 'hung'],
] as const)('%s: it is done, and the answer stops in the middle', async (kind, outcome) => {
  q.store.putForeign(name, ['ann@example.com'])
  q.faults.add({ operation: 'GetGroup', kind })
  const session = connect(q.url)
  const path = `/applications/${q.applicationId}/indices/${q.indexId}/groups/${encodeURIComponent(name)}`
  const stream = session.request({
    ':path': path,
    'x-amz-date': '20270115T080000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=LOCAL/20270115/us-east-1/qbusiness/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  expect(headers[':status']).toBe(200)
  const [half] = await once(stream, 'data')
  expect(String(half)).toMatch(/^\{/)
  expect(() => JSON.parse(String(half))).toThrow()
  if (kind === 'cut-in-answer') {
    stream.on('error', () => {})
    await once(stream, 'close')
  } else expect(stream.readableEnded).toBe(false)
  session.destroy()

  for (const asked of [get, () => put(['bob@example.com'])]) {
    q.faults.add({ operation: asked === get ? 'GetGroup' : 'PutGroup', kind })
    const before = q.calls.length
    const answer = asked().then(
      () => 'answered',
      () => 'failed',
    )
    await arrived(before + 1)
    // The answer to a PutGroup has nothing in it, so that half of it may do for the SDK.
    if (kind === 'cut-in-answer') expect(await answer).toBe(asked === get ? 'failed' : 'answered')
    else expect(await Promise.race([answer, get('none').catch(() => 'waiting')])).toBe('waiting')
  }
  expect(landed()).toEqual(['bob@example.com'])
  const met = q.calls.filter(({ fault }) => fault === kind)
  expect(met.map((call) => call.outcome)).toEqual([outcome, outcome, outcome])
  if (kind === 'endless') {
    client.destroy()
    client = new QBusinessClient({ ...configOf(q.url), maxAttempts: 1 })
  }
})

test('fail-later: 200, and FAILED in the end, with what counted before', async () => {
  q.store.putForeign(name, ['ann@example.com'])
  q.faults.add({ operation: 'PutGroup', kind: 'fail-later' })
  await put(['bob@example.com'])
  expect((await get()).status?.status).toBe('PROCESSING')
  expect(landed()).toEqual(['ann@example.com'])
  const errorDetail = { errorCode: 'InternalError', errorMessage: expect.any(String) }
  expect((await get()).status).toMatchObject({ status: 'FAILED', errorDetail })
})

test('slow: it is done at once, and the answer comes later', async () => {
  q.faults.add({ operation: 'PutGroup', kind: 'slow', ms: 100 })
  const sentAt = performance.now()
  const slow = put(['ann@example.com']).then(() => performance.now() - sentAt)
  await arrived(1)
  expect(landed()).toEqual(['ann@example.com'])
  // A timer may be early by the rounding of its clock.
  expect(await slow).toBeGreaterThan(95)
})

test('Closing ends what hangs and what is slow', async () => {
  const other = await startQBusiness()
  const of = new QBusinessClient({ ...configOf(other.url), maxAttempts: 1 })
  other.faults.add({ operation: 'GetGroup', kind: 'hang' }, { operation: 'GetGroup', kind: 'slow', ms: 600_000 })
  other.store.putForeign('g', [])
  const answers = [1, 2].map(() => of.send(new GetGroupCommand({ ...ids, groupName: 'g' })).catch(() => 'ended'))
  await arrived(2, other)
  await other.close()
  expect(await Promise.all(answers)).toEqual(['ended', 'ended'])
  of.destroy()
})
