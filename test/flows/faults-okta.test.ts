import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestFault } from '../../local/okta/request-faults.ts'
import {
  AFTER,
  BEFORE,
  type Fault,
  type FaultStage,
  faultStage,
  type Group,
  type Seen,
} from '../support/fault-story.ts'
import { MINUTE, passTime } from '../support/time.ts'

let stage: FaultStage
beforeAll(async () => {
  stage = await faultStage()
})
afterAll(() => stage.cloud.close())

const SECOND = 1_000
const MEMBERSHIP = ['group.user_membership.add', 'group.user_membership.remove']
const MORE_COUNTED = 'Okta counts more members than it gave twice: they count, and the group is looked at again'
const NOT_READ = 'a group could not be read: nobody is removed for it, and it is read again later'

/** What the next reads of a group's members get, nine unless told. */
const meets = (misanswer: RequestFault) => ({
  on: ({ id }: Group) =>
    stage.cloud.okta.faults.next({ times: 9, method: 'GET', path: `/groups/${id}/users`, ...misanswer }),
})

/** One more person in the group, who is DEPROVISIONED. */
function deprovision({ id }: Group): void {
  const { org } = stage.cloud.okta
  org.quietly(() => {
    const user = org.createUser(`deprovisioned-${id}@example.com`)
    org.addMember(id, user.id)
    org.changeUser(user.id, 'deactivate')
  })
}

const NOT_ANSWERED: (Fault & { facts: object })[] = [
  { fault: 'Okta answers 500', ...meets({ answer: 500 }), facts: { status: 500, errorCode: 'E0000009' } },
  { fault: 'Okta answers 503', ...meets({ answer: 503 }), facts: { status: 503, errorCode: 'E0000010' } },
  {
    fault: 'Okta answers 429 for a whole minute',
    ...meets({ answer: 429, resetInSeconds: 60 }),
    facts: { status: 429 },
  },
  {
    fault: 'an answer is cut off in its middle',
    ...meets({ answer: 'cut' }),
    facts: { error: 'FetchError', type: 'body-timeout' },
  },
  {
    fault: 'an answer never ends',
    ...meets({ answer: 'endless' }),
    facts: { error: 'FetchError', type: 'body-timeout' },
  },
  { fault: 'Okta is silent', ...meets({ answer: 'silence' }), facts: { error: 'FetchError', type: 'request-timeout' } },
  { fault: 'a page comes twice', ...meets({ answer: 'repeated-page', times: 1 }), facts: { error: 'OktaAnswerError' } },
  {
    fault: 'the role sees a part, and 403 by id',
    on: ({ id }) => Object.assign(stage.cloud.okta.faults, { sees: allBut(id), unseenById: 'forbidden' }),
    facts: { status: 403, errorCode: 'E0000006' },
  },
]

const MADE_GOOD: (Fault & { reads: number })[] = [
  { fault: 'Okta answers 429 for a second', ...meets({ answer: 429, times: 1 }), reads: 2 },
  { fault: 'empty pages have a next link', ...meets({ answer: 'empty-page', times: 2 }), reads: 3 },
  { fault: 'a list is cut short with 200', ...meets({ answer: 'truncated', times: 1, keep: 1 }), reads: 2 },
  {
    fault: 'Okta counts DEPROVISIONED users',
    alone: true,
    on: (group) => {
      stage.cloud.okta.faults.countsDeprovisioned = true
      deprovision(group)
    },
    reads: 1,
  },
  {
    fault: 'Okta does not count DEPROVISIONED users',
    alone: true,
    on: (group) => {
      stage.cloud.okta.faults.countsDeprovisioned = false
      deprovision(group)
    },
    reads: 1,
  },
]

/** By themselves: where they aren't made good, nothing goes on. */
const SIGN_IN: (Fault & { reads: number })[] = [
  { fault: 'the token has expired', alone: true, on: () => stage.cloud.okta.tokens.revoke(), reads: 1 },
  {
    fault: 'Okta requires DPoP from now on',
    alone: true,
    on: () => {
      stage.cloud.okta.tokens.dpop = 'required'
      stage.cloud.okta.tokens.revoke()
    },
    reads: 1,
  },
]

