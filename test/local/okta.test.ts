import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { administrator, allOf, call, nextOf, serviceApp } from './okta-client.ts'

let okta: Okta
let ahead = 0
beforeAll(async () => {
  okta = await startOkta({ now: () => Date.now() + ahead })
})
afterAll(() => okta.close())

const ada = { firstName: 'Ada', lastName: 'Example', email: 'ada@example.com', login: 'ada@example.com' }
const target = (query: object) => `/api/v1/groups?${new URLSearchParams({ ...query })}`

test('the SDK makes a group and a user, puts one in the other, and reads both back', async () => {
  const client = administrator(okta)
  const group = await client.groupApi.createGroup({ group: { profile: { name: 'First', description: 'Builds' } } })
  const body = { profile: ada, credentials: { password: { value: 'correct horse battery' } } }
  const user = await client.userApi.createUser({ body, activate: true })
  expect(user.status).toBe('ACTIVE')
  await client.groupApi.assignUserToGroup({ groupId: group.id!, userId: user.id! })

  const app = serviceApp(okta)
  expect((await app.groupApi.getGroup({ groupId: group.id! })).profile!.name).toBe('First')
  const members = await allOf(app.groupApi.listGroupUsers({ groupId: group.id! }))
  expect(members.map(({ profile }) => profile!.login)).toEqual(['ada@example.com'])
  const groups = await allOf(app.userApi.listUserGroups({ userId: user.id! }))
  expect(groups.map(({ profile }) => profile!.name).sort()).toEqual(['Everyone', 'First'])

  await client.groupApi.unassignUserFromGroup({ groupId: group.id!, userId: user.id! })
  expect(await allOf(app.groupApi.listGroupUsers({ groupId: group.id! }))).toEqual([])
  await client.groupApi.replaceGroup({ groupId: group.id!, group: { profile: { name: 'Renamed' } } })
  await client.groupApi.deleteGroup({ groupId: group.id! })
  await expect(app.groupApi.getGroup({ groupId: group.id! })).rejects.toMatchObject({
    status: 404,
    errorCode: 'E0000007',
  })

  const events = await allOf(app.systemLogApi.listLogEvents({ until: new Date(Date.now() + 1000).toISOString() }))
  expect(events.map(({ eventType }) => eventType)).toEqual([
    'group.lifecycle.create',
    'user.lifecycle.create',
    'user.lifecycle.activate',
    'group.user_membership.add',
    'group.user_membership.remove',
    'group.profile.update',
    'group.lifecycle.delete',
  ])
  expect(events[3]!.target!.map(({ type, id }) => [type, id])).toEqual([
    ['User', user.id],
    ['UserGroup', group.id],
  ])
})

