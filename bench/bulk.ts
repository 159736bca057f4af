// What many changes at once cost, measured in the embedded cloud with Okta's limits enforced: the tables of docs/bulk.md.
//
//   npm run bench:bulk                                  everything, at each limit; about an hour
//   npm run bench:bulk -- --limit 125 --only nightly    one limit, one of `measured` below
//   npm run bench:bulk -- --only import --people 50000
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type Cloud, startCloud } from '../local/cloud.ts'
import { startPoller } from '../local/lambda/poller.ts'
import type { Okta } from '../local/okta/server.ts'
import type { QBusiness } from '../local/q-business/server.ts'
import { snapshotIn } from '../shared/snapshot/snapshot.ts'
import { oktaAdmin } from '../test/support/okta-admin.ts'
import { MINUTE, passTime } from '../test/support/time.ts'

Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' })

/** How many events share a delivery, where they come fast enough. */
const TOGETHER = 20
/** What each answer of Okta's takes, in milliseconds. */
const LATENCY = 150
const GROUPS = 250
const RULE = 5_000
/** Holds nobody: what is measured is what it costs to take everybody out. */
const NO_GUARD = {
  ...Object.fromEntries(['name', 'all', 'emptied'].map((axis) => [axis, { number: 0, fraction: 1 }])),
  iUnderstand: ['name', 'all', 'emptied'],
}

interface Scenario {
  title: string
  prepare(parts: Parts): void
  change(parts: Parts): Promise<void>
  isRight(parts: Parts): boolean | Promise<boolean>
}

type Parts = ReturnType<typeof partsOf>

const { values } = parseArgs({
  options: {
    limit: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    people: { type: 'string' },
  },
})
const PEOPLE = Number(values.people ?? 10_000)

const email = (name: string, index: number) => `${name}-${index}@example.com`
const groups: string[] = []
const people: string[] = []

/** Groups with people, so many each; nothing of it tells an event. */
function fill({ okta }: Parts, name: string, count: number, each: number): void {
  const { org } = okta
  org.quietly(() => {
    for (let group = 0; group < count; group++) {
      const { id } = org.createGroup({ name: `${name}-${group}` })
      groups.push(id)
      for (let person = group * each; person < (group + 1) * each; person++) {
        const user = org.createUser(email(name, person))
        people.push(user.id)
        org.addMember(id, user.id)
      }
    }
  })
}

/** Does the changes in so many seconds; Okta tells so many of them in one delivery. */
async function pace(changes: (() => unknown)[], seconds: number, together: number): Promise<void> {
  const began = performance.now()
  for (const [index, change] of changes.entries()) {
    const ahead = began + (index * seconds * 1_000) / changes.length - performance.now()
    if (index % together === 0) await sleep(Math.max(ahead, 0))
    change()
  }
}

const sizeOf = ({ qbusiness }: Parts, name: string) => qbusiness.store.members(name)?.length ?? 0

const measured: Record<string, Scenario> = {
  single: {
    title: '100 single changes of 100 groups, in a minute',
    prepare: (parts) => fill(parts, 'single', 100, 20),
    change: ({ okta }) =>
      pace(
        groups.map((id, index) => () => okta.org.removeMember(id, people[index * 20]!)),
        60,
        1,
      ),
    isRight: (parts) => groups.every((_, index) => sizeOf(parts, `single-${index}`) === 19),
  },
  rule: {
    title: 'A rule that moves 5,000 people from one group to another, in five minutes',
    prepare: (parts) => {
      fill(parts, 'rule', 1, RULE)
      groups.push(parts.okta.org.quietly(() => parts.okta.org.createGroup({ name: 'rule-1' })).id)
    },
    change: ({ okta }) =>
      pace(
        people.flatMap((id) => [() => okta.org.removeMember(groups[0]!, id), () => okta.org.addMember(groups[1]!, id)]),
        300,
        TOGETHER,
      ),
    isRight: async ({ snapshot }) => {
      const [from, to] = await Promise.all(groups.map((id) => snapshot.mirror(id)))
      return from?.count === 0 && to?.count === RULE
    },
  },
  import: {
    title: `An import that changes the addresses of ${PEOPLE} people in ${GROUPS} groups, in five minutes`,
    prepare: (parts) => fill(parts, 'import', GROUPS, PEOPLE / GROUPS),
    change: ({ okta }) =>
      pace(
        people.map((id, index) => () => okta.org.updateUser(id, { email: email('new', index) })),
        300,
        TOGETHER,
      ),
    isRight: ({ qbusiness }) =>
      groups.every((_, index) => {
        const members = qbusiness.store.members(`import-${index}`) ?? []
        return members.length === PEOPLE / GROUPS && members.every((member) => member.startsWith('new-'))
      }),
  },
  nightly: {
    title: `A nightly reconcile of ${GROUPS} groups of up to 200 people, nothing changed`,
    prepare: (parts) => fill(parts, 'nightly', GROUPS, 20),
    change: async ({ functions }) => void (await functions.reconcile.invoke({})),
    isRight: () => true,
  },
}