const CUT_TWICE = { fault: 'a list is cut short in every read', ...meets({ answer: 'truncated', keep: 1 }) }

function allBut(hidden: string) {
  return ({ id }: { id: string }) => id !== hidden
}

const GOOD_AT_ONCE = '$fault: the same call gets it right, with nothing to complain of and nothing to try again'

function expectMadeGood(
  { reads }: { reads: number },
  { atOnce, early, due }: Record<'atOnce' | 'early' | 'due', Seen>,
): void {
  expect(atOnce).toMatchObject({ readers: AFTER, puts: [AFTER], outcomes: ['confirmed'], deadLetters: 0, reads })
  expect(atOnce).toMatchObject({ complaints: [], restArrived: true })
  expect(atOnce.mirror).toMatchObject({ failures: 0, retryAt: null, count: 2 })
  expect(atOnce.ledger).toMatchObject({ status: 'confirmed', doubt: null, failures: 0 })
  expect(early).toMatchObject({ readers: AFTER, reads })
  expect(due).toMatchObject({ readers: AFTER, puts: [AFTER], reads: reads + 1, complaints: [] })
}

describe('one group of each', () => {
  let seen: (fault: string) => Record<'atOnce' | 'early' | 'due' | 'later', Seen>
  let failed: number

  // Those that take ten seconds take them together.
  beforeAll(async () => {
    const before = stage.told.counted('ReadsFailed')
    // The next try is a minute after the last failure, which is up to 11 s after the change.
    const moments = { early: 55 * SECOND, due: 75 * SECOND, later: 12 * MINUTE }
    seen = await stage.play([...NOT_ANSWERED, ...MADE_GOOD, CUT_TWICE], moments)
    failed = stage.told.counted('ReadsFailed') - before
  }, 120_000)

  test.for(NOT_ANSWERED)(
    '$fault: nobody is removed and nobody gets in, it is written down and said, and right a minute later',
    ({ fault, facts }) => {
      const { atOnce, early, due } = seen(fault)
      expect(atOnce).toMatchObject({ readers: BEFORE, puts: [], outcomes: [], deadLetters: 0, restArrived: true })
      const { mirror, sinceChange, changedAt } = atOnce
      expect(mirror).toMatchObject({ state: 'present', failures: 1, digest: atOnce.ledger.meant })
      expect(mirror.newestHint).toBeGreaterThanOrEqual(changedAt)
      expect(mirror.heard.map(({ type }) => type).sort()).toEqual(MEMBERSHIP)
      expect(mirror.retryAt! - changedAt).toBeGreaterThanOrEqual(MINUTE)
      expect(mirror.retryAt! - changedAt).toBeLessThanOrEqual(sinceChange + MINUTE)
      expect(atOnce.complaints).toEqual([
        expect.objectContaining({ level: 'WARN', message: NOT_READ, group: mirror.id, failures: 1, ...facts }),
      ])
      expect(early).toMatchObject({ readers: BEFORE, puts: [], reads: atOnce.reads })
      expect(due).toMatchObject({ readers: AFTER, puts: [AFTER], outcomes: ['confirmed'], deadLetters: 0 })
      expect(due.mirror).toMatchObject({ failures: 0, retryAt: null })
      expect(due.ledger).toMatchObject({ status: 'confirmed', doubt: null, failures: 0 })
      expect(due.complaints).toHaveLength(1)
    },
  )

  test('each read that failed is counted', () => {
    expect(failed).toBe(NOT_ANSWERED.length)
  })

  test.for(MADE_GOOD)(GOOD_AT_ONCE, (story) => expectMadeGood(story, seen(story.fault)))

  test('a list is cut short with 200 in every read: two alike are a proof, and the next look makes it right', () => {
    const { atOnce, early, due, later } = seen(CUT_TWICE.fault)
    // Who is kept goes by the ids: one of the two who should be in it.
    expect(AFTER.split(' ')).toContain(atOnce.readers)
    expect(atOnce).toMatchObject({ outcomes: ['confirmed'], deadLetters: 0, restArrived: true })
    expect(atOnce.mirror).toMatchObject({ failures: 0, count: 1 })
    const lookAgainIn = atOnce.mirror.lookAgainAt! - atOnce.changedAt
    expect(lookAgainIn).toBeGreaterThan(10 * MINUTE - SECOND)
    expect(lookAgainIn).toBeLessThanOrEqual(10 * MINUTE + atOnce.sinceChange)
    expect(atOnce.complaints[0]).toMatchObject({ message: MORE_COUNTED, group: atOnce.mirror.id, read: 1, counted: 2 })
    expect(early.readers).toBe(atOnce.readers)
    // The look that the event booked; without one it is the look after ten minutes, which finds nothing left to do.
    expect(due).toMatchObject({ readers: AFTER, outcomes: ['confirmed', 'confirmed'] })
    expect(later).toMatchObject({ readers: AFTER, puts: due.puts, reads: due.reads + 1, deadLetters: 0 })
    expect(later.mirror.lookAgainAt).toBeNull()
  })
})

