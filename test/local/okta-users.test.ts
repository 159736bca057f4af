import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { administrator, allOf, call } from './okta-client.ts'

let okta: Okta
beforeAll(async () => {
  okta = await startOkta()
})
afterAll(() => okta.close())

const profileOf = (name: string) => ({
  firstName: name,
  lastName: 'Example',
  login: `${name}@example.com`,
  email: `${name}@example.com`,
})
const step = (id: string, operation: string) =>
  call(okta, 'POST', `/api/v1/users/${id}/lifecycle/${operation}?sendEmail=false`)
const eventsSince = (place: number) => okta.org.log.entries.slice(place).map(({ event }) => event)

test('a user begins as STAGED, PROVISIONED or ACTIVE', async () => {
  const { id: groupId } = okta.org.createGroup({ name: 'Starters' })
  const create = async (name: string, query: string, more = {}) =>
    (await call(okta, 'POST', `/api/v1/users${query}`, { profile: profileOf(name), ...more })).body
  const staged = await create('staged', '?activate=false')
  expect(staged.status).toBe('STAGED')
  expect((await create('provisioned', '')).status).toBe('PROVISIONED')
  const active = await create('active', '?activate=true', {
    credentials: { password: { value: 'correct horse' } },
    groupIds: [groupId],
  })
  expect(active).toMatchObject({ status: 'ACTIVE', credentials: { provider: { type: 'OKTA', name: 'OKTA' } } })
  expect(JSON.stringify(active)).not.toContain('correct horse')
  expect(okta.org.memberIds(groupId)).toEqual([active.id])
  expect((await step(staged.id, 'activate')).body).toMatchObject({ activationToken: expect.any(String) })
  expect(okta.org.changeUser(staged.id, 'set_password').status).toBe('ACTIVE')
})

test('a login is unique without regard to case, and found by', async () => {
  const { id } = okta.org.createUser('Unique@example.com')
  const again = await call(okta, 'POST', '/api/v1/users', { profile: profileOf('unique') })
  expect(again).toMatchObject({ status: 400, body: { errorSummary: 'Api validation failed: login' } })
  expect((await call(okta, 'GET', '/api/v1/users/unique%40example.com')).body.id).toBe(id)
  okta.org.updateUser(id, { login: 'other@example.com' })
  expect((await call(okta, 'GET', '/api/v1/users/unique@example.com')).status).toBe(404)
  expect((await call(okta, 'POST', '/api/v1/users', { profile: profileOf('unique') })).status).toBe(200)
  for (const missing of ['login', 'email', 'firstName', 'lastName'])
    expect(
      await call(okta, 'POST', '/api/v1/users', { profile: { ...profileOf('missing'), [missing]: undefined } }),
    ).toMatchObject({
      status: 400,
      body: { errorCauses: [{ errorSummary: `${missing}: The field cannot be left blank` }] },
    })
  for (const wrong of [{ login: 'x' }, { email: 'no address' }, { firstName: 7 }])
    expect((await call(okta, 'POST', '/api/v1/users', { profile: { ...profileOf('wrong'), ...wrong } })).status).toBe(
      400,
    )
})

test('an update says which attributes changed, and not what to', async () => {
  const user = okta.org.createUser('change@example.com')
  const place = okta.org.log.entries.length
  const client = administrator(okta)
  await client.userApi.updateUser({
    userId: user.id,
    user: { profile: { email: 'new@example.com', login: 'changed@example.com' } },
  })
  await client.userApi.updateUser({ userId: user.id, user: { profile: { email: 'new@example.com' } } })
  const replaced = await call(okta, 'PUT', `/api/v1/users/${user.id}`, {
    profile: { ...profileOf('replaced'), title: 'Dr' },
  })
  expect(replaced.body.profile.title).toBe('Dr')
  const events = eventsSince(place)
  expect(events.map(({ eventType, debugContext }) => [eventType, debugContext.debugData['changedAttributes']])).toEqual(
    [
      ['user.account.update_profile', 'email,login'],
      ['user.account.update_profile', 'email,firstName,login,title'],
    ],
  )
  expect(JSON.stringify(events[0])).not.toContain('new@example.com')
  expect(events[0]!.target![0]).toMatchObject({ type: 'User', alternateId: 'changed@example.com' })
  expect(events[0]!.actor.alternateId).toBe('admin@example.com')
})

