import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approveHold } from '../../shared/sync/approve-hold.ts'
import { rejectHold } from '../../shared/sync/reject-hold.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { doomed } from '../support/crash.ts'
import { portsOf } from '../support/crash-points.ts'

// What comes of approvals and rejections, whoever dies or is quicker in between.
let cloud: TestCloud
const people: string[] = []
const email = (index: number) => `person-${String(index).padStart(2, '0')}@example.com`
const emails = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => email(from + index))
const who = { by: 'arn:admin', reason: 'the team is split' }

beforeAll(async () => {
  cloud = await testCloud({ hook: false, settings: { guard: { name: { number: 100, fraction: 0.2, floor: 2 } } } })
  for (let index = 0; index < 15; index++) people.push(await cloud.admin.createUser(email(index)))
})
afterAll(() => cloud.close())

const ports = () => ({ ...portsOf(cloud), newId: randomUUID })

/** Everybody is in it, and put. */
async function groupOfAll(name: string): Promise<string> {
  const group = await cloud.groupOf(name, ...people)
  await ring(group)
  return group
}

async function ring(group: string): Promise<void> {
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
}

/** So many leave at once; answers the id of the hold that comes of it. */
async function hold(name: string, group: string, from: number, to: number): Promise<string> {
  for (const user of people.slice(from, to)) await cloud.admin.leave(group, user)
  await ring(group)
  const { holds } = await cloud.ledger(name)
  expect(holds.at(-1)).toMatchObject({ count: to - from })
  return holds.at(-1)!.id
}

test('two holds that are approved before the first is used are used together', async () => {
  const group = await groupOfAll('two holds')
  const first = await hold('two holds', group, 0, 4)
  const second = await hold('two holds', group, 4, 8)
  await cloud.functions.stopPollers()
  await approveHold(ports(), { name: 'two holds', hold: first, ...who })
  await approveHold(ports(), { name: 'two holds', hold: second, ...who })
  expect((await cloud.ledger('two holds')).approval).toMatchObject({ holds: [first, second] })
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(cloud.members('two holds')).toEqual(emails(8, 15))
  expect(await cloud.ledger('two holds')).toMatchObject({ holds: [], approval: null, status: 'confirmed' })
})

test('an approval that died before its ring is carried out by catch-up', async () => {
  const group = await groupOfAll('died')
  const id = await hold('died', group, 0, 4)
  await cloud.functions.stopPollers()
  let lives = 'lives'
  for (let n = 1; lives === 'lives'; n++) {
    // The last call is the ring: what was approved before isn't approved again.
    const dying = doomed(ports(), ['doorbells'], n, 'before')
    const end = await Promise.race([dying.died, approveHold(dying.ports, { name: 'died', hold: id, ...who })])
    lives = typeof end === 'string' && (await cloud.ledger('died')).approval !== null ? 'died' : 'lives'
    expect(n).toBeLessThan(5)
  }
  const { PurgeQueueCommand } = await import('@aws-sdk/client-sqs')
  await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.addresses.nameQueue }))
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(cloud.members('died')).toHaveLength(15)
  await cloud.catchUp()
  expect(cloud.members('died')).toEqual(emails(4, 15))
})

test('an approval is for this time: who comes back before it is used, and leaves again, is judged anew', async () => {
  const group = await groupOfAll('this time')
  const id = await hold('this time', group, 0, 4)
  await cloud.functions.stopPollers()
  await approveHold(ports(), { name: 'this time', hold: id, ...who })
  for (const user of people.slice(0, 4)) await cloud.admin.join(group, user)
  await cloud.invoke('replay', { groups: [group] })
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(await cloud.ledger('this time')).toMatchObject({ approval: null, holds: [] })
  await hold('this time', group, 0, 4)
  expect(cloud.members('this time')).toEqual(emails(0, 15))
})

test('a hold that was rejected can still be approved', async () => {
  const group = await groupOfAll('after all')
  const id = await hold('after all', group, 0, 4)
  expect(await rejectHold(ports(), { name: 'After All', hold: id, ...who })).toBe(4)
  await ring(group)
  expect((await cloud.ledger('after all')).holds).toMatchObject([{ id, rejected: { by: 'arn:admin' } }])
  await approveHold(ports(), { name: 'after all', hold: id, ...who })
  await cloud.settled()
  expect(cloud.members('after all')).toEqual(emails(4, 15))
  expect((await cloud.snapshot.decisions('after all')).map(({ verb }) => verb)).toEqual(['reject', 'approve'])
})

test('a decision is made of the row as it stands: a put in between is not lost', async () => {
  const group = await groupOfAll('in between')
  const id = await hold('in between', group, 0, 4)
  const { snapshot, ...others } = ports()
  let isFirst = true
  const decide: typeof snapshot.decide = async (...given) => {
    if (isFirst) {
      isFirst = false
      await cloud.admin.leave(group, people[14]!)
      await ring(group)
    }
    return snapshot.decide(...given)
  }
  await rejectHold({ ...others, snapshot: { ...snapshot, decide } }, { name: 'in between', hold: id, ...who })
  expect(cloud.members('in between')).toEqual(emails(0, 14))
  expect((await cloud.ledger('in between')).holds).toMatchObject([{ id, rejected: { by: 'arn:admin' } }])
  expect(await cloud.snapshot.decisions('in between')).toHaveLength(1)
})
