import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FaultError } from '../../local/q-business/faults.ts'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'
import { PutError, type UserStore } from '../../shared/sync/ports.ts'

const PEOPLE = ['ann@example.com', 'bob@example.com']
const NOBODY = 'nobody@q-group-sync.invalid'

// The SDK takes another time than its own for a clock to be corrected, and tries again.
let time = Date.now()
let q: QBusiness
let clients: QBusinessClient[]
let store: UserStore
let name = ''

beforeAll(async () => {
  q = await startQBusiness({ now: () => time })
})
beforeEach(({ task }) => {
  Object.assign(q.switches, defaultSwitches)
  q.faults.clear()
  q.calls.length = 0
  name = `group / ${task.id}`
  clients = []
  store = storeBy(1)
})
afterAll(() => q.close())

/** The user store by a client that tries so often, and waits so long for an answer. */
function storeBy(maxAttempts: number, requestTimeout = 5_000, over: { indexId?: string } = {}): UserStore {
  const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }
  const requestHandler = new NodeHttp2Handler({ requestTimeout })
  const client = new QBusinessClient({ endpoint: q.url, region: 'us-east-1', credentials, maxAttempts, requestHandler })
  clients.push(client)
  return userStoreOf(client, { applicationId: q.applicationId, indexId: q.indexId, ...over })
}

async function kindOf(put: Promise<unknown>): Promise<string> {
  const error = await put.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PutError)
  return (error as PutError).kind
}
const puts = () => q.calls.filter(({ operation }) => operation === 'PutGroup')

describe('a put', () => {
  test('replaces the whole list of the index, under any name that the service takes', async () => {
    expect(await store.put(name, PEOPLE, false)).toEqual({ requestId: expect.stringMatching(/\S/), overlapped: false })
    await store.put(name, PEOPLE.slice(0, 1), false)
    time += 20
    expect(q.store.members(name)).toEqual(['ann@example.com'])
    for (const strange of ['../secret', 'a#b?c', 'Vertrieb/Süd', ' ', '%2F']) {
      await store.put(strange, PEOPLE, false)
      expect((await store.status(strange))?.status).toBe('PROCESSING')
    }
  })

  test('counts for the documents of the index that name the group', async () => {
    const access = {
      type: 'ALLOW',
      memberRelation: 'OR',
      principals: [{ group: { access: 'ALLOW', name, membershipType: 'INDEX' } }],
    }
    q.store.putDocument({ id: name, accessConfiguration: { accessControls: [access] } as never })
    await store.put(name, PEOPLE, false)
    time += 20
    expect(q.store.checkAccess('ann@example.com', name).hasAccess).toBe(true)
    expect(q.store.checkAccess('mary@example.com', name).hasAccess).toBe(false)
  })

  test.each<[FaultError, PutError['kind']]>([
    ['ThrottlingException', 'throttled'],
    ['ConflictException', 'conflict'],
    ['ServiceQuotaExceededException', 'quota'],
    ['AccessDeniedException', 'denied'],
    ['InternalServerException', 'unknown'],
  ])('that is answered %s is %s, with the cause', async (error, kind) => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error })
    const thrown = (await store.put(name, PEOPLE, false).catch((reason: unknown) => reason)) as PutError
    expect(thrown).toMatchObject({ name: 'PutError', kind, message: `PutGroup was not accepted: ${error}` })
    expect((thrown.cause as Error).name).toBe(error)
    expect(q.store.members(name)).toBeUndefined()
  })

  test('that the service does not take is refused', async () => {
    expect(await kindOf(store.put('a\nb', PEOPLE, false))).toBe('refused')
    const thousandAndOne = Array.from({ length: 1001 }, (_, index) => `u${index}@example.com`)
    expect(await kindOf(store.put(name, thousandAndOne, false))).toBe('refused')
  })

  test('to an index that is not there is denied', async () => {
    const elsewhere = storeBy(1, 5_000, { indexId: 'c0000000-0000-4000-8000-000000000001' })
    expect(await kindOf(elsewhere.put(name, PEOPLE, false))).toBe('denied')
  })

  test('over one that is not done may be in conflict', async () => {
    q.switches.putWhileProcessing = 'conflict'
    await store.put(name, PEOPLE, false)
    expect(await kindOf(store.put(name, [], false))).toBe('conflict')
  })

  test.each(['cut', 'apply-then-cut'] as const)('whose connection is lost (%s) is unknown', async (kind) => {
    q.faults.add({ operation: 'PutGroup', kind })
    expect(await kindOf(store.put(name, PEOPLE, false))).toBe('unknown')
  })

  test('without an answer is given up, and unknown', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'apply-then-hang' })
    expect(await kindOf(storeBy(1, 50).put(name, PEOPLE, false))).toBe('unknown')
    time += 20
    expect(q.store.members(name)).toEqual(PEOPLE)
  })

  test('that is answered slowly is accepted', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'slow', ms: 50 })
    expect(await store.put(name, PEOPLE, false)).toMatchObject({ overlapped: false })
  })
})

