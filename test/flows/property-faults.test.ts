import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import type { RunReport } from '../../shared/sync/reconcile.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { change, isCounting, make, namesInOkta, PEOPLE, rareChange, type World } from '../support/random-changes.ts'
import { fault, happen, oktaSwitches, type RandomFault, SILENT, switches } from '../support/random-faults.ts'
import { DAY, HOUR, MINUTE, passTime, runFaster, SECOND } from '../support/time.ts'

// By hand more histories, of another seed: HISTORIES=100 SEED=7 npm run vitest run test/flows/property-faults.test.ts
const numRuns = Number(process.env['HISTORIES'] ?? 4)
const seed = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }

const VISIBILITY = 90 * SECOND
const NOBODY = 'nobody@q-group-sync.invalid'
const STRANGER = 'stranger@example.com'

const passing = [30 * SECOND, 61 * SECOND, 5 * MINUTE, 16 * MINUTE, 150 * MINUTE, 26 * HOUR]
const step = fc.oneof(
  { weight: 14, arbitrary: change },
  { weight: 3, arbitrary: rareChange },
  { weight: 8, arbitrary: fault },
  { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(0, 3 * SECOND) }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.constantFrom(...passing) }) },
  { weight: 1, arbitrary: fc.record({ invoke: fc.constantFrom('reconcile' as const, 'replay' as const) }) },
)
const history = fc.record({
  sides: switches,
  oktaSides: oktaSwitches,
  steps: fc.array(step, { minLength: 12, maxLength: 32, size: 'max' }),
})
type History = typeof history extends fc.Arbitrary<infer T> ? T : never

/** Names in the first column of the tables of a section of docs/stand-ins.md. */
function namedIn(section: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'stand-ins.md'), 'utf8')
  const rows = text
    .split(`\n## ${section}\n`)[1]!
    .split('\n## ')[0]!
    .matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)
  return [...rows].flatMap(([, names]) => names!.split(', ').map((name) => name.slice(1, -1)))
}

test('every fault of the stand-ins is drawn, and every switch that a synchronizer can meet', () => {
  const steps = fc.sample(fault, 5_000)
  const okta = steps.flatMap((one) => {
    if (one.fault === 'Okta answers') return ['next', String(one.misanswer.answer)]
    if (one.fault === 'Okta lags') return [`lag.${one.of}`]
    if (one.fault === 'deliveries') return Object.keys(one.how).map((name) => `deliveries.${name}`)
    return one.fault === 'rate limits' ? Object.keys(one.limits).map((name) => `rateLimits.${name}`) : []
  })
  // A partial view looks like a deletion, so that the user store needn't equal what is there.
  const oktaSides = [...Object.keys(fc.sample(oktaSwitches, 1)[0]!), 'dpop', 'sees', 'unseenById']
  expect(new Set([...okta, ...oktaSides])).toEqual(
    new Set([...namedIn('Okta: faults'), ...namedIn('Okta: switches'), 'hasLog']),
  )
  const qBusiness = steps.flatMap((one) => (one.fault === 'Q Business answers' ? [one.kind.kind] : []))
  expect(new Set<string>(qBusiness)).toEqual(new Set(namedIn('Amazon Q Business: faults')))
  const unmet = [
    'memberLimitCounts',
    'absentMemberType',
    'unseenPerson',
    'nestingDepth',
    'recreatedGroup',
    'identityType',
  ]
  const sides = [...Object.keys(fc.sample(switches, 1)[0]!), 'groupNames', ...unmet]
  expect(sides.sort()).toEqual(namedIn('Amazon Q Business: switches').sort())
})