describe('groups', () => {
  test('a name must be given, and is unique among OKTA_GROUPs only', async () => {
    okta.org.createGroup({ name: 'Taken' })
    const again = await call(okta, 'POST', '/api/v1/groups', { profile: { name: 'Taken' } })
    expect(again.status).toBe(400)
    expect(again.body).toMatchObject({
      errorCode: 'E0000001',
      errorLink: 'E0000001',
      errorSummary: 'Api validation failed: name',
      errorCauses: [{ errorSummary: 'name: An object with this field already exists in the current organization' }],
    })
    expect(again.body.errorId).toMatch(/^oae/)
    expect((await call(okta, 'POST', '/api/v1/groups', { profile: {} })).status).toBe(400)
    expect((await call(okta, 'POST', '/api/v1/groups', { profile: { name: 'x'.repeat(256) } })).status).toBe(400)

    const imported = okta.org.importGroup({ name: 'Taken' })
    const { body } = await call(okta, 'GET', target({ search: 'profile.name eq "taken"' }))
    expect(body.map((group: { type: string }) => group.type).sort()).toEqual(['APP_GROUP', 'OKTA_GROUP'])
    okta.org.deleteImportedGroup(imported.id)
  })

  test('a name given up may be taken by another', () => {
    const [one, two] = [okta.org.createGroup({ name: 'One' }), okta.org.createGroup({ name: 'Two' })]
    okta.org.replaceGroup(one.id, { name: 'Three' })
    okta.org.replaceGroup(two.id, { name: 'One' })
    okta.org.replaceGroup(one.id, { name: 'Two' })
    okta.org.deleteGroup(two.id)
    expect(okta.org.createGroup({ name: 'One' }).id).not.toBe(two.id)
  })

  test('imported and built-in groups may not be changed', async () => {
    const user = okta.org.createUser('imported@example.com')
    const { id } = okta.org.importGroup({ name: 'Imported' })
    okta.org.importMember(id, user.id)
    for (const groupId of [id, okta.org.state.everyoneId]) {
      const changes = [
        call(okta, 'PUT', `/api/v1/groups/${groupId}`, { profile: { name: 'Other' } }),
        call(okta, 'DELETE', `/api/v1/groups/${groupId}/users/${user.id}`),
        call(okta, 'PUT', `/api/v1/groups/${groupId}/users/${user.id}`),
      ]
      for (const { status, body } of await Promise.all(changes))
        expect([status, body.errorCode]).toEqual([403, 'E0000006'])
    }
    expect((await call(okta, 'DELETE', `/api/v1/groups/${okta.org.state.everyoneId}`)).status).toBe(403)
    expect((await call(okta, 'DELETE', `/api/v1/groups/${id}`)).status).toBe(204)
  })

  test('imports move lastMembershipUpdated unless told not to, and tell their own events', async () => {
    const user = okta.org.createUser('quiet@example.com')
    const { id } = okta.org.importGroup({ name: 'From the directory' })
    const stamp = async () => (await call(okta, 'GET', `/api/v1/groups/${id}`)).body.lastMembershipUpdated
    const before = await stamp()
    ahead += 1000
    okta.org.importMember(id, user.id, { stamped: false })
    expect(await stamp()).toBe(before)
    okta.org.removeImportedMember(id, user.id)
    expect(await stamp()).not.toBe(before)
    okta.org.completeImport()
    const told = okta.org.log.entries.slice(-3).map(({ event }) => event)
    expect(told.map(({ eventType }) => eventType)).toEqual([
      'app.user_management',
      'app.user_management',
      'system.import.complete',
    ])
    expect(told[0]!.target!.map(({ type }) => type)).toEqual(['AppInstance', 'User', 'UserGroup'])
  })

  test('filters, search, q and stats', async () => {
    const { id } = okta.org.createGroup({ name: 'Filtered' })
    const old = okta.org.createUser('old@example.com')
    okta.org.addMember(id, old.id)
    okta.org.changeUser(old.id, 'deactivate')
    const names = async (query: Record<string, string>) =>
      (await call(okta, 'GET', target(query))).body.map((group: { profile: { name: string } }) => group.profile.name)
    expect(await names({ filter: `id eq "${id}"` })).toEqual(['Filtered'])
    expect(await names({ filter: 'type eq "BUILT_IN" or type eq "APP_GROUP"' })).toContain('Everyone')
    expect(await names({ filter: 'type eq "OKTA_GROUP" and (lastUpdated gt "2000-01-01T00:00:00.000Z")' })).toContain(
      'Filtered',
    )
    expect(await names({ filter: 'lastMembershipUpdated gt "2100-01-01T00:00:00.000Z"' })).toEqual([])
    expect(await names({ search: 'profile.name sw "filt"' })).toEqual(['Filtered'])
    expect(await names({ q: 'filt' })).toEqual(['Filtered'])
    const stats = async () =>
      (await call(okta, 'GET', target({ filter: `id eq "${id}"`, expand: 'stats' }))).body[0]._embedded.stats.usersCount
    expect(await stats()).toBe(1)
    okta.faults.countsDeprovisioned = false
    expect(await stats()).toBe(0)
    okta.faults.reset()
    for (const query of [
      { filter: 'profile.name eq "x"' },
      { filter: 'id eq x' },
      { filter: 'id co "x"' },
      { filter: 'id eq "x" or' },
      { filter: '(id eq "x"' },
      { filter: 'id eq "x" type eq "y"' },
      { filter: 'constructor eq "x"' },
      { filter: 'lastUpdated gt "soon"' },
      { limit: '0' },
      { limit: '10001' },
      { sortBy: 'profile.name' },
    ])
      expect(await call(okta, 'GET', target(query)), JSON.stringify(query)).toMatchObject({
        status: 400,
        body: { errorCode: 'E0000001' },
      })
    expect(await call(okta, 'GET', target({ q: 'a', filter: 'id eq "x"' }))).toMatchObject({ status: 400 })
    expect(await call(okta, 'GET', target({ after: 'forged' }))).toMatchObject({ body: { errorCode: 'E0000029' } })
  })

  test('pages follow the Link header, to the end and no further', async () => {
    const made = Array.from({ length: 7 }, (_, index) => okta.org.createGroup({ name: `Page ${6 - index}` }).id)
    const ids = await allOf(
      serviceApp(okta).groupApi.listGroups({ filter: made.map((id) => `id eq "${id}"`).join(' or '), limit: 3 }),
    )
    expect(ids.map(({ id }) => id)).toEqual(made.toSorted())
    const sorted = await call(
      okta,
      'GET',
      target({ search: 'profile.name sw "Page"', sortBy: 'profile.name', limit: '4' }),
    )
    const rest = await call(okta, 'GET', nextOf(sorted.headers)!.slice(okta.url.length))
    expect([...sorted.body, ...rest.body].map(({ profile }) => profile.name)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((n) => `Page ${n}`),
    )
    expect(nextOf(rest.headers)).toBeUndefined()
    expect(sorted.headers.get('link')).toContain('rel="self"')
  })
})