describe('signing in', () => {
  let seen: (fault: string) => Record<'atOnce' | 'early' | 'due', Seen>
  beforeAll(async () => {
    seen = await stage.play(SIGN_IN, { early: 50 * SECOND, due: 75 * SECOND })
  }, 60_000)

  test.for(SIGN_IN)(GOOD_AT_ONCE, (story) => expectMadeGood(story, seen(story.fault)))
})

test('the role sees a part, and 404 by id: nothing at the first, everybody is out at the second a minute later', async () => {
  const { cloud, change, see } = stage
  const [group] = (await stage.groupsOf(['not seen'])) as [Group]
  cloud.okta.faults.sees = allBut(group.id)
  // An event that asks nothing of the members, so that no read waits for an answer.
  change(group, () => cloud.okta.org.replaceGroup(group.id, { name: group.name, description: 'another' }))
  await cloud.settled()
  const once = await see(group)
  expect(once).toMatchObject({ readers: BEFORE, puts: [], complaints: [], deadLetters: 0, restArrived: true })
  expect(once.mirror).toMatchObject({ state: 'missing', failures: 0, name: 'not seen' })
  passTime(55 * SECOND)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: BEFORE, puts: [], mirror: { state: 'missing' } })
  passTime(10 * SECOND)
  await cloud.catchUp()
  const twice = await see(group)
  expect(twice).toMatchObject({ readers: '', puts: [''], outcomes: ['confirmed'], deadLetters: 0 })
  expect(twice.mirror).toMatchObject({ state: 'gone', name: null, count: 0 })
  expect(twice.said).toContainEqual(
    expect.objectContaining({ message: 'a group has changed', group: group.id, state: 'gone', count: 0 }),
  )
  // Emptied, and not deleted: once the role sees it again, the next reconcile puts everybody back.
  expect(twice.ledger).toMatchObject({ status: 'confirmed', ours: true })
  cloud.okta.faults.reset()
  await cloud.reconcile()
  expect(await see(group)).toMatchObject({ readers: BEFORE, puts: ['', BEFORE], deadLetters: 0 })
})

