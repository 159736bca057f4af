import { GetQueueAttributesCommand, PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { lambdaFunction } from '../../local/lambda/lambda-function.ts'
import { startPoller } from '../../local/lambda/poller.ts'
import { startOkta } from '../../local/okta/server.ts'
import { AFTER, BEFORE, type FaultStage, faultStage, type Group } from '../support/fault-story.ts'
import { MINUTE, passTime } from '../support/time.ts'

const SECOND = 1_000
const VISIBILITY = 60 * SECOND

let stage: FaultStage
beforeAll(async () => {
  stage = await faultStage({ visibilitySeconds: VISIBILITY / SECOND, maxReceiveCount: 3 })
})
beforeEach(async () => {
  const { cloud, calm } = stage
  calm()
  // Whatever a test that failed has left comes back now, or is gone.
  passTime(VISIBILITY + SECOND)
  for (const QueueUrl of Object.values(cloud.deadLetterQueues))
    await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl }))
})
afterAll(() => stage.cloud.close())

const NOT_WORKED_OFF = 'a message could not be worked off: it comes back, and in the end it is a dead letter'

/** What comes about soon. */
const until = <T>(value: () => T) => expect.poll(value, { timeout: 10_000, interval: 10 })

/** When all that is left of the queues is in flight, and nobody works on it: time may pass. */
async function atRest(): Promise<void> {
  const { cloud } = stage
  const { hintQueue, nameQueue } = cloud.addresses
  const waiting = async (QueueUrl: string) => {
    const AttributeNames = ['ApproximateNumberOfMessages' as const]
    const { Attributes } = await cloud.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
    return Number(Attributes?.ApproximateNumberOfMessages)
  }
  await until(async () => {
    const messages = (await waiting(hintQueue)) + (await waiting(nameQueue))
    const functions = Object.values(cloud.functions.functions)
    return messages + functions.reduce((sum, { counts }) => sum + counts.running, 0)
  }).toBe(0)
}

type Fate = 'times out' | 'dies' | 'dies after its work'

/** The pollers again, but one function meets its fate with the first batch that has this group or its name. */
async function startDoomed(name: 'read-group' | 'put-group', fate: Fate, group: Group) {
  const { cloud } = stage
  const living = cloud.functions.functions[name]
  const die = async (event: SQSEvent) => {
    if (fate === 'times out') await new Promise(() => {})
    if (fate === 'dies after its work') await living.invoke(event)
    throw new Error('killed')
  }
  const dying = lambdaFunction({ name, handler: die, timeoutMs: fate === 'times out' ? 100 : living.timeoutMs })
  const isOfGroup = ({ body }: SQSRecord) => body.includes(group.id) || body.includes(group.name)
  let batches = 0
  const invoke = (event: unknown) => {
    const isDoomed = (event as SQSEvent).Records.some(isOfGroup) && ++batches === 1
    return (isDoomed ? dying : living).invoke(event)
  }
  const other = cloud.functions.functions[name === 'read-group' ? 'put-group' : 'read-group']
  const { hintQueue, nameQueue } = cloud.addresses
  const queues = name === 'read-group' ? [hintQueue, nameQueue] : [nameQueue, hintQueue]
  const pollers = await Promise.all([
    startPoller({ fn: { ...living, invoke }, queueUrl: queues[0]! }),
    startPoller({ fn: other, queueUrl: queues[1]! }),
  ])
  return {
    dying,
    batches: () => batches,
    queue: queues[0]!,
    stop: () => Promise.all(pollers.map((poller) => poller.stop())),
  }
}

const FATES = (['read-group', 'put-group'] as const).flatMap((name) =>
  (['times out', 'dies', 'dies after its work'] as const).map((fate) => ({ name, fate })),
)

