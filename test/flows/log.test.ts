import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LogReport } from '../../shared/sync/poll-log.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { hearFunctions } from '../support/ear.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

const SECOND = 1_000
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'

let cloud: TestCloud
let ear: ReturnType<typeof hearFunctions>
let ann: string
let bob: string

beforeAll(async () => {
  ear = hearFunctions()
  cloud = await testCloud()
  ann = await cloud.admin.createUser(ANN)
  bob = await cloud.admin.createUser(BOB)
  await cloud.settled()
})
beforeEach(async () => {
  cloud.okta.faults.reset()
  // What the test before has left is over.
  await cloud.minutes(2)
  cloud.okta.requests.reset()
  ear.forget()
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)
const polls = () => cloud.okta.requests.count('GET', '/api/v1/logs')
const looksAtUser = (user: string) => cloud.okta.requests.count('GET', new RegExp(`users/${user}/groups`))
const readsOf = (id: string) => cloud.okta.requests.count('GET', new RegExp(`groups/${id}/users`))

/** Something happens in Okta, and the event hook doesn't hear of it. */
async function lose(...changes: (() => unknown)[]): Promise<void> {
  cloud.okta.faults.deliveries.drop = 'all'
  for (const change of changes) await change()
  await cloud.okta.deliveriesSettled()
  cloud.okta.faults.deliveries.drop = 0
}

/** An imported group that was given another name so many times, the last of them `name`; no event hook can have such events. */
function renamedTimes(times: number, name: string): void {
  const { org } = cloud.okta
  const { id } = org.quietly(() => org.importGroup({ name: 'imported often' }))
  for (let index = times - 1; index >= 0; index--) org.renameImportedGroup(id, index === 0 ? name : `${name} ${index}`)
}

/** The catch-up of a fresh function, whose time is what `timeLeft` says, in milliseconds. */
async function catchUpAfresh(timeLeft = () => 50 * SECOND): Promise<{ due: number; log: LogReport | null }> {
  const { compose } = await import('../../functions/catch-up.ts')
  const handler = compose() as (event: unknown, context: Context) => Promise<{ due: number; log: LogReport | null }>
  const context = { functionName: 'catch-up', awsRequestId: 'by hand', getRemainingTimeInMillis: timeLeft }
  return handler({}, context as Context).finally(() => cloud.settled())
}

/** What is done meanwhile by functions that are composed meanwhile finds no such queue. */
async function withoutQueue(
  variable: 'HINT_QUEUE_URL' | 'NAME_QUEUE_URL',
  work: () => Promise<unknown>,
): Promise<void> {
  const url = process.env[variable]!
  process.env[variable] = url.replace(/\w+\.fifo/, 'nowhere.fifo')
  try {
    await work()
  } finally {
    process.env[variable] = url
  }
}

describe('a lost event', () => {
  test('costs a minute: who joined is in, who left is out, a new group and a new name are there', async () => {
    const left = await groupOf('left unheard', ann, bob)
    const joined = await groupOf('joined unheard', ann)
    const renamed = await groupOf('renamed unheard', ann)
    let created = ''
    await cloud.minutes(2)
    await lose(
      () => cloud.admin.leave(left, bob),
      () => cloud.admin.join(joined, bob),
      () => cloud.admin.rename(renamed, 'renamed and heard'),
      async () => {
        created = await cloud.admin.createGroup('created unheard')
      },
      () => cloud.admin.join(created, bob),
    )
    expect(cloud.members('left unheard')).toEqual([ANN, BOB])
    expect((await cloud.catchUp()).log).toMatchObject({ hints: 4 })
    expect(cloud.members('left unheard')).toEqual([ANN])
    expect(cloud.members('joined unheard')).toEqual([ANN, BOB])
    expect(cloud.members('renamed and heard')).toEqual([ANN])
    expect(cloud.members('created unheard')).toEqual([BOB])
    expect(ear.counted('HintsFromLog')).toBe(4)
  })

  test('about a user is followed into their groups', async () => {
    const user = await cloud.admin.createUser('suspended-unheard@example.com')
    await groupOf('suspended unheard', ann, user)
    await cloud.minutes(2)
    await lose(() => cloud.admin.lifecycle(user, 'suspend'))
    await cloud.catchUp()
    expect(cloud.members('suspended unheard')).toEqual([ANN])
  })

  test('that is young is read again a minute later, when a read must show it', async () => {
    const id = await groupOf('young', ann)
    await cloud.minutes(2)
    cloud.okta.faults.lag.groups = 20 * SECOND
    await lose(() => cloud.admin.rename(id, 'young anew'))
    await cloud.catchUp()
    expect(cloud.members('young anew')).toBeUndefined()
    await cloud.minutes(1)
    expect(cloud.members('young anew')).toEqual([ANN])
  })

  test('that is older than a minute is read once, and that is that', async () => {
    const id = await groupOf('older', ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    passTime(5 * MINUTE)
    cloud.okta.requests.reset()
    await cloud.catchUp()
    expect(cloud.members('older')).toEqual([ANN])
    await cloud.minutes(3)
    expect(readsOf(id)).toBe(1)
  })

  test('about a group that was read a minute after it is left out', async () => {
    const id = await groupOf('read since', ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    passTime(2 * MINUTE)
    await cloud.invoke('replay', { groups: [id] })
    await cloud.settled()
    const reads = readsOf(id)
    expect((await cloud.catchUp()).log).toMatchObject({ hints: 0 })
    expect(readsOf(id)).toBe(reads)
  })

  test('that Okta writes down minutes late arrives then', async () => {
    const id = await groupOf('written late', ann, bob)
    await cloud.minutes(2)
    cloud.okta.faults.lag.logs = 5 * MINUTE
    await lose(() => cloud.admin.leave(id, bob))
    await cloud.minutes(4)
    expect(cloud.members('written late')).toEqual([ANN, BOB])
    await cloud.minutes(1)
    expect(cloud.members('written late')).toEqual([ANN])
  })
})

describe('what the event hook cannot have', () => {
  test('a primary email that changes arrives', async () => {
    const user = await cloud.admin.createUser('primary-before@example.com')
    await groupOf('primary', user)
    await cloud.minutes(2)
    cloud.okta.org.updatePrimaryEmail(user, 'primary-after@example.com')
    await cloud.settled()
    expect(cloud.members('primary')).toEqual(['primary-before@example.com'])
    await cloud.catchUp()
    expect(cloud.members('primary')).toEqual(['primary-after@example.com'])
  })

  test('an imported group that gets another name arrives', async () => {
    const { id } = cloud.okta.org.importGroup({ name: 'imported' })
    cloud.okta.org.importMember(id, ann)
    await cloud.settled()
    await cloud.minutes(2)
    cloud.okta.org.renameImportedGroup(id, 'imported anew')
    await cloud.settled()
    expect(cloud.members('imported anew')).toBeUndefined()
    await cloud.catchUp()
    expect(cloud.members('imported anew')).toEqual([ANN])
  })
})

test('a delivery that came causes no further read, of a group or a user', async () => {
  const user = await cloud.admin.createUser('delivered@example.com')
  const id = await groupOf('delivered', ann, user)
  await cloud.minutes(2)
  cloud.okta.requests.reset()
  await cloud.admin.leave(id, ann)
  await cloud.admin.lifecycle(user, 'suspend')
  await cloud.settled()
  expect(cloud.members('delivered')).toEqual([])
  const [reads, looks] = [readsOf(id), looksAtUser(user)]
  expect(looks).toBe(1)
  expect((await cloud.catchUp()).log).toMatchObject({ hints: 0 })
  expect([readsOf(id), looksAtUser(user)]).toEqual([reads, looks])
})

describe('the place in the log', () => {
  test('is after the first empty page: one request where nothing happened, two where something did', async () => {
    await cloud.catchUp()
    expect(polls()).toBe(1)
    cloud.okta.requests.reset()
    await cloud.admin.createGroup('one event')
    await cloud.settled()
    await cloud.catchUp()
    expect(polls()).toBe(2)
    const { cursor, polledAt } = (await cloud.snapshot.cursor())!
    expect(cursor).toMatch(/^\/api\/v1\/logs\?.*after=/)
    expect(Date.now() - polledAt).toBeLessThan(5 * SECOND)
  })

  test('goes through 3,000 events page by page, and a page rings a group once at most', async () => {
    renamedTimes(3_001, 'renamed 3,000 times')
    const { log } = await cloud.catchUp()
    expect(log?.events).toBe(3_001)
    expect(log?.hints).toBeLessThanOrEqual(4)
    expect(polls()).toBe(5)
    expect(cloud.members('renamed 3,000 times')).toEqual([])
  })

  test('is written down page by page, so that what there is no time for is left to the next minute', async () => {
    renamedTimes(1_005, 'renamed 1,000 times')
    const timeLeft = () => (polls() === 0 ? 50 : 15) * SECOND
    expect((await catchUpAfresh(timeLeft)).log).toMatchObject({ events: 1_000 })
    expect((await cloud.catchUp()).log).toMatchObject({ events: 5 })
  })

  test('is not written down where the hints could not be queued, and they are queued the next minute', async () => {
    const id = await groupOf('not queued', ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    const before = await cloud.snapshot.cursor()
    await withoutQueue('HINT_QUEUE_URL', async () => expect((await catchUpAfresh()).log).toBeNull())
    expect(await cloud.snapshot.cursor()).toEqual(before)
    expect(ear.counted('LogPollsFailed')).toBe(1)
    await cloud.minutes(1)
    expect(cloud.members('not queued')).toEqual([ANN])
  })

  test('is written by one of two functions that read the log at once', async () => {
    const id = await groupOf('two polls', ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    const { version } = (await cloud.snapshot.cursor())!
    cloud.okta.faults.next({ answer: 'late', ms: 300, times: 2, path: '/logs' })
    const logs = await Promise.all([1, 2].map(async () => (await cloud.invoke<{ log: unknown }>('catch-up')).log))
    await cloud.settled()
    expect(logs.filter((log) => log === null)).toHaveLength(1)
    expect(ear.said('another function reads the System Log')).toHaveLength(1)
    expect((await cloud.snapshot.cursor())?.version).toBe(version + 2)
    expect(cloud.members('two polls')).toEqual([ANN])
  })

  test.for([400, 404, 410] as const)(
    'that Okta refuses with %i is given up for a time shortly before the last poll, and that is said',
    async (status) => {
      const id = await groupOf(`refused ${status}`, ann, bob)
      await cloud.minutes(2)
      const { polledAt } = (await cloud.snapshot.cursor())!
      await lose(() => cloud.admin.leave(id, bob))
      cloud.okta.faults.next({ answer: 'cursor-refused', status, path: '/logs' })
      passTime(MINUTE)
      expect((await cloud.catchUp()).log).not.toBeNull()
      expect(cloud.members(`refused ${status}`)).toEqual([ANN])
      const since = cloud.okta.requests.list.find(({ target }) => /logs\?(?!.*after=)/.test(target))!
      const given = new URL(since.target, cloud.okta.url).searchParams.get('since')
      expect(Date.parse(given!)).toBe(polledAt - 10 * MINUTE)
      const [line] = ear.said('Okta may have left out events')
      expect(line).toMatchObject({ level: 'ERROR', from: new Date(polledAt).toISOString() })
      expect(Date.parse(String(line?.['to']))).toBeGreaterThanOrEqual(polledAt + MINUTE)
      expect(line?.['remedy']).toContain('reconcile')
      expect(ear.counted('LogGaps')).toBe(1)
      await cloud.minutes(1)
      expect(ear.counted('LogGaps')).toBe(1)
    },
  )

  test.for(['@evil.example.com/api/v1/logs?after=1', '/api/v1/users?after=1', ''])(
    'that is no path of the log, as %j, is given up too, and is never asked for',
    async (cursor) => {
      await cloud.snapshot.putCursor({ ...(await cloud.snapshot.cursor())!, cursor })
      expect((await cloud.catchUp()).log).not.toBeNull()
      expect(ear.counted('LogGaps')).toBe(1)
      expect(cloud.okta.requests.count('GET', '/api/v1/users')).toBe(0)
    },
  )

  test('of more than 90 days ago has a gap after it, since Okta keeps no more', async () => {
    const stored = (await cloud.snapshot.cursor())!
    const polledAt = stored.polledAt - 91 * DAY
    await cloud.snapshot.putCursor({ ...stored, polledAt })
    await cloud.catchUp()
    expect(ear.said('for 90 days')).toMatchObject([{ from: new Date(polledAt).toISOString() }])
    expect(ear.counted('LogGaps')).toBe(1)
    await cloud.catchUp()
    expect(ear.counted('LogGaps')).toBe(1)
  })

  test('leads nowhere but to our own org: a page whose next link leads elsewhere is no page', async () => {
    const id = await groupOf('led astray', ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    const before = await cloud.snapshot.cursor()
    cloud.okta.faults.next({ answer: 'foreign-link', path: '/logs' })
    expect((await cloud.catchUp()).log).toBeNull()
    expect(ear.said('could not be read on')).toMatchObject([{ because: expect.stringContaining('other-org') }])
    expect(await cloud.snapshot.cursor()).toEqual(before)
    expect(cloud.members('led astray')).toEqual([ANN, BOB])
    await cloud.minutes(1)
    expect(cloud.members('led astray')).toEqual([ANN])
  })

  test.for(['truncated', 'repeated-page'] as const)('survives a page that comes %s', async (answer) => {
    const id = await groupOf(`page ${answer}`, ann, bob)
    await cloud.minutes(2)
    await lose(() => cloud.admin.leave(id, bob))
    cloud.okta.faults.next({ answer, path: '/logs' })
    await cloud.minutes(2)
    expect(cloud.members(`page ${answer}`)).toEqual([ANN])
  })
})

describe('a delivery', () => {
  beforeEach(async () => {
    // What the tests before have lost is over.
    passTime(2 * HOUR)
    await cloud.minutes(1)
    ear.forget()
  })

  /** The events' uuids of what happens in Okta meanwhile. */
  async function uuidsOf(change: () => Promise<void>): Promise<string[]> {
    const { entries } = cloud.okta.org.log
    const before = entries.length
    await change()
    return entries.slice(before).map(({ event }) => event.uuid)
  }

  test('that does not come for an hour is lost: counted once, and named once', async () => {
    const id = await groupOf('lost', ann, bob)
    await cloud.minutes(2)
    const [uuid] = await uuidsOf(() => lose(() => cloud.admin.leave(id, bob)))
    await cloud.minutes(1)
    passTime(58 * MINUTE)
    await cloud.catchUp()
    expect(ear.counted('DeliveriesLost')).toBe(0)
    await cloud.minutes(3)
    expect(ear.counted('DeliveriesLost')).toBe(1)
    expect(ear.said('are lost')).toMatchObject([
      { lost: 1, events: [{ uuid, type: 'group.user_membership.remove', group: id, user: bob }] },
    ])
    expect(ear.counted('DeliveriesLate')).toBe(0)
  })

  test('that comes after the log has shown its event is late, and not lost', async () => {
    const id = await groupOf('late', ann, bob)
    await cloud.minutes(2)
    await cloud.functions.stopPollers()
    cloud.okta.faults.deliveries.delayMs = 1_500
    await cloud.admin.leave(id, bob)
    passTime(2 * MINUTE)
    expect((await cloud.invoke<{ log: LogReport }>('catch-up')).log).toMatchObject({ hints: 1 })
    await cloud.functions.startPollers()
    await cloud.settled()
    expect(ear.counted('DeliveriesLate')).toBe(1)
    passTime(HOUR)
    await cloud.minutes(2)
    expect(ear.counted('DeliveriesLost')).toBe(0)
    expect(ear.counted('DeliveriesLate')).toBe(1)
  })

  test('that comes seconds after its event was polled is neither', async () => {
    const id = await groupOf('overtaken', ann, bob)
    await cloud.minutes(2)
    cloud.okta.faults.deliveries.delayMs = 1_500
    await cloud.admin.leave(id, bob)
    await cloud.invoke('catch-up')
    await cloud.settled()
    passTime(HOUR)
    await cloud.minutes(2)
    expect([ear.counted('DeliveriesLate'), ear.counted('DeliveriesLost')]).toEqual([0, 0])
  })

  test('of 300 events about one group is no loss, of none of them, though it comes twice', async () => {
    const id = await groupOf('300 at once', bob)
    await cloud.minutes(2)
    const { org, faults, deliveries } = cloud.okta
    faults.deliveries.duplicate = 1
    const before = deliveries.made.length
    const uuids = await uuidsOf(async () => {
      for (let times = 0; times < 150; times++) {
        org.addMember(id, ann)
        org.removeMember(id, ann)
      }
    })
    await cloud.settled()
    expect(deliveries.made.slice(before).map((made) => made.uuids)).toEqual([uuids, uuids])
    await cloud.catchUp()
    passTime(HOUR)
    await cloud.minutes(2)
    expect([ear.counted('DeliveriesLate'), ear.counted('DeliveriesLost')]).toEqual([0, 0])
  })

  test('is none of what the event hook cannot have, nor of what says nothing about a member', async () => {
    cloud.okta.org.updatePrimaryEmail(ann, ANN)
    await lose(() => cloud.admin.updateUser(ann, { title: 'Dr.' }))
    await cloud.minutes(1)
    passTime(HOUR)
    await cloud.minutes(2)
    expect(ear.counted('DeliveriesLost')).toBe(0)
  })

  test('that failed by what Okta says in its log is counted', async () => {
    const id = await groupOf('refused', ann, bob)
    await cloud.minutes(2)
    await withoutQueue('HINT_QUEUE_URL', async () => {
      await cloud.functions.redeploy()
      await cloud.admin.leave(id, bob)
      await cloud.okta.deliveriesSettled()
    })
    await cloud.functions.redeploy()
    await cloud.catchUp()
    expect(ear.counted('HookDeliveriesFailed')).toBe(1)
    const [hook] = cloud.okta.org.hooks.all()
    expect(ear.said('could not deliver')).toMatchObject([{ failed: 1, hooks: [hook?.id] }])
    expect(cloud.members('refused')).toEqual([ANN])
  })
})

describe('whatever keeps the log from being read', () => {
  /** A group that is due, since it couldn't be read when its event came. */
  async function dueGroup(name: string): Promise<void> {
    const id = await groupOf(name, ann, bob)
    await cloud.minutes(2)
    cloud.okta.faults.next({ answer: 503, method: 'GET', path: `groups/${id}$` })
    await cloud.admin.leave(id, bob)
    await cloud.settled()
    expect(cloud.members(name)).toEqual([ANN, BOB])
    passTime(MINUTE)
    ear.forget()
  }

  test('an Okta that does not answer: what is due is rung, and the log is read on afterwards', async () => {
    await dueGroup('due while down')
    const id = await groupOf('lost while down', ann)
    await lose(() => cloud.admin.join(id, bob))
    cloud.okta.faults.next({ answer: 503, times: 2, path: '/logs' })
    expect(await cloud.catchUp()).toMatchObject({ due: 1, log: null })
    expect(cloud.members('due while down')).toEqual([ANN])
    expect(ear.said('could not be read on')).toMatchObject([{ level: 'ERROR', status: 503 }])
    expect(ear.counted('LogPollsFailed')).toBe(1)
    expect(cloud.members('lost while down')).toEqual([ANN])
    await cloud.minutes(2)
    expect(cloud.members('lost while down')).toEqual([ANN, BOB])
  })

  test('an Okta that never ends its answer: it is given up within the time of the function', async () => {
    await dueGroup('due while endless')
    cloud.okta.faults.next({ answer: 'endless', path: '/logs' })
    expect(await catchUpAfresh(() => 4 * SECOND)).toMatchObject({ due: 1, log: null })
    expect(cloud.members('due while endless')).toEqual([ANN])
    expect(ear.said('could not be read on')).toMatchObject([{ because: 'gave up after 1000 ms' }])
  })

  test('secrets out of reach: what is due is rung', async () => {
    await dueGroup('due without secrets')
    cloud.secrets.faults.down = true
    expect(await catchUpAfresh()).toMatchObject({ due: 1, log: null })
    cloud.secrets.faults.down = false
    expect(ear.counted('LogPollsFailed')).toBe(1)
    expect(cloud.members('due without secrets')).toEqual([ANN])
  })

  test('a table that was made for another org: it is not read, and that is said', async () => {
    await dueGroup('due in another org')
    const identity = (await cloud.snapshot.identity())!
    await cloud.snapshot.putIdentity({ ...identity, orgId: '00oanother' })
    await cloud.functions.stopPollers()
    cloud.okta.requests.reset()
    expect(await cloud.invoke('catch-up')).toMatchObject({ due: 1, log: null })
    expect(polls()).toBe(0)
    expect(ear.said('could not be read on')).toMatchObject([{ because: expect.stringContaining('00oanother') }])
    const stopped = (await cloud.snapshot.identity())!
    expect(stopped.stopped).toContain('00oanother')
    await cloud.snapshot.putIdentity({ ...stopped, orgId: identity.orgId, stopped: null })
    await cloud.functions.startPollers()
    await cloud.settled()
  })

  test('it is not what cannot be rung: the log is read all the same', async () => {
    await dueGroup('due without a queue')
    const id = await groupOf('log without a queue', ann)
    await lose(() => cloud.admin.join(id, bob))
    const ledger = await cloud.ledger('log without a queue')
    await cloud.snapshot.putLedger({ ...ledger, retryAt: Date.now() })
    await withoutQueue('NAME_QUEUE_URL', () => expect(catchUpAfresh()).rejects.toThrow())
    expect(cloud.members('log without a queue')).toEqual([ANN, BOB])
  })
})

describe("a function's clock", () => {
  test.for([
    [30 * SECOND, 0],
    [-30 * SECOND, 0],
    [90 * SECOND, 1],
    [-90 * SECOND, 1],
  ] as const)('against an Okta that is %i ms ahead is said to be off %i times', async ([ahead, times]) => {
    cloud.okta.faults.clockAheadMs = ahead
    await cloud.catchUp()
    expect(ear.counted('ClockOff')).toBe(times)
    const lines = ear.said('too far apart')
    expect(lines).toHaveLength(times)
    if (times === 0) return
    expect(lines[0]).toMatchObject({ level: 'ERROR', clock: ahead > 0 ? 'behind Okta' : 'ahead of Okta' })
    expect(Math.abs(Number(lines[0]?.['seconds']) - 90)).toBeLessThanOrEqual(2)
    expect(lines[0]?.['remedy']).toContain('set the clock')
  })

  test('that is so far off that Okta refuses the sign-in is said, too', async () => {
    // The token is an hour old, and Okta takes no assertion that has expired by its clock.
    passTime(2 * HOUR)
    cloud.okta.faults.clockAheadMs = 10 * MINUTE
    expect((await catchUpAfresh()).log).toBeNull()
    expect(ear.said('could not be read on')).toHaveLength(1)
    expect(ear.said('too far apart')).toMatchObject([{ clock: 'behind Okta' }])
    cloud.okta.faults.reset()
    expect((await cloud.catchUp()).log).not.toBeNull()
  })

  test('is not blamed for an answer that comes late', async () => {
    cloud.okta.faults.next({ answer: 'late', ms: 1_000, path: '/logs' })
    const polling = cloud.invoke('catch-up')
    await expect.poll(polls).toBe(1)
    passTime(2 * MINUTE)
    await polling
    expect(ear.counted('ClockOff')).toBe(0)
  })
})
