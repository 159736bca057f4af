import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { MINUTE } from '../support/time.ts'
import { administrator, allOf, call, nextOf } from './okta-client.ts'

let okta: Okta
let ahead = 0
let groupId: string
let userIds: string[]
beforeAll(async () => {
  okta = await startOkta({ now: () => Date.now() + ahead })
  groupId = okta.org.createGroup({ name: 'Faulty' }).id
  userIds = Array.from({ length: 6 }, (_, index) => okta.org.createUser(`u${index}@example.com`).id).sort()
  for (const id of userIds) okta.org.addMember(groupId, id)
  ahead += 1000
})
beforeEach(() => okta.faults.reset())
afterAll(() => okta.close())

const members = (query = '') => call(okta, 'GET', `/api/v1/groups/${groupId}/users${query}`)
const idsIn = (body: { id: string }[]) => body.map(({ id }) => id)

describe('requests', () => {
  test('the next so many that fit are answered wrongly, others rightly', async () => {
    okta.faults.next({ answer: 503, times: 2, method: 'GET', path: /users/ })
    expect((await call(okta, 'GET', '/api/v1/groups')).status).toBe(200)
    expect((await members()).status).toBe(503)
    expect(await members()).toMatchObject({ status: 503, body: { errorCode: 'E0000010' } })
    expect((await members()).status).toBe(200)
    okta.faults.next({ answer: 500, path: 'users', skip: 1 })
    expect((await members()).status).toBe(200)
    expect(okta.faults.requests.left).toBe(1)
    expect(await members()).toMatchObject({ status: 500, body: { errorCode: 'E0000009' } })
  })

  test('a 429 says when the bucket is full again', async () => {
    okta.faults.next({ answer: 429, resetInSeconds: 7 })
    const { status, headers, body } = await members()
    expect([status, body.errorCode, headers.get('x-rate-limit-remaining')]).toEqual([429, 'E0000047', '0'])
    const date = Date.parse(headers.get('date')!) / 1000
    expect(Number(headers.get('x-rate-limit-reset')) - date).toBe(7)
  })

  test('a connection ends in the middle of the body, or nothing comes at all', async () => {
    okta.faults.next({ answer: 'cut' })
    await expect(members()).rejects.toThrow()
    okta.faults.next({ answer: 'silence' })
    const silent = fetch(`${okta.url}/api/v1/groups`, { signal: AbortSignal.timeout(50) })
    await expect(silent).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('an answer stops in the middle, and never ends', async () => {
    okta.faults.next({ answer: 'endless' })
    const response = await fetch(`${okta.url}/api/v1/groups`, {
      headers: { authorization: `SSWS ${okta.token}` },
      signal: AbortSignal.timeout(100),
    })
    expect(response.status).toBe(200)
    const { value } = await response.body!.getReader().read()
    expect(value?.length).toBe(Number(response.headers.get('content-length')) >> 1)
    okta.faults.next({ answer: 'endless' })
    const stalled = fetch(`${okta.url}/.well-known/okta-organization`, { signal: AbortSignal.timeout(50) })
    await expect(stalled.then((answer) => answer.text())).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('a late answer shows how it was when it was asked for', async () => {
    const { id } = okta.org.createGroup({ name: 'Slow' })
    okta.faults.next({ answer: 'late', ms: 30 })
    okta.requests.reset()
    const slow = call(okta, 'GET', `/api/v1/groups/${id}/users`)
    await expect.poll(() => okta.requests.count()).toBe(1)
    await call(okta, 'PUT', `/api/v1/groups/${id}/users/${userIds[0]}`)
    expect((await slow).body).toEqual([])
  })

  test('a list ends too early', async () => {
    okta.faults.next({ answer: 'truncated' })
    const cut = await members('?limit=4')
    expect([cut.body.length, nextOf(cut.headers)]).toEqual([4, undefined])
    okta.faults.next({ answer: 'truncated', keep: 1 })
    expect((await members()).body).toHaveLength(1)
  })

  test('an empty page leads to the page that was asked for, and the SDK gives null for it', async () => {
    okta.faults.next({ answer: 'empty-page', skip: 1 })
    const collection = await administrator(okta).groupApi.listGroupUsers({ groupId, limit: 3 })
    const seen: (string | null)[] = []
    for await (const user of collection) seen.push(user === null ? null : user.id!)
    expect(seen.filter((id) => id !== null)).toEqual(userIds)
    expect(seen).toContain(null)
    okta.faults.next({ answer: 'empty-page' })
    const first = await members('?limit=3')
    expect(first.body).toEqual([])
    expect(nextOf(first.headers)).not.toBe(`${okta.url}/api/v1/groups/${groupId}/users?limit=3`)
  })

  test('a page comes twice', async () => {
    okta.faults.next({ answer: 'repeated-page' })
    const all = await allOf(administrator(okta).groupApi.listGroupUsers({ groupId, limit: 4 }))
    expect(all.map(({ id }) => id)).toEqual([...userIds.slice(0, 4), ...userIds])
  })

  test('what only lists can have waits for one', async () => {
    okta.faults.next({ answer: 'truncated', keep: 0 })
    expect((await call(okta, 'GET', `/api/v1/groups/${groupId}`)).body.id).toBe(groupId)
    expect((await members()).body).toEqual([])
  })
})

describe('lag', () => {
  const name = async () => (await call(okta, 'GET', `/api/v1/groups/${groupId}`)).body.profile.name
  const found = async (query: object) =>
    (await call(okta, 'GET', `/api/v1/groups?${new URLSearchParams({ ...query })}`)).body[0]

  test('each store shows how it was so long ago', async () => {
    const leaver = userIds[0]!
    ahead += 2 * MINUTE
    okta.org.replaceGroup(groupId, { name: 'Renamed' })
    okta.org.removeMember(groupId, leaver)
    okta.org.changeUser(userIds[1]!, 'suspend')
    for (const store of ['groups', 'members', 'counts', 'search', 'users'] as const) okta.faults.lag[store] = MINUTE
    const filter = { filter: `id eq "${groupId}"`, expand: 'stats' }
    expect(await name()).toBe('Faulty')
    expect(idsIn((await members()).body)).toEqual(userIds)
    expect((await members()).body[1].status).toBe('ACTIVE')
    expect((await found(filter))._embedded.stats.usersCount).toBe(6)
    expect(await found({ search: 'profile.name eq "Renamed"' })).toBeUndefined()
    expect((await call(okta, 'GET', `/api/v1/users/${userIds[1]}`)).body.status).toBe('ACTIVE')
    expect(idsIn((await call(okta, 'GET', `/api/v1/users/${leaver}/groups`)).body)).toContain(groupId)

    Object.assign(okta.faults.lag, { groups: 0, members: 0 })
    expect(await name()).toBe('Renamed')
    expect(idsIn((await members()).body)).toEqual(userIds.slice(1))
    expect(idsIn((await call(okta, 'GET', `/api/v1/users/${leaver}/groups`)).body)).not.toContain(groupId)
    expect((await found(filter))._embedded.stats.usersCount).toBe(6)
    ahead += MINUTE
    expect((await found(filter))._embedded.stats.usersCount).toBe(5)
    expect((await found({ search: 'profile.name eq "Renamed"' })).id).toBe(groupId)
    okta.org.addMember(groupId, leaver)
  })

  test('what was made is not there yet, and what was deleted still is', async () => {
    ahead += 2 * MINUTE
    okta.faults.lag.groups = MINUTE
    const { id } = okta.org.createGroup({ name: 'Brand new' })
    const status = async () => (await call(okta, 'GET', `/api/v1/groups/${id}`)).status
    expect(await status()).toBe(404)
    ahead += MINUTE
    expect(await status()).toBe(200)
    okta.org.deleteGroup(id)
    expect(await status()).toBe(200)
    ahead += MINUTE
    expect(await status()).toBe(404)
  })
})

test('a role sees some groups only, in lists, by id, and of a user', async () => {
  const hidden = okta.org.createGroup({ name: 'Hidden' })
  okta.org.addMember(hidden.id, userIds[0]!)
  okta.faults.sees = [groupId]
  expect(idsIn((await call(okta, 'GET', '/api/v1/groups')).body)).toEqual([groupId])
  for (const path of ['', '/users'])
    expect((await call(okta, 'GET', `/api/v1/groups/${hidden.id}${path}`)).status).toBe(404)
  expect(idsIn((await call(okta, 'GET', `/api/v1/users/${userIds[0]}/groups`)).body)).toEqual([groupId])
  const user = { profile: { firstName: 'N', lastName: 'E', login: 'new@example.com', email: 'new@example.com' } }
  expect((await call(okta, 'POST', '/api/v1/users', { ...user, groupIds: [hidden.id] })).status).toBe(404)
  okta.faults.unseenById = 'forbidden'
  for (const path of ['', '/users'])
    expect(await call(okta, 'GET', `/api/v1/groups/${hidden.id}${path}`)).toMatchObject({
      status: 403,
      body: { errorCode: 'E0000006' },
    })
  Object.assign(okta.faults, { unseenById: 'not-found', sees: ({ type }: { type: string }) => type === 'OKTA_GROUP' })
  expect((await call(okta, 'GET', `/api/v1/groups/${hidden.id}`)).status).toBe(200)
  expect((await call(okta, 'GET', `/api/v1/groups/${okta.org.state.everyoneId}`)).status).toBe(404)
})

test('rate limits count by bucket and minute, and are enforced when told', async () => {
  ahead += 60_000
  const first = await members()
  const left = Number(first.headers.get('x-rate-limit-remaining'))
  expect(first.headers.get('x-rate-limit-limit')).toBe('500')
  expect(Number((await members()).headers.get('x-rate-limit-remaining'))).toBe(left - 1)
  ahead += 60_000
  okta.faults.rateLimits = { enforced: true, perMinute: { members: 1 }, concurrent: 0 }
  expect([(await members()).status, (await members()).status]).toEqual([200, 429])
  expect((await call(okta, 'GET', '/api/v1/groups')).status).toBe(200)
  ahead += 60_000
  expect((await members()).status).toBe(200)
})

test('too many requests at once are refused with 0 of 0', async () => {
  okta.faults.rateLimits.concurrent = 1
  okta.faults.next({ answer: 'late', ms: 1_000 })
  okta.requests.reset()
  const slow = members()
  await expect.poll(() => okta.requests.count()).toBe(1)
  const refused = await members()
  expect([refused.status, refused.body.errorCode]).toEqual([429, 'E0000047'])
  expect(['limit', 'remaining'].map((name) => refused.headers.get(`x-rate-limit-${name}`))).toEqual(['0', '0'])
  expect((await slow).status).toBe(200)
})