test.for(FATES)(
  '$name $fate: its batch comes back after the visibility timeout, and other batches go on',
  async ({ name, fate }) => {
    const { cloud, see, change, watch } = stage
    const isDone = fate === 'dies after its work'
    const [group, other] = (await stage.groupsOf([`${name} ${fate}`, `${name}: a group beside it, ${fate}`])) as [
      Group,
      Group,
    ]
    await cloud.functions.stopPollers()
    const { dying, batches, queue, stop } = await startDoomed(name, fate, group)
    try {
      change(group)
      await until(() => dying.counts.failed + dying.counts.timedOut).toBe(1)
      watch(other)
      stage.changeMembers(other.id)
      await until(() => stage.readersOf(other.name)).toBe(AFTER)

      await atRest()
      const seen = await see(group)
      expect(seen).toMatchObject({ readers: isDone ? AFTER : BEFORE, deadLetters: 0, complaints: [] })
      expect(seen.outcomes).toEqual(isDone ? ['confirmed'] : [])
      // What read-group has not come to is in the queue alone; what put-group hasn't is in the mirror.
      expect(seen.mirror.changes).toBe(name === 'read-group' && !isDone ? 1 : 2)
      expect(seen.ledger).toMatchObject({ status: 'confirmed', failures: 0 })
      expect(dying.counts).toMatchObject(fate === 'times out' ? { timedOut: 1, failed: 0 } : { timedOut: 0, failed: 1 })
      expect(await cloud.messages(queue)).toBeGreaterThan(0)

      passTime(VISIBILITY - 10 * SECOND)
      expect((await see(group)).readers).toBe(seen.readers)
      expect(batches()).toBe(1)
      passTime(11 * SECOND)
      await cloud.settled()
      expect(batches()).toBeGreaterThan(1)
      const back = await see(group)
      // Done twice is done once.
      expect(back).toMatchObject({
        readers: AFTER,
        puts: [AFTER],
        outcomes: ['confirmed'],
        deadLetters: 0,
        restArrived: true,
      })
    } finally {
      await stop()
      await cloud.functions.startPollers()
    }
  },
)

test('a message of a batch is none: it alone comes back, and is a dead letter after three receives', async () => {
  const { cloud, see, told } = stage
  const [group] = (await stage.groupsOf(['in a batch with no hint'])) as [Group]
  await cloud.functions.stopPollers()
  const MessageBody = JSON.stringify({ subject: 'ann@example.com' })
  const message = { MessageGroupId: 'none', MessageDeduplicationId: 'none', MessageBody }
  await cloud.sqs.send(new SendMessageCommand({ QueueUrl: cloud.addresses.hintQueue, ...message }))
  stage.change(group)
  await cloud.okta.deliveriesSettled()
  const since = told.heard()
  const lines = () => told.lines(since).filter(({ message }) => message === NOT_WORKED_OFF)
  await cloud.functions.startPollers()
  await until(() => stage.readersOf(group.name)).toBe(AFTER)
  expect((await see(group)).restArrived).toBe(true)
  for (let told = 1, receives = ''; receives !== '3'; told++) {
    await until(lines).toHaveLength(told)
    receives = String(lines().at(-1)?.['receives'])
    expect(lines().at(-1)).toMatchObject({ level: 'ERROR', service: 'read-group', error: '$ZodError' })
    expect((await see(group)).deadLetters).toBe(0)
    await atRest()
    expect(await cloud.messages(cloud.addresses.hintQueue)).toBe(1)
    passTime(VISIBILITY + SECOND)
  }
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: AFTER, puts: [AFTER], complaints: [], deadLetters: 1 })
  expect(await cloud.messages(cloud.deadLetterQueues.hints)).toBe(1)
  await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.deadLetterQueues.hints }))
})