describe('members', () => {
  test('deactivated users are there, pages end, and no one is lost when another leaves between two pages', async () => {
    const { id } = okta.org.createGroup({ name: 'Large' })
    const users = Array.from({ length: 25 }, (_, index) => okta.org.createUser(`user${index}@example.com`).id).sort()
    okta.org.quietly(() => {
      for (const user of users) okta.org.addMember(id, user)
    })
    okta.org.changeUser(users[3]!, 'deactivate')
    okta.requests.reset()
    const members = await allOf(serviceApp(okta).groupApi.listGroupUsers({ groupId: id, limit: 10 }))
    expect(members.map((user) => user.id)).toEqual(users)
    expect(members[3]!.status).toBe('DEPROVISIONED')
    expect(okta.requests.count('GET', '/api/v1/groups/{groupId}/users')).toBe(3)
    expect(okta.requests.count('GET', /after=/)).toBe(2)

    const first = await call(okta, 'GET', `/api/v1/groups/${id}/users?limit=10`)
    okta.org.removeMember(id, users[2]!)
    const second = await call(okta, 'GET', nextOf(first.headers)!.slice(okta.url.length))
    expect(second.body[0].id).toBe(users[10])
  })

  test('joining twice and leaving twice are quiet, and unknown ones are not found', async () => {
    const { id } = okta.org.createGroup({ name: 'Twice' })
    const user = okta.org.createUser('twice@example.com').id
    const before = okta.org.log.entries.length
    for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE'])
      expect((await call(okta, method, `/api/v1/groups/${id}/users/${user}`)).status).toBe(204)
    expect(okta.org.log.entries.slice(before).map(({ event }) => event.eventType)).toEqual([
      'group.user_membership.add',
      'group.user_membership.remove',
    ])
    for (const path of [`00gNone/users/${user}`, `${id}/users/00uNone`])
      expect(await call(okta, 'PUT', `/api/v1/groups/${path}`)).toMatchObject({
        status: 404,
        body: { errorCode: 'E0000007' },
      })
    expect((await call(okta, 'GET', '/api/v1/groups/00gNone/users')).body.errorSummary).toBe(
      'Not found: Resource not found: 00gNone (UserGroup)',
    )
    for (const limit of ['1001', 'x', '-1'])
      expect((await call(okta, 'GET', `/api/v1/groups/${id}/users?limit=${limit}`)).status).toBe(400)
  })
})

test('what is not there, not allowed or not well-formed is answered as Okta does', async () => {
  expect(await call(okta, 'GET', '/api/v1/none')).toMatchObject({ status: 404 })
  expect(await call(okta, 'GET', '//api/v1/groups')).toMatchObject({ status: 404 })
  expect(await call(okta, 'PATCH', '/api/v1/groups')).toMatchObject({ status: 405, body: { errorCode: 'E0000022' } })
  expect(await call(okta, 'POST', '/api/v1/groups', '{')).toMatchObject({
    status: 400,
    body: { errorCode: 'E0000003' },
  })
  expect(await call(okta, 'GET', '/api/v1/groups', undefined, 'SSWS no')).toMatchObject({
    status: 401,
    body: { errorCode: 'E0000011', errorSummary: 'Invalid token provided' },
  })
})

test('the org says who it is without a token', async () => {
  const response = await fetch(`${okta.url}/.well-known/okta-organization`)
  expect(await response.json()).toMatchObject({
    id: okta.org.id,
    pipeline: 'idx',
    _links: { organization: { href: okta.url } },
  })
  expect(response.headers.get('x-okta-request-id')).toBeTruthy()
})
