import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: NO_GUARD } })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
afterAll(() => cloud.close())

test('500 changes of one group cost fewer than two reads a second, and end right', async () => {
  const id = await cloud.groupOf('burst', ann)
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
  await cloud.settled()
  expect(cloud.reads() - reads).toBeLessThan((2 * (performance.now() - began)) / 1_000)
  // Where its reads took long, the group rests before the last of them.
  await cloud.minutes(1)
  const right = [
    'ann@example.com',
    'bob@example.com',
    ...people.map((_, index) => `burst-${index}@example.com`).filter((_, index) => index % 2 === 1),
  ]
  expect(cloud.members('burst')).toEqual(right.sort())
}, 90_000)
