import { setTimeout } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ReceivedHint } from '../../shared/queue/hint.ts'
import type { RunReport } from '../../shared/sync/reconcile.ts'
import { takeInBulk } from '../../shared/sync/take-in-bulk.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { type Death, doomed } from '../support/crash.ts'
import { MINUTE, passTime } from '../support/time.ts'

const FOLLOWED = 4
const COUNT = 12
const WINDOW = 10 * MINUTE
const quiet = { info() {}, warn() {}, error() {}, count() {} }

let cloud: TestCloud
let ann: string

beforeAll(async () => {
  cloud = await testCloud({ settings: { bulk: { userHints: FOLLOWED }, guard: NO_GUARD } })
  ann = await cloud.admin.createUser('ann@example.com')
  await cloud.settled()
  await cloud.minutes(2)
})
beforeEach(() => {
  cloud.okta.faults.reset()
})
afterAll(() => cloud.close())

const usersAsked = () => cloud.okta.requests.count('GET', '/api/v1/users/{id}/groups')
const runs = () => cloud.functions.functions.reconcile.counts.invocations

/** The next ten minutes begin. Answers when, and the run that is booked where too much happens in them. */
function nextWindow(): { start: number; run: string } {
  const start = Math.ceil((Date.now() + 1) / WINDOW) * WINDOW
  passTime(start - Date.now())
  return { start, run: `${new Date(start).toISOString()} bulk` }
}

/** Users who are each in a group of their own, with ann; all that follows is done. */
async function usersOf(name: string, count: number): Promise<{ ids: string[]; still: () => number }> {
  const { org } = cloud.okta
  const ids: string[] = []
  org.quietly(() => {
    for (let index = 0; index < count; index++) {
      const { id } = org.createUser(`${name}-${index}@example.com`)
      const group = org.createGroup({ name: `${name}-${index}` })
      for (const member of [id, ann]) org.addMember(group.id, member)
      ids.push(id)
    }
  })
  await cloud.reconcile()
  const names = ids.map((_, index) => `${name}-${index}`)
  for (const each of names) expect(cloud.members(each)).toEqual(['ann@example.com', `${each}@example.com`])
  return { ids, still: () => names.filter((each) => cloud.members(each)?.includes(`${each}@example.com`)).length }
}

async function suspend(ids: readonly string[]): Promise<void> {
  for (const id of ids) cloud.okta.org.changeUser(id, 'suspend')
  await cloud.settled()
}

/** Lets time pass until so long after `start`, and catches up. */
async function until(start: number, after: number): Promise<void> {
  passTime(start + after - Date.now())
  await cloud.catchUp()
}

test('of many users who leave at once the first are followed, and one reconcile takes out all others within twelve minutes', async () => {
  const { ids, still } = await usersOf('many', COUNT)
  const { start, run } = nextWindow()
  const [asked, before] = [usersAsked(), runs()]
  await suspend(ids)
  expect([usersAsked() - asked, still()]).toEqual([FOLLOWED, COUNT - FOLLOWED])
  expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'waiting', notBefore: start + WINDOW + MINUTE })
  await until(start, 2 * MINUTE)
  await until(start, WINDOW + MINUTE - 1_000)
  expect([still(), runs() - before]).toEqual([COUNT - FOLLOWED, 0])
  await until(start, WINDOW + MINUTE)
  expect([still(), runs() - before]).toEqual([0, 1])
  expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'finished', unread: [] })
  // Those who were followed were so twice, and nobody else ever.
  expect(usersAsked() - asked).toBe(2 * FOLLOWED)
})

test('what Okta shows half a minute late is not lost, nor what comes at the very end of ten minutes', async () => {
  const { ids, still } = await usersOf('late', 2 * FOLLOWED)
  const { start } = nextWindow()
  await suspend(ids.slice(0, FOLLOWED))
  cloud.okta.faults.lag.members = 30_000
  passTime(start + WINDOW - 2_000 - Date.now())
  await suspend(ids.slice(FOLLOWED))
  await until(start, WINDOW + MINUTE)
  expect(still()).toBe(0)
})