/** The cloud, what went through its queues, and time that passes at once while there is nothing to do. */
function partsOf(cloud: Cloud) {
  const { okta, qbusiness } = cloud as Cloud & { okta: Okta; qbusiness: QBusiness }
  const { functions } = cloud.functions
  const sqs = new SQSClient()
  const dynamodb = new DynamoDBClient()
  const snapshot = snapshotIn(dynamodb, cloud.addresses.table, 400)
  const messages = { hints: 0, names: 0 }
  for (const [name, queue] of [
    ['read-group', 'hints'],
    ['put-group', 'names'],
  ] as const) {
    const { invoke } = functions[name]
    functions[name].invoke = (event) => {
      messages[queue] += (event as { Records: unknown[] }).Records.length
      return invoke(event)
    }
  }
  // As many batches at once as serverless.yml has.
  const pollers = Promise.all([
    startPoller({ fn: functions['read-group'], queueUrl: cloud.addresses.hintQueue, maximumConcurrency: 5 }),
    startPoller({ fn: functions['put-group'], queueUrl: cloud.addresses.nameQueue, maximumConcurrency: 5 }),
  ])
  let caughtUpAt = Date.now()
  const catchUp = async () => {
    caughtUpAt = Date.now()
    await functions['catch-up'].invoke({})
  }

  async function isBusy(): Promise<boolean> {
    if (Object.values(functions).some(({ counts }) => counts.running > 0)) return true
    for (const QueueUrl of [cloud.addresses.hintQueue, cloud.addresses.nameQueue]) {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      for (const name of ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const)
        if (Number(Attributes?.[name]) > 0) return true
    }
    return false
  }

  /** When the next group, user or run is due; what is put once more against doubt isn't waited for. */
  async function nextDue(): Promise<number> {
    const times: number[] = []
    for await (const rows of snapshot.due(Date.now() + 60 * MINUTE)) {
      times.push(...rows.filter(({ what }) => what !== 'name').map(({ dueAt }) => dueAt))
    }
    return Math.min(...times)
  }

  /** Until nothing is left to do, with catch-up every minute. */
  async function settle(isChanging = () => false, watch: () => Promise<void> = async () => {}): Promise<void> {
    for (;;) {
      if (Date.now() >= caughtUpAt + MINUTE) await catchUp()
      await okta.deliveriesSettled()
      const isWaiting = isChanging() || (await isBusy())
      await watch()
      if (isWaiting) {
        await sleep(100)
        continue
      }
      const due = await nextDue()
      if (due === Number.POSITIVE_INFINITY) return
      passTime(Math.max(Math.ceil((due - caughtUpAt) / MINUTE), 1) * MINUTE - (Date.now() - caughtUpAt))
    }
  }

  async function close(): Promise<void> {
    for (const poller of await pollers) await poller.stop()
    sqs.destroy()
    dynamodb.destroy()
    await cloud.close()
  }
  return { okta, qbusiness, functions, snapshot, messages, settle, close, addresses: cloud.addresses }
}

const limits = (values.limit ?? ['125', '250', '500']).map(Number)
console.log(
  '| what | member pages a minute | calls | of them member pages | refused with 429 | hints | names | minutes |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (const name of values.only ?? Object.keys(measured)) {
  for (const limit of limits) await measure(measured[name]!, limit)
}

async function measure({ title, prepare, change, isRight }: Scenario, limit: number): Promise<void> {
  groups.length = 0
  people.length = 0
  const parts = partsOf(await startCloud({ schedules: false, pollers: false, settings: { guard: NO_GUARD } }))
  const { okta, functions, messages, settle, addresses } = parts
  try {
    await oktaAdmin(okta.url, okta.token).hook(addresses.hook, addresses.hookSecret)
    prepare(parts)
    await functions.reconcile.invoke({})
    await settle()
    okta.requests.reset()
    okta.faults.rateLimits = { enforced: true, perMinute: { members: limit }, concurrent: 75 }
    okta.faults.next({ answer: 'late', ms: LATENCY, method: 'GET', times: Number.POSITIVE_INFINITY })
    const before = { ...messages }
    let rightAt = 0
    const watch = async () => {
      if (isChanging || !(await isRight(parts))) rightAt = 0
      else if (rightAt === 0) rightAt = Date.now()
    }
    const began = Date.now()
    let isChanging = true
    const changing = change(parts).finally(() => {
      isChanging = false
    })
    await settle(() => isChanging, watch)
    await changing
    await watch()
    const calls = okta.requests.count('GET')
    const pages = okta.requests.count('GET', '/api/v1/groups/{groupId}/users')
    const refused = okta.requests.list.filter(({ status }) => status === 429).length
    const took = rightAt === 0 ? 'never right' : ((rightAt - began) / MINUTE).toFixed(1)
    const rung = [messages.hints - before.hints, messages.names - before.names]
    console.log(`| ${[title, limit, calls, pages, refused, ...rung, took].join(' | ')} |`)
  } finally {
    await parts.close()
  }
}
