import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud()
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
beforeEach(() => {
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)

test.for([
  { kind: 'answer', error: 'ThrottlingException', times: 3 },
  { kind: 'answer', error: 'ConflictException' },
  { kind: 'answer', error: 'InternalServerException', times: 3 },
  { kind: 'apply-then-answer', error: 'InternalServerException', times: 3 },
  { kind: 'apply-then-cut', times: 3 },
  { kind: 'fail-later' },
] as const)('a put that meets $kind $error is put again, and ends right', async (fault) => {
  const name = `put ${Object.values(fault).join(' ')}`
  const id = await groupOf(name, ann, bob)
  expect(cloud.members(name)).toHaveLength(2)
  cloud.qbusiness.faults.add({ ...fault, operation: 'PutGroup', group: name })
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.members(name)).toEqual(['ann@example.com'])
  expect(cloud.qbusiness.faults.left).toBe(0)
  passTime(2 * DAY)
  await cloud.minutes(3)
  expect(await cloud.ledger(name)).toMatchObject({ status: 'confirmed', doubt: null, failures: 0 })
})

test('a put whose answer is lost and that lands ten minutes later is put over again', async () => {
  const id = await groupOf('late-landing', ann, bob)
  await cloud.minutes(2)
  cloud.qbusiness.faults.add({ operation: 'PutGroup', group: 'late-landing', kind: 'apply-late', afterMs: 10 * MINUTE })
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  await cloud.minutes(1)
  expect(cloud.members('late-landing')).toEqual([])
  await cloud.minutes(11)
  expect(cloud.members('late-landing')).toEqual(['ann@example.com'])
  await cloud.minutes(6)
  expect(cloud.members('late-landing')).toEqual([])
})

test('a change that finds a put PROCESSING waits two minutes at most, and then goes over it', async () => {
  cloud.qbusiness.switches.processingMs = 6 * HOUR
  const id = await groupOf('processing', ann, bob)
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  expect(cloud.puts('processing')).toHaveLength(1)
  await cloud.minutes(3)
  expect(cloud.puts('processing').map(({ members }) => members)).toEqual([
    ['ann@example.com', 'bob@example.com'],
    ['ann@example.com'],
  ])
  expect((await cloud.ledger('processing')).doubt).not.toBeNull()
  cloud.qbusiness.switches.processingMs = 20
  passTime(6 * HOUR)
  await cloud.minutes(1)
  passTime(DAY)
  await cloud.minutes(1)
  expect(cloud.members('processing')).toEqual(['ann@example.com'])
  expect((await cloud.ledger('processing')).doubt).toBeNull()
})

test('what cannot be confirmed in an hour is put once more, and then recorded as unconfirmed', async () => {
  cloud.qbusiness.switches.processingMs = 100 * DAY
  await groupOf('unconfirmed', ann)
  for (let hour = 0; hour < 3; hour++) {
    passTime(HOUR)
    await cloud.minutes(1)
  }
  expect(cloud.puts('unconfirmed').length).toBeGreaterThanOrEqual(2)
  for (let put = 0; put < 5; put++) {
    passTime(13 * HOUR)
    await cloud.minutes(1)
  }
  expect(await cloud.ledger('unconfirmed')).toMatchObject({ status: 'unconfirmed', doubt: null, retryAt: null })
  const puts = cloud.puts('unconfirmed').length
  expect(puts).toBeLessThan(10)
  passTime(2 * DAY)
  await cloud.minutes(1)
  expect(cloud.puts('unconfirmed').length).toBe(puts)
})

test('a list over 1,000 is refused, and leavers still leave', async () => {
  const id = await cloud.admin.createGroup('large')
  const people: string[] = []
  cloud.okta.org.quietly(() => {
    for (let index = 0; index < 999; index++) {
      const { id: user } = cloud.okta.org.createUser(`large-${index}@example.com`)
      cloud.okta.org.addMember(id, user)
      people.push(user)
    }
  })
  await cloud.admin.join(id, ann)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(1000)
  await cloud.admin.join(id, bob)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(1000)
  expect((await cloud.ledger('large')).refusal).toMatchObject({
    reason: 'list',
    detail: expect.stringContaining('1001'),
  })
  cloud.okta.org.quietly(() => cloud.okta.org.addMember(id, cloud.okta.org.createUser('one-more@example.com').id))
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(999)
  expect(cloud.members('large')).not.toContain('ann@example.com')
  await cloud.admin.leave(id, people[0]!)
  await cloud.settled()
  expect(cloud.members('large')).toContain('bob@example.com')
  expect(cloud.members('large')).toHaveLength(1000)
  expect((await cloud.ledger('large')).refusal).toBeNull()
})

test('a name that Q Business does not take is refused alone: the former one stays in step, and leavers leave', async () => {
  const { org } = cloud.okta
  const id = org.importGroup({ name: 'printable' }).id
  for (const person of [ann, bob]) org.importMember(id, person)
  await cloud.settled()
  expect(cloud.members('printable')).toEqual(['ann@example.com', 'bob@example.com'])
  org.renameImportedGroup(id, 'not\u0007printable')
  await cloud.reconcile()
  expect((await cloud.ledger('not\u0007printable')).refusal).toMatchObject({
    reason: 'name',
    remedy: expect.stringContaining('rename'),
  })
  org.removeImportedMember(id, bob)
  await cloud.reconcile()
  expect(cloud.members('printable')).toEqual(['ann@example.com'])
  expect(cloud.puts('not\u0007printable')).toEqual([])
})

test('a list that the service refuses is recorded, leavers leave, and the same is not tried again', async () => {
  const id = await groupOf('refused', ann, bob)
  cloud.qbusiness.switches.unknownUsers = 'refused'
  cloud.qbusiness.store.createUser('ann@example.com', 'bob@example.com')
  const stranger = await cloud.admin.createUser('stranger@example.com')
  await cloud.admin.join(id, stranger)
  await cloud.settled()
  expect(cloud.members('refused')).toEqual(['ann@example.com', 'bob@example.com'])
  expect((await cloud.ledger('refused')).refusal?.reason).toBe('service')
  const puts = cloud.puts('refused').length
  await cloud.minutes(3)
  await cloud.reconcile()
  expect(cloud.puts('refused').length).toBe(puts)
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  expect(cloud.members('refused')).toEqual(['ann@example.com'])
})

test('where an empty list is refused, nobody who can sign in is put in its place', async () => {
  cloud.qbusiness.switches.emptyList = 'refused'
  const id = await groupOf('emptied', ann)
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  expect(cloud.members('emptied')).toEqual(['nobody@q-group-sync.invalid'])
})

test('GetGroup in whole seconds, and one that shows an old status for a while, confirm in the end', async () => {
  Object.assign(cloud.qbusiness.switches, {
    lastUpdatedAt: 'seconds',
    statusHistory: 'last-only',
    staleStatusMs: 30_000,
  })
  const id = await groupOf('stale-status', ann)
  await cloud.admin.join(id, bob)
  await cloud.settled()
  await cloud.minutes(4)
  expect(cloud.members('stale-status')).toEqual(['ann@example.com', 'bob@example.com'])
  passTime(2 * HOUR)
  await cloud.minutes(2)
  passTime(2 * DAY)
  await cloud.minutes(3)
  expect((await cloud.ledger('stale-status')).status).toBe('confirmed')
})
