import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { HOUR, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: NO_GUARD } })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
beforeEach(() => {
  cloud.okta.faults.reset()
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)

test('while Okta does not answer nobody is removed and no hint is lost', async () => {
  const id = await groupOf('okta-down', ann, bob)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: /groups/ })
  await cloud.admin.leave(id, bob).catch(() => undefined)
  cloud.okta.faults.reset()
  await cloud.admin.leave(id, bob)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: /groups/ })
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.members('okta-down')).toEqual(['ann@example.com', 'bob@example.com'])
  expect(await cloud.messages(cloud.deadLetterQueues.hints)).toBe(0)
  cloud.okta.faults.reset()
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('okta-down')).toEqual(['ann@example.com'])
})

test("a user's hint survives Okta not answering", async () => {
  const user = await cloud.admin.createUser('followed@example.com')
  await groupOf('followed', user)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: new RegExp(`users/${user}/groups`) })
  await cloud.admin.lifecycle(user, 'suspend')
  await cloud.settled()
  expect(cloud.members('followed')).toEqual(['followed@example.com'])
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('followed')).toEqual([])
})

test.for(['truncated', 'cut', 'repeated-page'] as const)(
  'a member list that comes %s removes nobody',
  async (answer) => {
    const name = `whole-${answer}`
    const people: string[] = []
    for (let index = 0; index < 250; index++) {
      people.push(cloud.okta.org.quietly(() => cloud.okta.org.createUser(`${answer}-${index}@example.com`)).id)
    }
    const id = await cloud.admin.createGroup(name)
    cloud.okta.org.quietly(() => {
      for (const person of people) cloud.okta.org.addMember(id, person)
    })
    await cloud.admin.join(id, ann)
    await cloud.settled()
    expect(cloud.members(name)).toHaveLength(251)
    // The second read, for the proof, is whole.
    cloud.okta.faults.next({
      answer,
      times: 1,
      method: 'GET',
      path: new RegExp(`groups/${id}/users`),
      skip: answer === 'repeated-page' ? 1 : 0,
    })
    await cloud.admin.join(id, bob)
    await cloud.settled()
    await cloud.minutes(2)
    expect(cloud.members(name)).toHaveLength(252)
    expect(cloud.puts(name).every(({ members }) => members!.length >= 251)).toBe(true)
  },
)

test("a 404 in between that isn't Okta's proves nothing, and neither does one 404 of Okta's", async () => {
  const id = await groupOf('one-404', ann)
  cloud.okta.faults.sees = () => false
  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('one-404')).toEqual(['ann@example.com'])
})

test('an expired token is asked for anew', async () => {
  const id = await groupOf('token', ann)
  cloud.okta.tokens.revoke()
  await cloud.admin.join(id, bob)
  await cloud.settled()
  expect(cloud.members('token')).toEqual(['ann@example.com', 'bob@example.com'])
})

test('500 changes of one group within 10 s cost fewer than 20 reads, and end right', async () => {
  const id = await groupOf('burst', ann)
  const people = await Promise.all(
    Array.from(
      { length: 250 },
      async (_, index) => cloud.okta.org.quietly(() => cloud.okta.org.createUser(`burst-${index}@example.com`)).id,
    ),
  )
  const reads = cloud.reads()
  const began = performance.now()
  for (let index = 0; index < 500; index++) {
    const person = people[index % 250]!
    await (index < 250
      ? cloud.admin.join(id, person)
      : index % 2 === 0
        ? cloud.admin.leave(id, person)
        : cloud.admin.join(id, bob))
  }
  expect(performance.now() - began).toBeLessThan(10_000)
  await cloud.settled()
  expect(cloud.reads() - reads).toBeLessThan(20)
  // Where its reads took long, the group rests before the last of them.
  await cloud.minutes(1)
  const right = [
    'ann@example.com',
    'bob@example.com',
    ...people.map((_, index) => `burst-${index}@example.com`).filter((_, index) => index % 2 === 1),
  ]
  expect(cloud.members('burst')).toEqual(right.sort())
}, 90_000)
