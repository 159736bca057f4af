import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { askOkta } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'

let okta: Okta

beforeEach(async () => {
  okta = await startOkta({ dpop: 'required' })
})
afterEach(() => okta.close())

const directory = () => {
  const { url, clientId, privateKey } = okta
  return directoryIn(askOkta(url, { clientId, privateKey }, 10_000), 'email')
}

test('where Okta demands a proof of possession, every page has one of its own', async () => {
  const group = okta.org.createGroup({ name: 'core-team' })
  for (let index = 0; index < 250; index++)
    okta.org.addMember(group.id, okta.org.createUser(`p${index}@example.com`).id)
  expect((await directory().group(group.id)).group?.name).toBe('core-team')
  expect(await directory().members(group.id)).toHaveLength(250)
  expect(await directory().usersCount(group.id)).toBe(250)
})

test('a request that is tried again after a 429 has a new proof', async () => {
  const group = okta.org.createGroup({ name: 'core-team' })
  okta.faults.next({ answer: 429, resetInSeconds: 0, path: new RegExp(`groups/${group.id}$`) })
  expect((await directory().group(group.id)).group?.name).toBe('core-team')
})

test('a token that has been revoked is asked for anew', async () => {
  const group = okta.org.createGroup({ name: 'core-team' })
  const one = directory()
  await one.group(group.id)
  okta.tokens.revoke()
  expect((await one.group(group.id)).group?.name).toBe('core-team')
})
