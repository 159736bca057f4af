import { PurgeQueueCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import { spellingKey } from '../../shared/membership/spelling.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, MINUTE, passTime, sleepByPassingTime } from '../support/time.ts'

// A group whose name changes only in case, in a service that tells case apart and in one that doesn't: whichever spelling a
// document names, it is open to the group's members.

const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const CARL = 'carl@example.com'

describe.each(['case-sensitive', 'case-insensitive'] as const)('in a %s service', (groupNames) => {
  const tellsApart = groupNames === 'case-sensitive'
  let cloud: TestCloud
  let ann: string
  let bob: string
  let carl: string

  beforeAll(async () => {
    sleepByPassingTime()
    cloud = await testCloud()
    cloud.qbusiness.switches.groupNames = groupNames
    ann = await cloud.admin.createUser(ANN)
    bob = await cloud.admin.createUser(BOB)
    carl = await cloud.admin.createUser(CARL)
  })
  beforeEach(() => passTime(2_000))
  afterAll(() => cloud.close())

  const members = (...names: string[]) => names.map((name) => cloud.members(name))
  const rowOf = async (spelling: string) => (await cloud.snapshot.name(spellingKey(nameKey(spelling), spelling))).ledger
  const callsOf = (operation: string, name: string) =>
    cloud.qbusiness.calls.filter((call) => call.operation === operation && call.groupName === name).length

  async function rename(id: string, ...names: string[]): Promise<void> {
    for (const name of names) {
      await cloud.admin.rename(id, name)
      await cloud.settled()
    }
  }
  async function leave(id: string, user: string): Promise<void> {
    await cloud.admin.leave(id, user)
    await cloud.settled()
  }
  async function join(id: string, user: string): Promise<void> {
    await cloud.admin.join(id, user)
    await cloud.settled()
  }

  test('both spellings have the members, and who leaves or joins later leaves and joins both', async () => {
    const id = await cloud.groupOf('Sales', ann, bob)
    await rename(id, 'sales')
    expect(members('Sales', 'sales')).toEqual([
      [ANN, BOB],
      [ANN, BOB],
    ])
    await leave(id, bob)
    expect(members('Sales', 'sales')).toEqual([[ANN], [ANN]])
    await join(id, carl)
    expect(members('Sales', 'sales')).toEqual([
      [ANN, CARL],
      [ANN, CARL],
    ])
  })

  test('and back again, and a third time', async () => {
    const id = await cloud.groupOf('Board', ann)
    await rename(id, 'board', 'Board', 'BOARD')
    await join(id, bob)
    const all = [ANN, BOB]
    expect(members('Board', 'board', 'BOARD')).toEqual([all, all, all])
    expect((await cloud.ledger('Board')).spellings).toEqual(['board', 'BOARD'])
    await leave(id, ann)
    await leave(id, bob)
    expect(members('Board', 'board', 'BOARD')).toEqual([[], [], []])
  })

  test('a deleted group is in none, each spelling is deleted days later, and both are back when it is', async () => {
    const id = await cloud.groupOf('Gone', ann)
    await rename(id, 'gone')
    await cloud.admin.deleteGroup(id)
    await cloud.settled()
    expect(members('Gone', 'gone')).toEqual([[ANN], [ANN]])
    await cloud.minutes(2)
    expect(members('Gone', 'gone')).toEqual([[], []])
    passTime(14 * DAY)
    await cloud.minutes(2)
    expect(members('Gone', 'gone')).toEqual([undefined, undefined])
    await cloud.groupOf('gone', bob)
    await cloud.minutes(2)
    expect(members('Gone', 'gone')).toEqual([[BOB], [BOB]])
  })

  test('a name that goes to another group in another case takes all its spellings along', async () => {
    const first = await cloud.groupOf('Legal', ann)
    await rename(first, 'legal', 'Former legal')
    await join(first, bob)
    expect(members('Legal', 'legal', 'Former legal')).toEqual([
      [ANN, BOB],
      [ANN, BOB],
      [ANN, BOB],
    ])
    await cloud.groupOf('LEGAL', carl)
    expect(members('Legal', 'legal', 'LEGAL')).toEqual([[CARL], [CARL], [CARL]])
    expect(members('Former legal')).toEqual([[ANN, BOB]])
  })

  test('of two groups that differ only in case one has the name, in every spelling of its own', async () => {
    const first = await cloud.groupOf('Twins', ann)
    const second = cloud.okta.org.importGroup({ name: 'TWINS' }).id
    cloud.okta.org.importMember(second, bob)
    cloud.okta.org.completeImport()
    await cloud.settled()
    expect(members('Twins')).toEqual([[ANN]])
    expect((await cloud.ledger('Twins')).doubles).toEqual([second])
    expect(callsOf('PutGroup', 'TWINS')).toBe(0)
    await rename(first, 'Twins no more')
    expect(members('Twins', 'TWINS')).toEqual([[BOB], [BOB]])
  })

  test('what has found its place is not asked about again and again', async () => {
    const id = await cloud.groupOf('Quiet', ann)
    await rename(id, 'quiet')
    const asked = callsOf('GetGroup', 'quiet')
    expect(asked).toBeGreaterThan(0)
    expect((await rowOf('quiet')).refusal?.reason).toBe(tellsApart ? undefined : 'same')
    for (const user of [bob, carl]) await join(id, user)
    await cloud.invoke('replay', { groups: [id] })
    await cloud.settled()
    expect(members('Quiet', 'quiet')).toEqual([
      [ANN, BOB, CARL],
      [ANN, BOB, CARL],
    ])
    if (!tellsApart) expect(callsOf('GetGroup', 'quiet') - asked).toBeLessThanOrEqual(1)
    expect(callsOf('PutGroup', 'quiet')).toBe(tellsApart ? 3 : 0)
    expect(await cloud.reconcile()).toMatchObject({ counts: { namesRung: 0 } })
  })

  test('a ring that was lost is made up for by the next reconcile', async () => {
    const id = await cloud.groupOf('Lost', ann)
    await cloud.functions.stopPollers()
    await cloud.admin.rename(id, 'lost')
    await cloud.okta.deliveriesSettled()
    await cloud.invoke('reconcile')
    await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.addresses.nameQueue }))
    await cloud.functions.startPollers()
    await cloud.settled()
    expect(members('Lost', 'lost')).toEqual([[ANN], tellsApart ? undefined : [ANN]])
    expect(await cloud.reconcile()).toMatchObject({ counts: { namesRung: 1 } })
    expect(members('Lost', 'lost')).toEqual([[ANN], [ANN]])
    await cloud.functions.stopPollers()
    await cloud.admin.join(id, bob)
    await cloud.okta.deliveriesSettled()
    await cloud.invoke('reconcile')
    await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.addresses.nameQueue }))
    await cloud.functions.startPollers()
    await cloud.settled()
    expect(members('Lost')).toEqual([[ANN]])
    expect(await cloud.reconcile()).toMatchObject({ counts: { namesRung: 2 } })
    expect(members('Lost', 'lost')).toEqual([
      [ANN, BOB],
      [ANN, BOB],
    ])
  })

  test('nothing is due when all is quiet, but once a day what is one group', async () => {
    for (const wait of [0, 15 * MINUTE, 2 * HOUR, DAY, DAY]) {
      passTime(wait)
      await cloud.minutes(2)
    }
    expect(await cloud.catchUp()).toMatchObject({ due: 0 })
    const due = []
    for await (const rows of cloud.snapshot.due(Date.now() + DAY)) due.push(...rows)
    expect(due.filter(({ id }) => !id.includes(' AS '))).toEqual([])
    expect(due.length > 0).toBe(!tellsApart)
  })

  if (!tellsApart) return

  test('a spelling that is somebody else’s is left alone and told, and taken when it is free', async () => {
    cloud.qbusiness.store.putForeign('theirs', ['somebody@example.com'])
    const id = await cloud.groupOf('Theirs', ann)
    await rename(id, 'theirs')
    await join(id, bob)
    expect(members('Theirs', 'theirs')).toEqual([[ANN, BOB], ['somebody@example.com']])
    expect((await cloud.ledger('Theirs')).refusal).toBeNull()
    expect(await rowOf('theirs')).toMatchObject({ ours: false, name: 'theirs', refusal: { reason: 'foreign' } })
    cloud.qbusiness.store.deleteGroup('theirs')
    passTime(HOUR)
    await cloud.minutes(1)
    expect(members('Theirs', 'theirs')).toEqual([
      [ANN, BOB],
      [ANN, BOB],
    ])
  })

  test('or adopted', async () => {
    cloud.qbusiness.store.putForeign('adopted', ['somebody@example.com'])
    const id = await cloud.groupOf('Adopted', ann)
    await rename(id, 'adopted')
    expect(members('Adopted', 'adopted')).toEqual([[ANN], ['somebody@example.com']])
    await cloud.deploy({ groups: { adopt: ['adopted'] } })
    passTime(HOUR)
    await cloud.minutes(1)
    expect(members('Adopted', 'adopted')).toEqual([[ANN], [ANN]])
    await cloud.deploy({})
  })
})