test('a status allows its steps and refuses the others', async () => {
  const { id } = okta.org.createUser('steps@example.com')
  const { id: groupId } = okta.org.createGroup({ name: 'Stays' })
  okta.org.addMember(groupId, id)
  const refusals = async (steps: Record<string, [number, string]>) => {
    for (const [operation, [status, errorCode]] of Object.entries(steps))
      expect(await step(id, operation), operation).toMatchObject({ status, body: { errorCode } })
  }
  await refusals({
    activate: [403, 'E0000016'],
    unlock: [403, 'E0000032'],
    unsuspend: [400, 'E0000001'],
    reactivate: [403, 'E0000038'],
  })
  const place = okta.org.log.entries.length
  const statuses = []
  for (const operation of ['suspend', 'unsuspend', 'expire_password', 'reset_password', 'reactivate', 'deactivate']) {
    expect((await step(id, operation)).status, operation).toBe(200)
    statuses.push(okta.org.users.get(id).status)
  }
  expect(statuses).toEqual(['SUSPENDED', 'ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY', 'PROVISIONED', 'DEPROVISIONED'])
  expect(okta.org.memberIds(groupId)).toEqual([id])
  await refusals({ deactivate: [403, 'E0000038'], suspend: [400, 'E0000001'], expire_password: [403, 'E0000038'] })
  expect(await call(okta, 'POST', `/api/v1/users/${id}`, { profile: { title: 'x' } })).toMatchObject({ status: 403 })
  expect((await step(id, 'activate')).status).toBe(200)
  expect(okta.org.users.get(id).status).toBe('PROVISIONED')
  okta.org.changeUser(id, 'set_password')
  expect(okta.org.changeUser(id, 'lock').status).toBe('LOCKED_OUT')
  expect((await step(id, 'unlock')).status).toBe(200)
  expect(okta.org.changeUser(id, 'password_expires').status).toBe('PASSWORD_EXPIRED')
  okta.org.changeUser(id, 'set_password')
  expect(okta.org.changeUser(id, 'recover').status).toBe('RECOVERY')
  expect(eventsSince(place).map(({ eventType }) => eventType)).toEqual([
    'user.lifecycle.suspend',
    'user.lifecycle.unsuspend',
    'user.account.expire_password',
    'user.account.reset_password',
    'user.lifecycle.reactivate',
    'user.lifecycle.deactivate',
    'user.lifecycle.activate',
    'user.account.update_password',
    'user.account.lock',
    'user.account.unlock_by_admin',
    'user.account.expire_password',
    'user.account.update_password',
    'user.account.reset_password',
  ])
})

test('deleting deactivates first, and then takes the memberships along', async () => {
  const { id } = okta.org.createUser('gone@example.com')
  const { id: groupId } = okta.org.createGroup({ name: 'Left behind' })
  okta.org.addMember(groupId, id)
  const place = okta.org.log.entries.length
  expect((await call(okta, 'DELETE', `/api/v1/users/${id}`)).status).toBe(204)
  expect(okta.org.users.get(id).status).toBe('DEPROVISIONED')
  expect(okta.org.memberIds(groupId)).toEqual([id])
  expect((await call(okta, 'DELETE', `/api/v1/users/${id}`)).status).toBe(204)
  expect((await call(okta, 'GET', `/api/v1/users/${id}`)).status).toBe(404)
  expect((await call(okta, 'GET', `/api/v1/groups/${groupId}/users`)).body).toEqual([])
  expect(eventsSince(place).map(({ eventType }) => eventType)).toEqual([
    'user.lifecycle.deactivate',
    'user.lifecycle.delete.initiated',
    'user.lifecycle.delete.completed',
  ])
  expect(okta.org.createUser('gone@example.com').id).not.toBe(id)
})

test('lists leave deactivated users out unless a filter asks for them', async () => {
  const { id } = okta.org.createUser('left@example.com')
  okta.org.changeUser(id, 'deactivate')
  const client = administrator(okta)
  const plain = await allOf(client.userApi.listUsers({ limit: 2 }))
  expect(plain.length).toBeGreaterThan(4)
  expect(plain.some((user) => user.status === 'DEPROVISIONED')).toBe(false)
  const idsOf = async (query: Record<string, string>) =>
    (await call(okta, 'GET', `/api/v1/users?${new URLSearchParams(query)}`)).body.map((user: { id: string }) => user.id)
  expect(await idsOf({ filter: 'status eq "DEPROVISIONED"' })).toContain(id)
  expect(await idsOf({ search: 'profile.login eq "LEFT@example.com"' })).toEqual([id])
  expect(await idsOf({ q: 'left' })).toEqual([])
  expect((await call(okta, 'GET', '/api/v1/users?limit=201')).status).toBe(400)
  expect((await call(okta, 'GET', '/api/v1/users?filter=nickName%20eq%20%22x%22')).status).toBe(400)
})

test('a user’s groups come by pages', async () => {
  const { id } = okta.org.createUser('many@example.com')
  okta.org.quietly(() => {
    for (let index = 0; index < 205; index++) okta.org.addMember(okta.org.createGroup({ name: `Many ${index}` }).id, id)
  })
  okta.requests.reset()
  expect((await allOf(administrator(okta).userApi.listUserGroups({ userId: id }))).length).toBe(206)
  expect(okta.requests.count('GET', '/api/v1/users/{id}/groups')).toBe(2)
})

test('a new primary address of the user’s own tells only an event that no hook gets', () => {
  const { id } = okta.org.createUser('self@example.com')
  const place = okta.org.log.entries.length
  expect(okta.org.updatePrimaryEmail(id, 'own@example.com').profile.email).toBe('own@example.com')
  expect(eventsSince(place).map(({ eventType }) => eventType)).toEqual(['user.account.update_primary_email'])
})