test('a second bulk waits for the run of the first, which is not done yet; then it has a run of its own, and ends right', async () => {
  const { ids, still } = await usersOf('waves', 4 * FOLLOWED)
  const first = nextWindow()
  await suspend(ids.slice(0, 2 * FOLLOWED))
  passTime(first.start + WINDOW + MINUTE - Date.now())
  const { compose } = await import('../../functions/reconcile.ts')
  const handler = compose() as (event: unknown, context: Context) => Promise<RunReport>
  const groups = (await cloud.admin.call('GET', '/api/v1/groups')) as { type: string }[]
  const all = cloud.reads() + groups.filter(({ type }) => type === 'OKTA_GROUP').length
  // Its time is nearly up once it has read the last group of the listing.
  const getRemainingTimeInMillis = () => (cloud.reads() < all ? 900_000 : 20_000)
  const context = { functionName: 'reconcile', awsRequestId: 'x', getRemainingTimeInMillis } as Context
  expect(await handler({ run: first.run }, context)).toMatchObject({ phase: 'absent' })
  await suspend(ids.slice(2 * FOLLOWED))
  const second = `${new Date(first.start + WINDOW).toISOString()} bulk`
  expect(await cloud.snapshot.run(second)).toMatchObject({ phase: 'waiting' })
  passTime(first.start + 2 * WINDOW + MINUTE - Date.now())
  expect(await cloud.reconcile({ run: second })).toMatchObject({ phase: 'waiting' })
  // What the first has seen leave isn't written yet: a run judges all of it together.
  expect(still()).toBe(2 * FOLLOWED)
  await cloud.minutes(3)
  expect(await cloud.snapshot.run(first.run)).toMatchObject({ phase: 'finished' })
  expect(await cloud.snapshot.run(second)).toMatchObject({ phase: 'finished', counts: { changed: FOLLOWED } })
  expect(still()).toBe(0)
})

test('5,000 events on one group of 5,000 cost a few reads, end right, and those who left are out', async () => {
  const { org, faults, requests } = cloud.okta
  const group = await cloud.admin.createGroup('huge')
  const people = org.quietly(() =>
    Array.from({ length: 7_450 }, (_, index) => org.createUser(`huge-${index}@example.com`).id),
  )
  const quietlyIn = (members: string[]) => org.quietly(() => members.forEach((id) => void org.addMember(group, id)))
  quietlyIn(people.slice(0, 900))
  await cloud.admin.join(group, ann)
  await cloud.settled()
  expect(cloud.members('huge')).toHaveLength(901)
  quietlyIn(people.slice(900, 5_000))
  // What a page takes of a real Okta, in small: a read of all pages lasts a second.
  faults.next({ answer: 'late', ms: 30, method: 'GET', path: `groups/${group}/users`, times: Number.POSITIVE_INFINITY })
  const readsOf = () => requests.count('GET', new RegExp(`groups/${group}$`))
  const before = readsOf()
  const { invocations } = cloud.functions.functions['read-group'].counts
  const visitors = people.slice(5_000)
  const leavers = people.slice(0, 100)
  const events = [
    ...visitors.map((id) => () => org.addMember(group, id)),
    ...[...visitors, ...leavers].map((id) => () => org.removeMember(group, id)),
  ]
  expect(events).toHaveLength(5_000)
  for (const [index, event] of events.entries()) {
    event()
    // Twelve seconds of deliveries, each with what happened in 240 ms.
    if (index % 100 === 0) await setTimeout(240)
  }
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.functions.functions['read-group'].counts.invocations - invocations).toBeGreaterThan(20)
  expect(readsOf() - before).toBeLessThanOrEqual(8)
  const mirror = (await cloud.snapshot.mirror(group))!
  expect(mirror).toMatchObject({ count: 4_901, asked: false })
  expect((await cloud.snapshot.list(mirror.digest)).length).toBe(4_901)
  expect((await cloud.ledger('huge')).refusal).toMatchObject({ reason: 'list' })
  expect(cloud.members('huge')).toHaveLength(801)
  for (const index of [0, 50, 99]) expect(cloud.members('huge')).not.toContain(`huge-${index}@example.com`)
}, 180_000)

test.each<Death>(['before', 'after'])(
  'a function that dies %s any of its calls loses no hint in bulk',
  async (death) => {
    const rules = { bulk: { userHints: 0 } } as Parameters<typeof takeInBulk>[0]['rules']
    const ports = { snapshot: cloud.snapshot, telemetry: quiet, rules }
    let deaths = 0
    for (let n = 1; ; n++) {
      const { start, run } = nextWindow()
      const hint: Pick<ReceivedHint, 'books' | 'again' | 'sentAt'> = { books: true, again: false, sentAt: start }
      const { ports: mortal, died } = doomed(ports, ['snapshot'], n, death)
      const end = await Promise.race([died, takeInBulk(mortal, hint)])
      if (end === true) break
      deaths++
      // The message was not deleted, so it comes back.
      expect(await takeInBulk(ports, hint)).toBe(true)
      expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'waiting', version: 1 })
    }
    expect(deaths).toBe(3)
  },
)