describe('a put that the SDK tries again', () => {
  test.each(['cut', 'apply-then-cut'] as const)('after no answer (%s) has overlapped', async (kind) => {
    q.faults.add({ operation: 'PutGroup', kind })
    expect(await storeBy(3).put(name, PEOPLE, false)).toMatchObject({ overlapped: true })
    expect(puts()).toHaveLength(2)
  })

  test('after a time without an answer has overlapped', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'hang' })
    expect(await storeBy(3, 50).put(name, PEOPLE, false)).toMatchObject({ overlapped: true })
  })

  test('after a 500 has overlapped', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'apply-then-answer', error: 'InternalServerException' })
    expect(await storeBy(3).put(name, PEOPLE, false)).toMatchObject({ overlapped: true })
  })

  test('after being throttled has not overlapped: that had no effect', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error: 'ThrottlingException' })
    expect(await storeBy(3).put(name, PEOPLE, false)).toMatchObject({ overlapped: false })
    expect(puts()).toHaveLength(2)
  })

  test('after no answer, and is then answered with an error, is unknown', async () => {
    q.faults.add(
      { operation: 'PutGroup', kind: 'apply-then-cut' },
      { operation: 'PutGroup', kind: 'answer', error: 'AccessDeniedException' },
    )
    expect(await kindOf(storeBy(3).put(name, PEOPLE, false))).toBe('unknown')
  })

  test('and loses again each time is unknown', async () => {
    q.faults.add({ operation: 'PutGroup', kind: 'cut', times: 2 })
    expect(await kindOf(storeBy(2).put(name, PEOPLE, false))).toBe('unknown')
    expect(puts()).toHaveLength(2)
  })

  test('says nothing of the next put', async () => {
    const retrying = storeBy(3)
    q.faults.add({ operation: 'PutGroup', kind: 'cut' })
    await retrying.put(name, PEOPLE, false)
    expect(await retrying.put(name, PEOPLE, false)).toMatchObject({ overlapped: false })
  })
})

describe('an empty list', () => {
  test('is put as it is where the service takes it', async () => {
    await store.put(name, PEOPLE, false)
    await store.put(name, [], false)
    time += 20
    expect(q.store.members(name)).toEqual([])
  })

  test('is put as one address that nobody can have where the service refuses it, from then on at once', async () => {
    q.switches.emptyList = 'refused'
    await store.put(name, PEOPLE, false)
    for (let round = 0; round < 2; round++)
      expect(await store.put(name, [], false)).toMatchObject({ overlapped: false })
    time += 20
    expect(q.store.members(name)).toEqual([NOBODY])
    expect(puts().map(({ members }) => members)).toEqual([PEOPLE, [], [NOBODY], [NOBODY]])
  })

  test('is put as that address at once where an empty one has FAILED under this name', async () => {
    await store.put(name, [], true)
    await store.put(name, PEOPLE, true)
    await store.put(name, [], false)
    expect(puts().map(({ members }) => members)).toEqual([[NOBODY], PEOPLE, []])
  })

  test.each([
    ['ThrottlingException', 'throttled'],
    ['InternalServerException', 'unknown'],
    ['ServiceQuotaExceededException', 'quota'],
  ] as const)('that is answered %s is %s: nothing else is put for it', async (error, kind) => {
    q.faults.add({ operation: 'PutGroup', kind: 'answer', error })
    expect(await kindOf(store.put(name, [], false))).toBe(kind)
    expect(puts()).toHaveLength(1)
  })

  test('under a name that the service does not take is refused', async () => {
    expect(await kindOf(store.put('a\nb', [], false))).toBe('refused')
  })
})

describe('the status of a group', () => {
  test('has what GetGroup shows, its newest time and how many statuses there were', async () => {
    expect(await store.status(name)).toBeNull()
    const putAt = time
    await store.put(name, PEOPLE, false)
    expect(await store.status(name)).toEqual({ status: 'PROCESSING', at: putAt, entries: 1 })
    time += 20
    expect(await store.status(name)).toEqual({ status: 'SUCCEEDED', at: putAt + 20, entries: 2 })
  })

  test('says why a put FAILED', async () => {
    const detail = { errorCode: 'InvalidRequest', errorMessage: 'no such member' } as const
    q.faults.add({ operation: 'PutGroup', kind: 'fail-later', detail })
    await store.put(name, PEOPLE, false)
    time += 20
    expect(await store.status(name)).toMatchObject({ status: 'FAILED', ...detail })
  })

  test('is the old one for a while, and null until it is shown at all', async () => {
    q.switches.staleStatusMs = 1_000
    await store.put(name, PEOPLE, false)
    expect(await store.status(name)).toBeNull()
    time += 1_000
    expect((await store.status(name))?.status).toBe('SUCCEEDED')
  })

  test.each(['ThrottlingException', 'InternalServerException', 'AccessDeniedException'] as const)(
    'that is answered %s is an error, never taken for no group',
    async (error) => {
      q.faults.add({ operation: 'GetGroup', kind: 'answer', error })
      await expect(store.status(name)).rejects.toMatchObject({ name: error })
    },
  )

  test('without an answer is an error', async () => {
    q.faults.add({ operation: 'GetGroup', kind: 'hang' })
    await expect(storeBy(1, 50).status(name)).rejects.toThrow()
  })
})

describe('a deletion', () => {
  test('ends the group, and one of a group that is not there is none', async () => {
    await store.put(name, PEOPLE, false)
    await store.delete(name)
    expect((await store.status(name))?.status).toBe('DELETING')
    time += 20
    expect(await store.status(name)).toBeNull()
    await store.delete(name)
  })

  test('that has no answer is an error', async () => {
    q.faults.add({ operation: 'DeleteGroup', kind: 'answer', error: 'InternalServerException' })
    await expect(store.delete(name)).rejects.toMatchObject({ name: 'InternalServerException' })
  })
})
