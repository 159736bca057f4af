import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RefusalReason } from '../../shared/membership/refusal.ts'
import { AFTER, type FaultStage, faultStage, type Group } from '../support/fault-story.ts'
import { HOUR, MINUTE, passTime } from '../support/time.ts'

let stage: FaultStage
beforeAll(async () => {
  stage = await faultStage()
})
beforeEach(() => stage.calm())
afterAll(() => stage.cloud.close())

/** Runs a change to its end, and answers how many names it refused. */
async function refusedBy(change: () => void): Promise<number> {
  const before = stage.told.counted('NamesRefused')
  change()
  await stage.cloud.settled()
  return stage.told.counted('NamesRefused') - before
}

/** A refusal as it is recorded and as it is said: which, why, and what to do. */
async function expectRefusal(name: string, reason: RefusalReason, detail: RegExp, remedy: RegExp): Promise<void> {
  const facts = { reason, detail: expect.stringMatching(detail), remedy: expect.stringMatching(remedy) }
  expect((await stage.cloud.ledger(name)).refusal).toMatchObject(facts)
  const line = { level: 'WARN', message: 'a name is refused', name, ...facts }
  expect(stage.told.lines().filter((one) => one.message === line.message && one['name'] === name)).toEqual([
    expect.objectContaining(line),
  ])
}

/** As long as nothing changes, nothing is put, whoever rings. */
async function expectNotTried(...names: string[]): Promise<void> {
  const { cloud } = stage
  const puts = () => names.map((name) => cloud.puts(name).length)
  const before = puts()
  await cloud.minutes(3)
  await cloud.reconcile()
  passTime(2 * HOUR)
  await cloud.catchUp()
  expect(puts()).toEqual(before)
}

test('a name that Q Business does not take: it alone is refused, and the former name stays in step', async () => {
  const { cloud, see } = stage
  const { org } = cloud.okta
  const [group] = (await stage.groupsOf(['printable'])) as [Group]
  const bad = 'not\u0007printable'
  stage.documentFor(bad)
  const change = () => {
    org.replaceGroup(group.id, { name: bad })
    stage.changeMembers(group.id)
  }
  expect(await refusedBy(() => stage.change(group, change))).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({
    readers: AFTER,
    puts: [AFTER],
    outcomes: ['confirmed'],
    deadLetters: 0,
    restArrived: true,
  })
  expect(stage.readersOf(bad)).toBe('')
  await expectRefusal(bad, 'name', /printable/, /rename the group/)
  expect(await cloud.ledger(bad)).toMatchObject({ status: 'none', ours: false, failures: 0, retryAt: null })
  await expectNotTried(bad, group.name)
  stage.documentFor('printable again')
  org.replaceGroup(group.id, { name: 'printable again' })
  await cloud.settled()
  expect(stage.readersOf('printable again')).toBe(AFTER)
})

test('a list over 1,000: that name alone is refused, leavers still leave, and it is put once it fits', async () => {
  const { cloud, see } = stage
  const { org } = cloud.okta
  const [group] = (await stage.groupsOf(['large'])) as [Group]
  const people = Array.from(
    { length: 999 },
    (_, index) => org.quietly(() => org.createUser(`large-${index}@example.com`)).id,
  )
  const join = () => {
    for (const person of people) org.quietly(() => org.addMember(group.id, person))
  }
  expect(
    await refusedBy(() =>
      stage.change(group, () => {
        join()
        stage.changeMembers(group.id)
      }),
    ),
  ).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({
    readers: 'ann',
    puts: ['ann'],
    outcomes: ['confirmed'],
    deadLetters: 0,
    restArrived: true,
  })
  await expectRefusal(group.name, 'list', /1001 members.*1000/, /split the group/)
  expect(seen.ledger).toMatchObject({ status: 'confirmed', failures: 0, retryAt: null, refusal: { until: null } })
  await expectNotTried(group.name)
  expect((await see(group)).readers).toBe('ann')
  org.removeMember(group.id, people[0]!)
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: AFTER, ledger: { refusal: null, status: 'confirmed' } })
  expect(cloud.members(group.name)).toHaveLength(1000)
})

test('a list that the service refuses: leavers leave, and what is wanted is tried again after a day', async () => {
  const { cloud, see } = stage
  const { switches, store } = cloud.qbusiness
  const [group] = (await stage.groupsOf(['with a stranger'])) as [Group]
  switches.unknownUsers = 'refused'
  const neighbours = Array.from({ length: 9 }, (_, index) => `neighbour-${index}@example.com`)
  store.createUser('ann@example.com', 'bob@example.com', ...neighbours)
  expect(await refusedBy(() => stage.change(group))).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: 'ann', outcomes: ['refused', 'confirmed'], deadLetters: 0, restArrived: true })
  expect(seen.complaints[0]).toMatchObject({
    ...{ message: 'a put was not accepted', kind: 'refused', cause: 'ValidationException', status: 400 },
    requestId: expect.any(String),
  })
  await expectRefusal(group.name, 'service', /request id/, /once a day/)
  expect(Math.round((seen.ledger.refusal!.until! - seen.changedAt) / HOUR)).toBe(24)
  await expectNotTried(group.name)
  // What was refused may be right by then.
  store.createUser('carl@example.com')
  passTime(22 * HOUR)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: AFTER, ledger: { refusal: null, status: 'confirmed' } })
})

