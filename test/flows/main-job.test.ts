import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let people: Record<'ann' | 'bob' | 'mary', string>

beforeAll(async () => {
  cloud = await testCloud({ settings: { renames: { keepDays: 30 } } })
  const [ann, bob, mary] = await Promise.all(
    ['ann@example.com', 'bob@example.com', 'mary@example.com'].map((login) => cloud.admin.createUser(login)),
  )
  people = { ann: ann!, bob: bob!, mary: mary! }
})
afterAll(() => cloud.close())

async function groupOf(name: string, ...members: (keyof typeof people)[]): Promise<string> {
  const id = await cloud.admin.createGroup(name)
  for (const member of members) await cloud.admin.join(id, people[member])
  await cloud.settled()
  return id
}

test('a group that is created arrives with its members, and each change after it', async () => {
  const id = await groupOf('core-team', 'ann', 'bob')
  expect(cloud.members('core-team')).toEqual(['ann@example.com', 'bob@example.com'])
  await cloud.admin.leave(id, people.bob)
  await cloud.settled()
  expect(cloud.members('core-team')).toEqual(['ann@example.com'])
  await cloud.admin.join(id, people.mary)
  await cloud.settled()
  expect(cloud.members('core-team')).toEqual(['ann@example.com', 'mary@example.com'])
})

test('a rename puts the new name and keeps the old one in step until keepDays are over; then nobody is in it', async () => {
  const id = await groupOf('before-rename', 'ann')
  await cloud.admin.rename(id, 'after-rename')
  await cloud.settled()
  expect(cloud.members('after-rename')).toEqual(['ann@example.com'])
  await cloud.admin.join(id, people.bob)
  await cloud.settled()
  expect(cloud.members('after-rename')).toEqual(['ann@example.com', 'bob@example.com'])
  expect(cloud.members('before-rename')).toEqual(['ann@example.com', 'bob@example.com'])
  await cloud.minutes(2)
  passTime(30 * DAY)
  await cloud.minutes(2)
  expect(cloud.members('before-rename')).toEqual([])
  expect(cloud.members('after-rename')).toEqual(['ann@example.com', 'bob@example.com'])
})

test('two groups that swap their names swap their members', async () => {
  const one = await groupOf('swap-one', 'ann')
  const two = await groupOf('swap-two', 'bob')
  await cloud.admin.rename(one, 'swap-between')
  await cloud.settled()
  await cloud.admin.rename(two, 'swap-one')
  await cloud.admin.rename(one, 'swap-two')
  await cloud.settled()
  expect(cloud.members('swap-one')).toEqual(['bob@example.com'])
  expect(cloud.members('swap-two')).toEqual(['ann@example.com'])
  expect(cloud.members('swap-between')).toEqual(['ann@example.com'])
})

test('a deleted group is emptied a minute later, never sooner, and its name is deleted days later', async () => {
  const id = await groupOf('to-be-deleted', 'ann')
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  expect(cloud.members('to-be-deleted')).toEqual(['ann@example.com'])
  await cloud.minutes(2)
  expect(cloud.members('to-be-deleted')).toEqual([])
  passTime(14 * DAY)
  await cloud.minutes(1)
  await expect.poll(() => cloud.members('to-be-deleted')).toBeUndefined()
  await cloud.minutes(1)
  expect(await cloud.ledger('to-be-deleted')).toMatchObject({ ours: false, status: 'none' })
})

test('a group that is created again under its name takes the name over', async () => {
  const id = await groupOf('phoenix', 'ann')
  await cloud.admin.deleteGroup(id)
  const again = await groupOf('phoenix', 'bob')
  await cloud.settled()
  expect(cloud.members('phoenix')).toEqual(['ann@example.com'])
  await cloud.minutes(2)
  expect(cloud.members('phoenix')).toEqual(['bob@example.com'])
  await cloud.admin.join(again, people.mary)
  await cloud.settled()
  expect(cloud.members('phoenix')).toEqual(['bob@example.com', 'mary@example.com'])
  expect(
    cloud.qbusiness.calls.filter(({ operation, groupName }) => operation === 'DeleteGroup' && groupName === 'phoenix'),
  ).toEqual([])
})

test('a deactivated, suspended or staged user is no member, and is one again when they are back', async () => {
  const leaver = await cloud.admin.createUser('leaver@example.com')
  const id = await groupOf('statuses', 'ann')
  await cloud.admin.join(id, leaver)
  await cloud.settled()
  expect(cloud.members('statuses')).toEqual(['ann@example.com', 'leaver@example.com'])
  await cloud.admin.lifecycle(leaver, 'suspend')
  await cloud.settled()
  expect(cloud.members('statuses')).toEqual(['ann@example.com'])
  await cloud.admin.lifecycle(leaver, 'unsuspend')
  await cloud.settled()
  expect(cloud.members('statuses')).toEqual(['ann@example.com', 'leaver@example.com'])
  await cloud.admin.lifecycle(leaver, 'deactivate')
  await cloud.settled()
  expect(cloud.members('statuses')).toEqual(['ann@example.com'])
})

test('an email that changes leaves and joins by one and the same put', async () => {
  const user = await cloud.admin.createUser('old-name@example.com')
  const id = await groupOf('emails')
  await cloud.admin.join(id, user)
  await cloud.settled()
  const before = cloud.puts('emails').length
  await cloud.admin.updateUser(user, { email: 'new-name@example.com' })
  await cloud.settled()
  expect(
    cloud
      .puts('emails')
      .slice(before)
      .map(({ members }) => members),
  ).toEqual([['new-name@example.com']])
})

test('two users of one canonical id are one member, who is out only when both are', async () => {
  const plus = await cloud.admin.createUser('Twin+okta@Example.com')
  const base = await cloud.admin.createUser('twin@example.com')
  const id = await groupOf('twins')
  await cloud.admin.join(id, plus)
  await cloud.admin.join(id, base)
  await cloud.settled()
  expect(cloud.puts('twins').at(-1)?.members).toHaveLength(1)
  await cloud.admin.leave(id, base)
  await cloud.settled()
  expect(cloud.members('twins')).toEqual(['twin+okta@example.com'])
  await cloud.admin.leave(id, plus)
  await cloud.settled()
  expect(cloud.members('twins')).toEqual([])
})

test('two changes of one group a second apart both arrive', async () => {
  const id = await groupOf('twice', 'ann')
  await cloud.admin.join(id, people.bob)
  passTime(1_000)
  await cloud.admin.leave(id, people.ann)
  await cloud.settled()
  expect(cloud.members('twice')).toEqual(['bob@example.com'])
})

test('nothing is due when all is quiet', async () => {
  passTime(10 * MINUTE)
  await cloud.minutes(2)
  expect(await cloud.catchUp()).toMatchObject({ due: 0 })
})
