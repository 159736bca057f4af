import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { stateOf } from '../support/state.ts'

// The command in the surroundings of the functions; here and there as a person runs it, as a process of its own.
let cloud: TestCloud
const people: string[] = []
const email = (index: number) => `person-${index}@example.com`
const emails = (...indexes: number[]) => indexes.map(email).sort()
const BY = 'arn:aws:iam::000000000000:user/local'

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: { name: { number: 8, fraction: 0.3, floor: 3 } } } })
  for (let index = 0; index < 12; index++) people.push(await cloud.admin.createUser(email(index)))
})
afterAll(() => cloud.close())

/** Changes in Okta that no event tells of. */
async function unheard(change: () => Promise<unknown>): Promise<void> {
  cloud.okta.faults.deliveries.drop = 'all'
  await change()
  await cloud.okta.deliveriesSettled()
  cloud.okta.faults.reset()
}

/** A group of the first twelve, of whom the first five leave at once: they are held. */
async function heldGroup(name: string): Promise<{ group: string; hold: string }> {
  const group = await cloud.groupOf(name, ...people)
  await unheard(() => Promise.all(people.slice(0, 5).map((user) => cloud.admin.leave(group, user))))
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
  const { holds } = await cloud.ledger(name)
  expect(holds).toMatchObject([{ count: 5 }])
  return { group, hold: holds[0]!.id }
}

async function decisions(pk: string): Promise<Record<string, unknown>[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient())
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: cloud.addresses.table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': pk, ':sk': 'DECISION#' },
    }),
  )
  client.destroy()
  return Items
}

const approve = (name: string, hold: string, by = command) =>
  by(['approve', name, '--hold', hold, '--reason', 'the team is split'])