test('PutGroup answers 403: nobody gets or loses access, and its ring is a dead letter until somebody allows it', async () => {
  const { cloud, see } = stage
  const [group] = (await stage.groupsOf(['not allowed'])) as [Group]
  const error = 'AccessDeniedException'
  const denial = { operation: 'PutGroup', kind: 'answer', error, times: Number.POSITIVE_INFINITY } as const
  cloud.qbusiness.faults.add({ ...denial, group: group.name })
  stage.change(group)
  await until(async () => (await see(group)).complaints.length).toBe(1)
  await until(async () => (await see(group)).restArrived).toBe(true)
  const seen = await see(group)
  expect(seen).toMatchObject({ readers: BEFORE, outcomes: ['denied'], deadLetters: 0 })
  expect(seen.ledger).toMatchObject({ status: 'confirmed', failures: 1, doubt: null, refusal: null })
  expect(Math.round((seen.ledger.retryAt! - seen.changedAt) / MINUTE)).toBe(1)
  expect(seen.complaints[0]).toMatchObject({
    ...{ level: 'WARN', message: 'a put was not accepted', kind: 'denied', cause: error, status: 403, group: group.id },
  })
  for (let receive = 2; receive <= 3; receive++) {
    await atRest()
    passTime(VISIBILITY + SECOND)
    await until(async () => (await see(group)).complaints.length).toBe(receive)
  }
  await atRest()
  passTime(VISIBILITY + SECOND)
  await until(() => cloud.messages(cloud.deadLetterQueues.names)).toBe(1)
  expect(await see(group)).toMatchObject({ readers: BEFORE, outcomes: ['denied', 'denied', 'denied'] })
  // It is due by its row all the same, so it needs no replay.
  cloud.qbusiness.faults.clear()
  passTime(5 * MINUTE)
  await cloud.catchUp()
  expect(await see(group)).toMatchObject({
    readers: AFTER,
    ledger: { status: 'confirmed', failures: 0, retryAt: null },
  })
  const { puts } = await see(group)
  expect(await cloud.invoke('replay', { deadLetters: true })).toMatchObject({ hints: 1 })
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: AFTER, puts, deadLetters: 0 })
})

test('another org is behind the URL: everything stops and says so, nobody loses access, and nothing is lost', async () => {
  const { cloud, see, told } = stage
  const [group] = (await stage.groupsOf(['of the first org'])) as [Group]
  const other = await startOkta({ now: () => Date.now() })
  const url = process.env['OKTA_ORG_URL']
  const { clientId, privateKey } = cloud.okta
  cloud.secrets.put('okta', JSON.stringify({ token: other.token }))
  process.env['OKTA_ORG_URL'] = other.url
  await cloud.functions.redeploy()
  const since = told.heard()
  stage.change(group)
  const stops = () => told.lines(since).filter(({ message }) => message === 'everything is stopped')
  for (let receive = 1; receive <= 3; receive++) {
    await until(() => stops().length).toBeGreaterThanOrEqual(receive)
    await atRest()
    passTime(VISIBILITY + SECOND)
  }
  await until(() => cloud.messages(cloud.deadLetterQueues.hints)).toBe(2)
  const remedy = expect.stringContaining(`made for the Okta org ${cloud.okta.org.id}`)
  expect(stops()[0]).toMatchObject({ level: 'ERROR', remedy })
  expect((await cloud.snapshot.identity())?.stopped).toEqual(remedy)
  for (const [name, event] of [
    ['reconcile', {}],
    ['put-group', { Records: [] }],
    ['replay', { groups: [group.id] }],
  ] as const) {
    await expect(cloud.invoke(name, event), name).rejects.toThrow(/StoppedError.*made for the Okta org/)
  }
  expect(other.requests.count('GET', /api/)).toBe(0)
  expect(await see(group)).toMatchObject({ readers: BEFORE, puts: [], reads: 0, restArrived: false })

  cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey }))
  process.env['OKTA_ORG_URL'] = url
  await cloud.functions.redeploy()
  expect(await cloud.invoke('replay', { deadLetters: true })).toMatchObject({ hints: 2 })
  await cloud.settled()
  expect(await see(group)).toMatchObject({ readers: AFTER, puts: [AFTER], deadLetters: 0, restArrived: true })
  expect((await cloud.snapshot.identity())?.stopped).toBeNull()
  await other.close()
})

test('nothing that was logged or counted here has an address, a token or a secret in it', () => {
  stage.expectNothingPrivate()
})
