import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, vi } from 'vitest'
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud.ts'
import type { Okta } from '../../local/okta/server.ts'
import type { QBusiness } from '../../local/q-business/server.ts'
import type { Secrets } from '../../local/secrets/server.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { snapshotIn } from '../../shared/snapshot/snapshot.ts'
import type { LogReport } from '../../shared/sync/poll-log.ts'
import type { RunReport } from '../../shared/sync/reconcile.ts'
import { oktaAdmin } from './okta-admin.ts'
import { PERMISSIONS } from './permissions.ts'
import { as } from './record-calls.ts'
import { MINUTE, passTime } from './time.ts'

/** A guard that holds nobody, for tests that take away more than a company does in a day. */
export const NO_GUARD = {
  ...Object.fromEntries(['name', 'all', 'emptied'].map((axis) => [axis, { number: 0, fraction: 1 }])),
  iUnderstand: ['name', 'all', 'emptied'],
}

/**
 * The embedded cloud with an administrator of its Okta, a hook that is verified, and eyes on everything. With `hook: false`
 * nothing tells of what happens in Okta: no hook, and a System Log in which nothing shows.
 */
export async function testCloud(options: CloudOptions & { hook?: boolean } = {}) {
  const cloud = await startCloud({ schedules: false, ...options })
  const { okta, qbusiness, secrets } = cloud as Cloud & { okta: Okta; qbusiness: QBusiness; secrets: Secrets }
  const admin = oktaAdmin(okta.url, okta.token)
  const sqs = new SQSClient()
  const snapshot = snapshotIn(new DynamoDBClient(), cloud.addresses.table, 400)
  const { functions } = cloud.functions
  const calls = new Map<string, Set<string>>()
  for (const [name, fn] of Object.entries(functions)) {
    const { invoke: invoked } = fn
    fn.invoke = (event) => as(name, calls, () => invoked(event))
  }
  if (options.hook === false) okta.faults.lag.logs = Number.POSITIVE_INFINITY
  else expect(await admin.hook(cloud.addresses.hook, cloud.addresses.hookSecret)).toBe('VERIFIED')

  async function messages(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
    return (
      Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
    )
  }

  /** Until nothing is under way: no delivery, no message in a queue, no function running. */
  async function settled(): Promise<void> {
    const busy = async () => {
      await okta.deliveriesSettled()
      const running = () => Object.values(functions).reduce((sum, { counts }) => sum + counts.running, 0)
      if (running() > 0) return running()
      const queued = (await messages(cloud.addresses.hintQueue)) + (await messages(cloud.addresses.nameQueue))
      return queued + running()
    }
    const idle = async () => expect(await busy(), 'messages, functions and deliveries under way').toBe(0)
    await vi.waitFor(idle, { timeout: 60_000, interval: 20 })
  }

  async function invoke<T>(name: keyof typeof functions, event: unknown = {}): Promise<T> {
    const outcome = await functions[name].invoke(event)
    if (!outcome.ok) throw new Error(`${name}: ${JSON.stringify(outcome.error)}`)
    return outcome.value as T
  }

  /** A group of Okta's with these users, once all that follows is done. */
  async function groupOf(name: string, ...users: string[]): Promise<string> {
    const id = await admin.createGroup(name)
    for (const user of users) await admin.join(id, user)
    await settled()
    return id
  }

  return {
    ...cloud,
    groupOf,
    okta,
    qbusiness,
    secrets,
    admin,
    sqs,
    snapshot,
    settled,
    invoke,
    messages,
    /** Who counts as a member for access now; undefined where the user store has no such group. */
    members: (name: string) => qbusiness.store.members(name)?.toSorted(),
    ledger: async (name: string) => (await snapshot.name(nameKey(name))).ledger,
    puts: (name?: string) =>
      qbusiness.calls.filter(({ operation, groupName }) => operation === 'PutGroup' && (!name || groupName === name)),
    reads: () => okta.requests.count('GET', '/api/v1/groups/{groupId}/users'),
    reconcile: async (event: unknown = {}): Promise<RunReport> => {
      const report = await invoke<RunReport>('reconcile', event)
      await settled()
      return report
    },
    catchUp: async () => {
      const report = await invoke<{ due: number; log: LogReport | null }>('catch-up')
      await settled()
      return report
    },
    /** Lets a minute pass and catches up, so many times. */
    minutes: async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        passTime(MINUTE)
        await invoke('catch-up')
        await settled()
      }
    },
    /** What the functions have asked of AWS, by function. */
    calls,
    close: async () => {
      sqs.destroy()
      await cloud.close()
      for (const [name, permissions] of calls) {
        const amiss = [...permissions].filter((permission) => !PERMISSIONS[name]?.includes(permission))
        expect(amiss, `calls of ${name} that test/support/permissions.ts doesn't have`).toEqual([])
      }
    },
  }
}

export type TestCloud = Awaited<ReturnType<typeof testCloud>>