test('a put that FAILED for what it held: leavers leave, and nothing else is tried before it changes or a day has passed', async () => {
  const { cloud, see, told } = stage
  const [group] = (await stage.groupsOf(['failed'])) as [Group]
  const detail = { errorCode: 'InvalidRequest', errorMessage: 'of ann@example.com' } as const
  cloud.qbusiness.faults.add({ operation: 'PutGroup', kind: 'fail-later', group: group.name, detail })
  const failed = told.counted('PutsFailed')
  expect(await refusedBy(() => stage.change(group))).toBe(1)
  expect(told.counted('PutsFailed') - failed).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: 'ann', outcomes: ['failed', 'confirmed'], deadLetters: 0, restArrived: true })
  expect(seen.complaints[0]).toMatchObject({
    ...{ level: 'ERROR', message: 'a put FAILED', name: group.name, errorCode: 'InvalidRequest' },
  })
  await expectRefusal(group.name, 'service', /InvalidRequest/, /GetGroup/)
  // What a failed put has left behind isn't known, so the lesser list is put against doubt; what is wanted isn't.
  expect(seen.ledger).toMatchObject({ status: 'confirmed', doubt: { puts: 0 }, failures: 0 })
  expect(Math.round((seen.ledger.refusal!.until! - seen.changedAt) / HOUR)).toBe(24)
  await cloud.minutes(3)
  await cloud.reconcile()
  expect(await see(group)).toMatchObject({ readers: 'ann', outcomes: ['failed', 'confirmed'] })
  cloud.okta.org.addMember(group.id, stage.people.bob)
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: 'ann bob carl', ledger: { refusal: null }, deadLetters: 0 })
})

test('a foreign name: who is in it stays, nothing is put, and it is looked at again every hour', async () => {
  const { cloud, see } = stage
  const { store, calls } = cloud.qbusiness
  const { org } = cloud.okta
  const name = 'foreign'
  store.putForeign(name, ['bob@example.com'])
  stage.documentFor(name)
  const group = { id: org.quietly(() => org.createGroup({ name })).id, name }
  expect(await refusedBy(() => stage.change(group, () => org.addMember(group.id, stage.people.carl)))).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: 'bob', puts: [], outcomes: [], deadLetters: 0, restArrived: true })
  await expectRefusal(name, 'foreign', /not put by this stage/, /groups\.adopt/)
  expect(seen.ledger).toMatchObject({ status: 'none', ours: false, meant: null })
  expect(Math.round((seen.ledger.refusal!.until! - seen.changedAt) / MINUTE)).toBe(60)
  const asked = () => calls.filter(({ operation, groupName }) => operation === 'GetGroup' && groupName === name).length
  expect(asked()).toBe(1)
  passTime(HOUR)
  await cloud.catchUp()
  expect({ asked: asked(), puts: cloud.puts(name) }).toEqual({ asked: 2, puts: [] })
  await cloud.deploy({ groups: { adopt: [name] } })
  passTime(HOUR)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({ readers: 'carl', puts: ['carl'], ledger: { ours: true, refusal: null } })
  await cloud.deploy({})
})

test('two groups of one name: who has it keeps it, the other is refused alone and gets it when it is free', async () => {
  const { cloud, see, told } = stage
  const { org } = cloud.okta
  const [group] = (await stage.groupsOf(['double'])) as [Group]
  const second = org.quietly(() => org.importGroup({ name: group.name })).id
  const join = () => {
    stage.changeMembers(group.id)
    org.importMember(second, stage.people.bob)
    org.completeImport()
  }
  const refused = told.counted('NamesRefused')
  stage.change(group, join)
  await cloud.settled()
  // An import names no group: the reconcile that is booked for it finds the second one.
  await cloud.minutes(3)
  expect(told.counted('NamesRefused') - refused).toBe(1)
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: AFTER, outcomes: ['confirmed'], deadLetters: 0, restArrived: true })
  expect(seen.ledger).toMatchObject({ owner: group.id, doubles: [second], refusal: null, failures: 0 })
  expect(seen.complaints).toEqual([
    expect.objectContaining({
      ...{ level: 'WARN', message: 'a name is refused', name: group.name, groups: [second], reason: 'double' },
      ...{ detail: expect.stringContaining(group.id), remedy: expect.stringContaining('rename one of the groups') },
    }),
  ])
  await expectNotTried(group.name)
  expect((await see(group)).complaints).toHaveLength(1)
  org.replaceGroup(group.id, { name: 'double no more' })
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: 'bob', deadLetters: 0, ledger: { owner: second, doubles: [] } })
})

test('settings that are wrong: no function begins, all faults are said, and what was deployed goes on', async () => {
  const { cloud, see, told } = stage
  const [group] = (await stage.groupsOf(['with wrong settings'])) as [Group]
  const [identity, lines] = [await cloud.snapshot.identity(), told.heard()]
  const touched = () => [cloud.okta.requests.count(), cloud.qbusiness.calls.length, cloud.secrets.calls]
  const before = touched()
  const wrong = { scope: { name: ['team-*'] }, renames: { keepDays: -1 } }
  const says = [
    /2 faults/,
    /scope: Unrecognized key: "name"; allowed are types, names, ids/,
    /renames\.keepDays: Too small/,
  ]
  await expect(cloud.deploy(wrong)).rejects.toThrow(says[0])
  for (const name of ['okta-hook', 'read-group', 'put-group', 'reconcile', 'catch-up', 'replay']) {
    const { compose } = await import(`../../functions/${name}.ts`)
    for (const part of says) expect(compose, name).toThrow(part)
  }
  expect(touched()).toEqual(before)
  expect(await cloud.snapshot.identity()).toEqual(identity)
  expect(told.heard()).toBe(lines)
  stage.change(group)
  await cloud.settled()
  expect(await see(group)).toMatchObject({
    readers: AFTER,
    puts: [AFTER],
    complaints: [],
    deadLetters: 0,
    restArrived: true,
  })
  await cloud.deploy({})
})

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