describe.each(['case-sensitive', 'case-insensitive'] as const)('where the names of groups are %s', (groupNames) => {
  let cloud: TestCloud
  let count = 0
  /** Okta ids of the groups that ever bore a name, by its key. */
  const bearers = new Map<string, Set<string>>()
  /** Addresses that were ever in a group, by its Okta id. */
  const everIn = new Map<string, Set<string>>()
  const everOutOfScope = new Set<string>()
  let checked = 0
  /** Groups of the history before. */
  const over: { id: string }[] = []

  beforeAll(async () => {
    cloud = await testCloud({
      settings: { scope: { names: ['history *', 'HISTORY *'] }, groups: { deleteAfterDays: 1 }, guard: NO_GUARD },
      indexLagMs: 0,
      visibilitySeconds: VISIBILITY / SECOND,
      maxReceiveCount: 2,
    })
    cloud.qbusiness.switches.groupNames = groupNames
    runFaster(20, cloud.qbusiness.url)
  })
  afterAll(() => cloud.close())

  test.prop([history], { numRuns, ...seed, endOnFailure: true })(
    'whatever happens in Okta, and whatever goes wrong there, in Q Business and in AWS, in the end the user store equals Okta',
    async (drawn) => {
      const { sides, steps } = drawn
      await startAnew(drawn)
      const deliveries = cloud.okta.deliveries.made.length
      const world = newWorld()
      const foreign = `${world.prefix}foreign`
      cloud.qbusiness.store.putForeign(foreign, [STRANGER])
      // What is lost afterwards can only be a leak or a lock-out where something had arrived before.
      for (const slot of [0, 1]) {
        await make(world, { do: 'create', slot, name: slot })
        for (const person of [slot, slot + 1, slot + 2]) await make(world, { do: 'join', slot, person })
      }
      signIn()
      await pass(0)

      for (const one of steps) {
        if ('fault' in one) happen(cloud, one)
        else if ('do' in one) await make(world, one)
        else if ('pass' in one) await pass(one.pass)
        else await cloud.functions.functions[one.invoke].invoke(requestOf(one.invoke))
      }

      makeRight(drawn)
      signIn()
      await untilNothingIsDue()
      await cloud.invoke('replay', { deadLetters: true })
      await untilNothingIsDue()
      // What Okta delivered or logged, and what it answered whole, needs no reconcile.
      const isDelivered = cloud.okta.deliveries.made.slice(deliveries).every(({ replies }) => replies.at(-1) === 200)
      const isTold = drawn.oktaSides.hasLog || (isDelivered && !isLossy(steps))
      const isAllTold = isTold && cutShort(steps) === 0
      if (isAllTold) await expectEqual(world, sides.memberLimit)
      const first = await reconcile()
      if (isAllTold) expect(first.counts.changed).toBe(0)
      await untilNothingIsDue()

      const isTooLong = await expectEqual(world, sides.memberLimit)
      // A list that is too long is tried every day: that is never over.
      const nothing = { changed: 0, ...(isTooLong ? {} : { namesRung: 0 }) }
      expect(await reconcile()).toMatchObject({ counts: nothing, unread: [] })
      expect(cloud.members(foreign)).toEqual([STRANGER])
      for (const queue of Object.values(cloud.deadLetterQueues)) expect(await cloud.messages(queue)).toBe(0)
      expectNobodyInvented()
      if (isProven(drawn)) expectNobodyRemoved(world)
      over.push(...world.groups.values())
    },
    3_600_000,
  )

  /** Cold functions, and services that take the sides of a history. What was left of the last one ends with it. */
  async function startAnew(drawn: History): Promise<void> {
    count++
    makeRight(drawn)
    cloud.okta.tokens.dpop = 'off'
    cloud.okta.tokens.revoke()
    await cloud.functions.redeploy()
    Object.assign(cloud.qbusiness.switches, drawn.sides)
    for (const { id } of over.splice(0)) await cloud.admin.deleteGroup(id)
  }

  /** Nothing goes wrong any more. What nobody knows of Okta stays as it is. */
  function makeRight({ oktaSides: { hasLog, ...sides } }: History): void {
    const { faults } = cloud.okta
    faults.reset()
    Object.assign(faults, sides)
    if (!hasLog) faults.lag.logs = SILENT
    cloud.qbusiness.faults.clear()
    cloud.secrets.faults.down = false
    cloud.dynamodb!.lagMs = 0
  }

  /** An org of which it is noted who was ever in which group, and in each of whose groups there is always one. */
  function newWorld(): World & { always: string } {
    const { org } = cloud.okta
    const emailOf = (person: number, tag: number) => `person-${person}-${tag}-of-${count}@example.com`
    const createUser = (email: string) => org.quietly(() => org.createUser(email)).id
    const always = `always-of-${count}@example.com`
    const alwaysIn = createUser(always)
    const people = Array.from({ length: PEOPLE }, (_, person) => createUser(emailOf(person, 1000)))
    const note = (id: string) => {
      const name = org.state.groups.get(id)?.name
      if (name === undefined) return
      if (!nameKey(name).startsWith('history ')) everOutOfScope.add(id)
      setOf(bearers, nameKey(name)).add(id)
      for (const user of org.memberIds(id).map((one) => org.state.users.get(one)!)) {
        if (isCounting(user.status)) setOf(everIn, id).add(user.profile.email)
      }
    }
    const world = {
      prefix: `history ${count} name `,
      groups: new Map<number, { id: string; name: string }>(),
      names: new Set<string>(),
      people,
      emailOf,
      always,
      // Nobody can read it without its first member.
      createGroup: async (name: string) => {
        const { id } = org.createGroup({ name })
        org.addMember(id, alwaysIn)
        note(id)
        return id
      },
    }
    const calls = Object.entries(cloud.admin).map(([name, call]) => [
      name,
      async (...given: never[]) => {
        try {
          return await (call as (...given: never[]) => Promise<unknown>)(...given)
        } finally {
          for (const { id } of world.groups.values()) note(id)
        }
      },
    ])
    return { ...world, admin: Object.fromEntries(calls) }
  }

  /** Everybody who is in a group by now has signed in to Q Business. */
  function signIn(): void {
    cloud.qbusiness.store.createUser(NOBODY, ...[...everIn.values()].flatMap((members) => [...members]))
  }

  /** Until nothing is under way. What failed comes back when its time is over. */
  async function quiet(): Promise<void> {
    const { hintQueue, nameQueue } = cloud.addresses
    const functions = Object.values(cloud.functions.functions)
    const until = performance.now() + 60_000
    for (let calm = 0, stuck = 0; calm < 2; ) {
      await cloud.okta.deliveriesSettled()
      const isRunning = functions.some(({ counts }) => counts.running > 0)
      const queued = isRunning ? 0 : (await cloud.messages(hintQueue)) + (await cloud.messages(nameQueue))
      calm = isRunning || queued > 0 ? 0 : calm + 1
      stuck = queued > 0 ? stuck + 1 : 0
      if (stuck === 4) {
        passTime(VISIBILITY)
        stuck = 0
      }
      if (performance.now() > until) throw new Error(`${queued} messages are still under way, or a function`)
      await wait(5)
    }
  }

  async function pass(milliseconds: number): Promise<void> {
    passTime(milliseconds)
    await cloud.functions.functions['catch-up'].invoke({})
    await quiet()
  }

  /** Lets time pass to whatever is due next, until nothing is within days. Catch-up comes the later, the longer it takes. */
  async function untilNothingIsDue(): Promise<void> {
    await quiet()
    const start = Date.now()
    for (;;) {
      let next = Number.POSITIVE_INFINITY
      for await (const rows of cloud.snapshot.due(start + 4 * DAY)) {
        next = Math.min(next, ...rows.map(({ dueAt }) => dueAt))
      }
      if (next === Number.POSITIVE_INFINITY) break
      const now = Date.now()
      await pass(Math.max(next - now, MINUTE, (now - start) / 3))
    }
    // What is put may take a day and more.
    await pass(4 * DAY)
  }

  async function reconcile(): Promise<RunReport> {
    const report = await cloud.invoke<RunReport>('reconcile')
    await quiet()
    return report
  }

  /** Every name has what its group has in Okta, former ones what theirs has or nobody. Answers whether a list is too long. */
  async function expectEqual(world: World, memberLimit: number): Promise<boolean> {
    const foreign = `${world.prefix}foreign`
    const inOkta = await namesInOkta(world)
    for (const [key, names] of Map.groupBy(inOkta.keys(), nameKey)) {
      const lists = names.map((name) => inOkta.get(name)!)
      if (key !== nameKey(foreign)) expectOneOf(lists, (await cloud.ledger(key)).name)
    }
    for (const name of world.names) if (nameKey(name) !== nameKey(foreign)) expectOneOf([...inOkta.values(), []], name)
    return [...inOkta.values()].some(({ length }) => length > memberLimit)

    function expectOneOf(lists: string[][], name: string) {
      const has = (cloud.members(name) ?? []).filter((member) => member !== NOBODY)
      const isRight = (list: string[]) =>
        // Of a list that is too long, those are missing who came last.
        list.length > memberLimit ? has.every((member) => list.includes(member)) : isDeepStrictEqual(has, list)
      expect(lists.some(isRight), `${name} has ${has} instead of ${lists.join(' or ')}`).toBe(true)
    }
  }

  /** Nobody was ever put into a name who wasn't at some time in a group that bore it. */
  function expectNobodyInvented(): void {
    const puts = cloud.puts()
    for (const { groupName, members } of puts.slice(checked)) {
      const ids = [...(bearers.get(nameKey(groupName!)) ?? [])]
      const known = [NOBODY, ...ids.flatMap((id) => [...(everIn.get(id) ?? [])])]
      expect(known, groupName).toEqual(expect.arrayContaining(members!))
    }
    checked = puts.length
  }

  /** Whoever was in a group all the time, and was put, was in every put from then on. */
  function expectNobodyRemoved({ names, groups, always }: World & { always: string }): void {
    const present = new Set([...groups.values()].map(({ id }) => id).filter((id) => !everOutOfScope.has(id)))
    for (const name of names) {
      if (![...bearers.get(nameKey(name))!].every((id) => present.has(id))) continue
      const lists = cloud.puts(name).map(({ members }) => members!)
      const since = lists.findIndex((members) => members.includes(always))
      for (const members of since < 0 ? [] : lists.slice(since)) expect(members, name).toContain(always)
    }
  }
})