test('Okta refuses what is too much at once with 429, 0 of 0: those groups lose nobody and follow a minute later', async () => {
  const { cloud, change, see, told } = stage
  const names = Array.from({ length: 6 }, (_, index) => `at once ${index}`)
  const groups = await stage.groupsOf(names)
  // The limit is reset with the minute: from its beginning that is longer than there is time.
  passTime(MINUTE - (Date.now() % MINUTE))
  const failed = told.counted('ReadsFailed')
  cloud.okta.faults.rateLimits.concurrent = 2
  for (const { id } of groups) {
    cloud.okta.faults.next({ answer: 'late', ms: 200, method: 'GET', path: `/groups/${id}$` })
    change({ id, name: names[groups.findIndex((group) => group.id === id)]! })
  }
  await cloud.settled()
  const seen = await Promise.all(groups.map(see))
  const refused = seen.filter(({ mirror }) => mirror.failures > 0)
  const arrived = seen.filter(({ mirror }) => mirror.failures === 0)
  expect(refused.length).toBeGreaterThan(0)
  expect(arrived.length).toBeGreaterThan(0)
  for (const one of arrived) expect(one).toMatchObject({ readers: AFTER, complaints: [] })
  for (const one of refused) {
    expect(one).toMatchObject({ readers: BEFORE, puts: [], deadLetters: 0 })
    expect(one.complaints).toEqual([expect.objectContaining({ message: NOT_READ, failures: 1, status: 429 })])
  }
  cloud.okta.faults.reset()
  expect(told.counted('ReadsFailed') - failed).toBeGreaterThanOrEqual(refused.length)
  await cloud.minutes(2)
  for (const group of groups) expect((await see(group)).readers).toBe(AFTER)
})

