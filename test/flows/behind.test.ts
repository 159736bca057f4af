import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { hearFunctions } from '../support/ear.ts'
import { passTime, sleepByPassingTime } from '../support/time.ts'

// The age of the oldest change that is known and not in the user store, as catch-up tells it every minute.
const ear = hearFunctions()
let cloud: TestCloud
let person: string

beforeAll(async () => {
  sleepByPassingTime()
  cloud = await testCloud()
  person = await cloud.admin.createUser('ann@example.com')
})
afterAll(() => cloud.close())

/** What catch-up tells after so many more minutes: the age in seconds, and how many names are behind. */
async function told(minutes: number): Promise<{ seconds: number; names: number }> {
  if (minutes > 1) await cloud.minutes(minutes - 1)
  ear.forget()
  await cloud.minutes(1)
  return { seconds: ear.counted('SecondsBehind'), names: ear.counted('NamesBehind') }
}

async function changed(group: string): Promise<void> {
  await cloud.admin.join(group, person)
  await cloud.okta.deliveriesSettled()
}

test('while Amazon Q Business takes no puts the age grows; once it does, nothing is behind', async () => {
  const group = await cloud.groupOf('throttled')
  expect(await told(2)).toEqual({ seconds: 0, names: 0 })
  cloud.qbusiness.faults.add({ kind: 'answer', error: 'ThrottlingException', operation: 'PutGroup', times: 1_000_000 })
  await changed(group)
  const early = await told(3)
  expect(early).toMatchObject({ names: 1 })
  expect(early.seconds).toBeGreaterThanOrEqual(180)
  // A later change of the same group doesn't hide the first.
  await cloud.admin.join(group, await cloud.admin.createUser('bob@example.com'))
  const late = await told(4)
  expect(late.seconds).toBeGreaterThanOrEqual(early.seconds + 240)
  cloud.qbusiness.faults.clear()
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
  expect(await told(1)).toEqual({ seconds: 0, names: 0 })
})

test('where put-group does not run at all, the age grows all the same', async () => {
  const group = await cloud.groupOf('unattended')
  await told(2)
  await cloud.functions.stopPollers()
  await changed(group)
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) }
  const hint = { subject: 'group', id: group, books: false, again: true, causes: [], questions: [] }
  await cloud.invoke('read-group', { Records: [{ messageId: 'm', body: JSON.stringify(hint), attributes }] })
  ear.forget()
  passTime(600_000)
  await cloud.invoke('catch-up')
  expect(ear.counted('NamesBehind')).toBe(1)
  expect(ear.counted('SecondsBehind')).toBeGreaterThanOrEqual(600)
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(await told(2)).toEqual({ seconds: 0, names: 0 })
})

test('a group that Okta does not give is late since its event, until it is read', async () => {
  const group = await cloud.groupOf('unread')
  await told(2)
  cloud.okta.faults.next({ answer: 500, path: new RegExp(`/groups/${group}$`), times: 1_000_000 })
  await changed(group)
  await cloud.settled()
  const unread = await told(3)
  expect(unread).toMatchObject({ names: 0 })
  expect(unread.seconds).toBeGreaterThanOrEqual(180)
  cloud.okta.faults.reset()
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
  expect(await told(1)).toEqual({ seconds: 0, names: 0 })
  expect(cloud.members('unread')).toEqual(['ann@example.com'])
})
