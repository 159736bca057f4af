import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSurroundings } from '../../cli/surroundings.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { METRICS, type Metric } from '../../shared/telemetry/metrics.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { accessWatch } from '../support/access-watch.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command } from '../support/command.ts'
import { hearFunctions } from '../support/ear.ts'
import { PERMISSIONS } from '../support/permissions.ts'
import { as } from '../support/record-calls.ts'
import { DAY, HOUR, passTime, sleepByPassingTime } from '../support/time.ts'

// Every function is led through what it needs each of its permissions for; what they ask of AWS is noted down.
const ear = hearFunctions()
let cloud: TestCloud
const people: string[] = []

beforeAll(async () => {
  sleepByPassingTime()
  const guard = { all: { number: 4, fraction: 0.3, floor: 3 } }
  cloud = await testCloud({ settings: { guard, renames: { keepDays: 0 }, groups: { deleteAfterDays: 1 } } })
  // The first to run writes down what the table is for.
  await cloud.invoke('replay', { deadLetters: true, dryRun: true })
  for (let index = 0; index < 8; index++) people.push(await cloud.admin.createUser(`person-${index}@example.com`))
})
afterAll(() => cloud.close())

/** Changes in Okta that no event tells of. */
async function unheard(change: () => Promise<unknown>): Promise<void> {
  cloud.okta.faults.deliveries.drop = 'all'
  await change()
  cloud.okta.faults.reset()
}

const by = (who: string, ...args: string[]) => as(who, cloud.calls, () => command(args))

async function leadThroughAll(): Promise<void> {
  // By a document people's groups are asked.
  const documents = await accessWatch(cloud, ['Sales'])
  documents.close()
  const sales = await cloud.groupOf('Sales', ...people)
  const gone = await cloud.groupOf('Gone', people[0]!)
  const lost = await cloud.groupOf('Lost', people[0]!)
  await cloud.admin.lifecycle(people[7]!, 'suspend')
  await cloud.settled()
  await cloud.admin.rename(gone, 'Going')
  await cloud.settled()
  await cloud.minutes(2)

  // A reconcile takes the rest of the work; meanwhile two functions are at one name.
  await cloud.functions.stopPollers()
  await unheard(async () => {
    await cloud.admin.rename(gone, 'Gone again')
    await cloud.admin.join(gone, people[1]!)
  })
  await cloud.invoke('reconcile')
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: '1' }
  const message = { messageId: 'm', body: '{"key":"gone again","again":false}', attributes }
  await Promise.all([1, 2, 3].map(() => cloud.invoke('put-group', { Records: [message] })))
  await cloud.functions.startPollers()
  await cloud.settled()

  // People are held, those of a group that is gone too, and told of an hour later; a name that nobody wants is deleted.
  await cloud.admin.deleteGroup(gone)
  await cloud.settled()
  await cloud.minutes(2)
  await unheard(async () => {
    for (const user of people.slice(0, 5)) await cloud.admin.leave(sales, user)
    await cloud.admin.deleteGroup(lost)
  })
  await cloud.reconcile()
  await cloud.snapshot.putRun(waitingRun('one that waits', Date.now()))
  await cloud.minutes(2)
  passTime(HOUR)
  await cloud.minutes(1)
  passTime(2 * DAY)
  await cloud.minutes(1)

  await cloud.invoke('replay', { groups: [sales] })
  await cloud.invoke('replay', { since: '2026-01-01T00:00:00Z', until: new Date().toISOString(), dryRun: true })
  const hint = { subject: 'group', id: sales, books: false, again: false, causes: [], questions: [] }
  const { hints, names } = cloud.deadLetterQueues
  for (const [QueueUrl, MessageBody] of [
    [hints, JSON.stringify(hint)],
    [names, message.body],
  ] as const) {
    const dead = { MessageGroupId: 'g', MessageDeduplicationId: 'd', MessageBody }
    await cloud.sqs.send(new SendMessageCommand({ QueueUrl, ...dead }))
  }
  await cloud.invoke('replay', { deadLetters: true })
  await cloud.settled()
}

async function leadPeopleThroughAll(): Promise<void> {
  const lambda = await startPlainServer((_, response) => {
    const [TABLE_NAME, HINT_QUEUE_URL, NAME_QUEUE_URL] = ['t', 'h', 'n']
    return respond(response, 200, { Environment: { Variables: { TABLE_NAME, HINT_QUEUE_URL, NAME_QUEUE_URL } } })
  })
  const { AWS_ENDPOINT_URL_LAMBDA } = process.env
  process.env['AWS_ENDPOINT_URL_LAMBDA'] = lambda.url
  for (const who of ['viewer', 'doctor', 'approver'])
    await as(who, cloud.calls, () => findSurroundings({ stage: 'example' }))
  Object.assign(process.env, { AWS_ENDPOINT_URL_LAMBDA })
  await lambda.close()

  await unheard(() => cloud.admin.createGroup('New'))
  expect(await by('viewer', 'plan')).toMatchObject({ stderr: '' })
  expect(await by('viewer', 'remove', '--list')).toMatchObject({ status: 0 })
  // Its own words say whether all is well; nothing of it is refused.
  expect(await by('doctor', 'hook', 'register')).toMatchObject({ status: 0, stderr: '' })
  expect(await by('doctor', 'doctor', '--json')).toMatchObject({ stderr: '' })
  const findings = join(mkdtempSync(join(tmpdir(), 'permissions-')), 'findings.json')
  expect(await by('prober', 'doctor', '--probe', '--yes', '--findings', findings)).toMatchObject({
    status: 0,
    stderr: '',
  })
  rmSync(dirname(findings), { recursive: true })
  const { holds } = JSON.parse((await by('viewer', 'held', '--json')).stdout)
  const { name, group, hold } = holds.find((one: { name: string }) => one.name === 'Sales')
  // What Okta says when it is asked anew may be that the name isn't borne any more.
  await unheard(() => cloud.admin.rename(group, 'Marketing'))
  expect(await by('approver', 'held')).toMatchObject({ status: 3 })
  const reason = ['--hold', hold, '--reason', 'meant']
  expect(await by('approver', 'reject', name, ...reason)).toMatchObject({ status: 0, stderr: '' })
  expect(await by('approver', 'approve', name, ...reason)).toMatchObject({ status: 0, stderr: '' })
  for (const verb of ['stop', 'go']) {
    expect(await by('approver', verb, '--reason', 'meant')).toMatchObject({ status: 0, stderr: '' })
  }
}

describe('the permissions', () => {
  beforeAll(async () => {
    await leadThroughAll()
    await leadPeopleThroughAll()
  }, 60_000)

  test.each(Object.keys(PERMISSIONS))('of %s are what it asks of AWS, and nothing else', (who) => {
    expect([...(cloud.calls.get(who) ?? [])].sort()).toEqual(PERMISSIONS[who]!.toSorted())
  })

  test('every metric that was sent is one that its function sends, in its unit', () => {
    const sent = ear
      .text()
      .split('\n')
      .map((line) => JSON.parse(line))
    let count = 0
    for (const { _aws, service } of sent.filter((line) => '_aws' in line)) {
      const [{ Metrics, Dimensions }] = _aws.CloudWatchMetrics
      expect(Dimensions).toEqual([['service']])
      for (const { Name, Unit } of Metrics as { Name: Metric; Unit: string }[]) {
        expect(METRICS[Name].by, `who sends ${Name}`).toContain(service)
        expect(Unit).toBe(METRICS[Name].unit)
        count++
      }
    }
    expect(count).toBeGreaterThan(100)
  })
})