function requestOf(name: 'reconcile' | 'replay'): unknown {
  if (name === 'reconcile') return {}
  const until = Date.now() + 1
  return { since: new Date(until - HOUR).toISOString(), until: new Date(until).toISOString(), all: true }
}

function faultsOf<K extends RandomFault['fault']>(steps: History['steps'], kind: K) {
  return steps.filter((one) => 'fault' in one && one.fault === kind) as Extract<RandomFault, { fault: K }>[]
}

function isLossy(steps: History['steps']): boolean {
  return faultsOf(steps, 'deliveries').some(({ how }) => how.drop !== 0)
}

/** How many lists of Okta end early, with 200. */
function cutShort(steps: History['steps']): number {
  const cuts = faultsOf(steps, 'Okta answers').filter(({ misanswer }) => misanswer.answer === 'truncated')
  return cuts.reduce((sum, { times }) => sum + times, 0)
}

/** Whether Okta's count tells what a list cut short leaves out, and nothing is refused for what it holds. */
function isProven({ sides, oktaSides, steps }: History): boolean {
  const isCounted = oktaSides.countsDeprovisioned && faultsOf(steps, 'Okta lags').every(({ of }) => of !== 'counts')
  const isRefused = faultsOf(steps, 'Q Business answers').some(
    ({ kind }) =>
      ('error' in kind && kind.error === 'ServiceQuotaExceededException') ||
      ('detail' in kind && kind.detail?.errorCode === 'InvalidRequest'),
  )
  if (isRefused || sides.memberLimit < 1000 || sides.unknownUsers !== 'taken') return false
  return cutShort(steps) === 0 || (cutShort(steps) === 1 && isCounted)
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set<string>()
  map.set(key, known)
  return known
}