describe('plan', () => {
  test('says that nothing is to be done, and writes nothing, nowhere', async () => {
    await cloud.groupOf('calm', ...people.slice(0, 2))
    const before = await stateOf(cloud)
    const [calls, posts] = [cloud.qbusiness.calls.length, cloud.okta.requests.list.length]
    const { status, stdout, stderr } = await commandProcess(['plan'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Plan of q-group-sync, \d{4}.* UTC\. Nothing was written\.\n\nNothing would be put\. 1 name of 1 group: 1 in step\.\n$/,
    )
    expect(await stateOf(cloud)).toEqual(before)
    expect(cloud.qbusiness.calls.slice(calls)).toEqual([])
    const asked = cloud.okta.requests.list.slice(posts).filter(({ method }) => method !== 'GET')
    expect(asked.map(({ target }) => target)).toEqual(['/oauth2/v1/token'])
  })

  test('says who joins and leaves, what is new, renamed, emptied, refused, adopted and held, and writes nothing', async () => {
    const changed = await cloud.groupOf('changed', ...people.slice(0, 4))
    const renamed = await cloud.groupOf('before', ...people.slice(0, 2))
    const gone = await cloud.groupOf('gone', people[0]!)
    const massive = await cloud.groupOf('massive', ...people)
    cloud.qbusiness.store.putForeign('theirs', ['someone@example.com'])
    await unheard(async () => {
      await cloud.admin.leave(changed, people[0]!)
      await cloud.admin.join(changed, people[9]!)
      await cloud.admin.rename(renamed, 'after')
      await cloud.admin.deleteGroup(gone)
      for (const user of people.slice(0, 6)) await cloud.admin.leave(massive, user)
      await cloud.admin.join(await cloud.admin.createGroup('theirs'), people[1]!)
      await cloud.admin.createGroup('nobody in it')
    })
    const before = await stateOf(cloud)
    const calls = cloud.qbusiness.calls.length
    const text = await command(['plan'])
    expect(text).toMatchObject({ status: 3, stderr: '' })
    expect(text.stdout.replace(/00g\w{17}/g, '00g…').replace(/20\d\d-\d\d-\d\d( \d\d:\d\d UTC)?/g, 'DATE')).toBe(`\
Plan of q-group-sync, DATE. Nothing was written.

before → after                              00g…
  renamed: before is kept in step until DATE

after                                       00g…
  new
  + person-0@example.com
  + person-1@example.com

changed                                     00g…
  + person-9@example.com
  − person-0@example.com

gone                                        no group
  emptied
  no group wants it: to be deleted on DATE
  − person-0@example.com

massive                                     00g…
  would be held: 6 of 12 members would leave this name within a quarter of an hour; the guard lets 8 go, or 30 % beyond 3
  = person-0@example.com
  = person-1@example.com
  = person-2@example.com
  = person-3@example.com
  = person-4@example.com
  = person-5@example.com

nobody in it                                00g…
  new, with nobody in it

theirs                                      00g…
  refused: the user store has a group of this name that was not put by this stage; name it in groups.adopt in the settings to take it over, or rename or delete one of the two

4 names would be put: 3 join, 2 leave; 1 group renamed; 1 emptied; 1 refused; 6 would be held. 8 names of 6 groups: 2 in step.
`)
    const json = JSON.parse((await command(['plan', '--json'])).stdout)
    expect(Object.keys(json)).toEqual(
      'at stopped settings groups names changes renames unread sum summary hasWork'.split(' '),
    )
    expect(json.summary).toEqual({
      ...{ puts: 4, joins: 3, leaves: 2, renames: 1, emptied: 1, deleted: 0, refused: 1, adopted: 0, held: 0 },
      ...{ wouldHold: 6, keptOut: 0, unread: 0, inStep: 2 },
    })
    expect((await command(['plan', '--markdown'])).stdout).toContain('| `changed` | `00g')
    expect(await stateOf(cloud)).toEqual(before)
    expect(new Set(cloud.qbusiness.calls.slice(calls).map(({ operation }) => operation))).toEqual(new Set(['GetGroup']))
  })

  test('names a group that Okta does not give, and leaves what it has as it was', async () => {
    cloud.okta.faults.next({ answer: 500, path: /\/groups\/\w+\/users/, times: 1 })
    const { status, stdout } = await command(['plan'])
    expect(status).toBe(3)
    expect(stdout).toMatch(/✗ [\w ]+ \(00g\w+\) can't be read now: \w+ 500 E0000009/)
    expect(stdout).toContain('1 group not read')
  })

  test('fails where the groups can not be listed', async () => {
    cloud.okta.faults.next({ answer: 500, path: /\/groups\?limit/, times: 1 })
    const { status, stdout, stderr } = await command(['plan'])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('E0000009')
  })
})

describe('held, approve and reject', () => {
  test('a hold is listed with who would lose what, approved once, and kept with who did it and why', async () => {
    const { group, hold } = await heldGroup('Split Team')
    const listed = await commandProcess(['held'])
    expect(listed.status).toBe(3)
    expect(listed.stdout.replace(/since .* UTC/, 'since THEN')).toContain(`\
Split Team  hold ${hold}  ${group}, for less than a minute, since THEN
  5 of 12 members would leave this name within a quarter of an hour; the guard lets 8 go, or 30 % beyond 3
  − person-0@example.com
  − person-1@example.com
  − person-2@example.com
  − person-3@example.com
  − person-4@example.com
  lets these go:  npx q-group-sync approve 'Split Team' --hold ${hold} --reason '…'
  keeps them in:  npx q-group-sync reject 'Split Team' --hold ${hold} --reason '…'
`)
    const approved = await approve('split team', hold, commandProcess)
    expect(approved).toMatchObject({ status: 0, stderr: '' })
    expect(approved.stdout).toContain('5 people of “split team” are let go')
    await cloud.settled()
    expect(cloud.members('Split Team')).toEqual(emails(5, 6, 7, 8, 9, 10, 11))
    expect((await cloud.ledger('Split Team')).holds).toEqual([])
    expect(await decisions('NAME#split team')).toMatchObject([
      { verb: 'approve', hold, count: 5, by: BY, reason: 'the team is split', people: expect.any(String) },
    ])
    const again = await approve('Split Team', hold)
    expect(again).toMatchObject({ status: 1, stdout: '' })
    expect(again.stderr).toMatch(
      /has no hold .*: arn:aws:iam::000000000000:user\/local let its 5 people go at .* \(“the team is split”\); nobody is held in it now\.\n$/,
    )
  })

  test('who is back in Okta stays, and who left besides is judged anew', async () => {
    const { group, hold } = await heldGroup('half back')
    await unheard(async () => {
      await cloud.admin.join(group, people[0]!)
      for (const user of people.slice(5, 9)) await cloud.admin.leave(group, user)
    })
    const { stdout } = await approve('half back', hold)
    expect(stdout).toContain('4 people of “half back” are let go')
    expect(stdout).toContain(`1 person of hold ${hold} not`)
    await cloud.settled()
    expect(cloud.members('half back')).toEqual(emails(0, 5, 6, 7, 8, 9, 10, 11))
    expect((await cloud.ledger('half back')).holds).toMatchObject([{ count: 4, rejected: null }])
  })

  test('while Okta can not be asked nobody is let go', async () => {
    const { group, hold } = await heldGroup('silent')
    cloud.okta.faults.next({ answer: 500, path: new RegExp(`/groups/${group}$`), times: 1 })
    const { status, stderr } = await approve('silent', hold)
    expect(status).toBe(1)
    expect(stderr).toBe(
      `Okta could not be asked who is in group ${group} now: nobody is let go by what was true before; try again.\n`,
    )
    await cloud.settled()
    expect((await cloud.ledger('silent')).holds).toMatchObject([{ id: hold, count: 5 }])
  })

  test('who is kept in by a reject stays through replay and reconcile, until Okta has them in again', async () => {
    const { group, hold } = await heldGroup('kept')
    const rejected = await command(['reject', 'kept', '--hold', hold, '--reason', 'a mistake in Okta'])
    expect(rejected).toMatchObject({ status: 0, stderr: '' })
    expect(rejected.stdout).toContain('5 people of “kept” stay in until Okta has them in again')
    expect((await command(['held'])).stdout).toContain(`kept in by ${BY}`)
    expect(await decisions('NAME#kept')).toMatchObject([
      { verb: 'reject', hold, count: 5, reason: 'a mistake in Okta' },
    ])
    await cloud.invoke('replay', { groups: [group] })
    await cloud.reconcile()
    expect(cloud.members('kept')).toHaveLength(12)
    const twice = await command(['reject', 'kept', '--hold', hold, '--reason', 'a mistake in Okta'])
    expect(twice.status).toBe(1)
    expect(twice.stderr).toMatch(/hold \d+ of “kept” was rejected already, by arn:.* \(“a mistake in Okta”\)\.\n$/i)
    for (const user of people.slice(0, 5)) await cloud.admin.join(group, user)
    await cloud.settled()
    expect((await cloud.ledger('kept')).holds).toEqual([])
    await cloud.admin.leave(group, people[0]!)
    await cloud.settled()
    expect(cloud.members('kept')).toHaveLength(11)
  })

  test.each([
    ['a name that was never put', 'nowhere', '1', /nothing was ever put under the name “nowhere”/i],
    [
      'a hold that never was',
      'Split Team',
      '999',
      /“Split Team” has no hold 999: there was none.*; nobody is held in it now/,
    ],
    ['another hold than the name has', 'half back', '999', /; it has now hold \d+ with 4 people\.\n$/],
  ])('an approval for %s is refused, and says what stands now', async (_, name, hold, told) => {
    const before = await cloud.ledger(name)
    const { status, stdout, stderr } = await approve(name, hold)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(told)
    expect(await cloud.ledger(name)).toEqual(before)
  })

  test('a hold whose people are all in again is over', async () => {
    const { group, hold } = await heldGroup('all back')
    await unheard(() => Promise.all(people.slice(0, 5).map((user) => cloud.admin.join(group, user))))
    const { status, stderr } = await approve('all back', hold)
    expect(status).toBe(1)
    expect(stderr).toMatch(/hold \d+/i)
    await cloud.settled()
    expect(cloud.members('all back')).toHaveLength(12)
    expect(await decisions(`NAME#${nameKey('all back')}`)).toEqual([])
  })

  test('whoever can not say who they are decides nothing', async () => {
    const { hold } = await heldGroup('unknown caller')
    const env = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' }
    const args = ['unknown caller', '--hold', hold, '--reason', 'x']
    for (const verb of ['approve', 'reject']) {
      expect(await commandProcess([verb, ...args], { env })).toMatchObject({ status: 1, stdout: '' })
    }
    expect((await cloud.ledger('unknown caller')).holds).toMatchObject([{ id: hold, rejected: null }])
  })

  test('the oldest hold is the first', async () => {
    const { holds } = JSON.parse((await command(['held', '--json'])).stdout) as { holds: { since: string }[] }
    const since = holds.map((hold) => hold.since)
    expect(new Set(since).size).toBeGreaterThan(2)
    expect(since).toEqual(since.toSorted())
  })
})