test('Okta does not answer for hours: nobody is removed, and it is tried ever more seldom, up to once an hour', async () => {
  const { cloud, change, see } = stage
  const [group] = (await stage.groupsOf(['for hours'])) as [Group]
  cloud.okta.faults.next({ answer: 503, times: Number.POSITIVE_INFINITY, method: 'GET', path: `/groups/${group.id}` })
  change(group)
  await cloud.settled()
  const waits: number[] = []
  for (let failure = 1; failure <= 8; failure++) {
    const { readers, mirror, puts, complaints, deadLetters, restArrived } = await see(group)
    expect({ readers, puts, deadLetters, restArrived }).toEqual({
      ...{ readers: BEFORE, puts: [], deadLetters: 0, restArrived: true },
    })
    expect(mirror.failures).toBe(failure)
    expect(complaints.at(-1)).toMatchObject({ message: NOT_READ, failures: failure, status: 503 })
    const wait = mirror.retryAt! - Date.now()
    waits.push(Math.round(wait / MINUTE))
    passTime(wait - 2 * SECOND)
    await cloud.catchUp()
    expect((await cloud.snapshot.mirror(group.id))?.failures).toBe(failure)
    if (failure === 8) cloud.okta.faults.reset()
    passTime(3 * SECOND)
    await cloud.catchUp()
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  expect(await see(group)).toMatchObject({ readers: AFTER, puts: [AFTER], mirror: { failures: 0, retryAt: null } })
})

interface Lag {
  lag: 'members' | 'groups' | 'counts' | 'search' | 'users'
  change(group: Group): void
  /** What is looked at, besides who reads the group's own document. */
  shows?(group: Group): string
  atOnce: string
  aMinuteLater: string
  /** Reads of the members at once. */
  reads: number
}

function renamed({ name }: Group): string {
  return `${name}, renamed`
}

function rename(group: Group): void {
  stage.documentFor(renamed(group))
  stage.changeMembers(group.id)
  stage.cloud.okta.org.replaceGroup(group.id, { name: renamed(group) })
}

const RENAME = { change: rename, shows: (group: Group) => stage.readersOf(renamed(group)), reads: 1 }

const LAGS: Lag[] = [
  { lag: 'members', change: ({ id }) => stage.changeMembers(id), atOnce: BEFORE, aMinuteLater: AFTER, reads: 1 },
  { lag: 'groups', ...RENAME, atOnce: '', aMinuteLater: AFTER },
  {
    lag: 'counts',
    change: ({ id }) => stage.cloud.okta.org.removeMember(id, stage.people.bob),
    ...{ atOnce: 'ann', aMinuteLater: 'ann', reads: 2 },
  },
  { lag: 'search', ...RENAME, atOnce: AFTER, aMinuteLater: AFTER },
  {
    lag: 'users',
    change: ({ id }) => {
      const { org } = stage.cloud.okta
      org.addMember(id, org.createUser('new@example.com').id)
    },
    shows: ({ name }) => stage.readersOf(name, ['new']),
    ...{ atOnce: 'new', aMinuteLater: 'new', reads: 1 },
  },
]

describe('reads that lag', () => {
  let groups: Group[]
  beforeAll(async () => {
    groups = await stage.groupsOf(LAGS.map(({ lag }) => `lag of ${lag}`))
    passTime(MINUTE)
  })

  test.for(LAGS)(
    'of $lag by half a minute: “$atOnce” at once, “$aMinuteLater” at the look a minute later',
    async ({ lag, change, shows, atOnce, aMinuteLater, reads }) => {
      const { cloud, see } = stage
      const group = groups.find(({ name }) => name === `lag of ${lag}`)!
      const shown = () => (shows ?? (({ name }) => stage.readersOf(name)))(group)
      // The hints wait in the queue for a while, so that no read waits for what an event has said.
      await cloud.functions.stopPollers()
      stage.change(group, () => change(group))
      await cloud.okta.deliveriesSettled()
      passTime(15 * SECOND)
      cloud.okta.faults.lag[lag] = 30 * SECOND
      await cloud.functions.startPollers()
      await cloud.settled()
      const late = await see(group)
      expect(shown()).toBe(atOnce)
      expect(late).toMatchObject({ reads, deadLetters: 0, restArrived: lag !== 'members' })
      expect(late.mirror).toMatchObject({ state: 'present', failures: 0, retryAt: null })
      expect(late.mirror.newestHint).toBeGreaterThanOrEqual(late.changedAt)
      const counted = { level: 'WARN', message: MORE_COUNTED, group: group.id, read: 1, counted: 2 }
      expect(late.complaints).toEqual(lag === 'counts' ? [expect.objectContaining(counted)] : [])
      expect(late.mirror.lookAgainAt !== null).toBe(lag === 'counts')
      passTime(late.mirror.newestHint + MINUTE - 3 * SECOND - Date.now())
      await cloud.catchUp()
      expect(shown()).toBe(atOnce)
      expect((await see(group)).reads).toBe(reads)
      passTime(5 * SECOND)
      await cloud.catchUp()
      const due = await see(group)
      expect(shown()).toBe(aMinuteLater)
      expect(due).toMatchObject({
        reads: reads + 1,
        deadLetters: 0,
        restArrived: true,
        ledger: { status: 'confirmed' },
      })
      cloud.okta.faults.reset()
    },
  )
})

test("a user's groups cannot be read: who was suspended keeps what they had, it is written down, and a minute later it is right", async () => {
  const { cloud, see, told } = stage
  const { org, faults } = cloud.okta
  const [group] = (await stage.groupsOf(['of a user'])) as [Group]
  const failed = told.counted('ReadsFailed')
  faults.next({ answer: 503, times: 9, path: `users/${stage.people.bob}/groups` })
  stage.change(group, () => org.changeUser(stage.people.bob, 'suspend'))
  await cloud.settled()
  const atOnce = await see(group)
  expect(atOnce).toMatchObject({ readers: BEFORE, puts: [], reads: 0, deadLetters: 0, restArrived: true })
  const row = (await cloud.snapshot.user(stage.people.bob))!
  expect(row).toMatchObject({
    failures: 1,
    newestHint: expect.any(Number),
    causes: [{ type: 'user.lifecycle.suspend' }],
  })
  expect(row.retryAt! - atOnce.changedAt).toBeGreaterThanOrEqual(MINUTE)
  expect(told.lines()).toContainEqual(
    expect.objectContaining({
      level: 'WARN',
      message: "a user's groups could not be read; they are read again later",
      ...{ user: stage.people.bob, status: 503 },
    }),
  )
  expect(told.counted('ReadsFailed') - failed).toBe(1)
  faults.reset()
  passTime(55 * SECOND)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: BEFORE, reads: 0 })
  passTime(10 * SECOND)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: 'ann', puts: ['ann'], outcomes: ['confirmed'], deadLetters: 0 })
  org.changeUser(stage.people.bob, 'unsuspend')
  await cloud.settled()
})

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
