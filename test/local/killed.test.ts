import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Addresses } from '../../local/cloud.ts'
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { type LocalQueues, startQueues } from '../../local/queues.ts'
import { MINUTE, passTime } from '../support/time.ts'

// Everything but the functions lives here, and outlives them.
let okta: Okta
let qbusiness: QBusiness
let queues: LocalQueues
let dynamodb: LocalDynamoDb
let functions: ChildProcess | undefined

beforeAll(async () => {
  const now = () => Date.now()
  okta = await startOkta()
  qbusiness = await startQBusiness({ now })
  queues = await startQueues()
  dynamodb = await startDynamoDb()
})
const started: number[] = []
afterEach(() => {
  functions?.kill('SIGKILL')
  // What a killed process could not take along.
  for (const pid of started) rmSync(join('.local', String(pid)), { recursive: true, force: true })
})
afterAll(async () => {
  await Promise.all([okta.close(), qbusiness.close(), queues.close(), dynamodb.close()])
})

/** A process with the functions, as `npm run local` starts it. */
async function start(): Promise<Addresses> {
  const env = {
    ...process.env,
    OKTA_ORG_URL: okta.url,
    OKTA_CLIENT_TOKEN: okta.token,
    AWS_ENDPOINT_URL_QBUSINESS: qbusiness.url,
    APPLICATION_ID: qbusiness.applicationId,
    INDEX_ID: qbusiness.indexId,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ACCESS_KEY_ID: 'LOCAL',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
  functions = spawn(process.execPath, ['local/main.ts', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(functions.pid!)
  const [line] = await once(createInterface({ input: functions.stdout! }), 'line')
  return JSON.parse(line)
}

async function replay({ lambda }: Addresses, group: string): Promise<void> {
  const body = JSON.stringify({ groups: [group] })
  const answer = await fetch(`${lambda}/2015-03-31/functions/replay/invocations`, { method: 'POST', body })
  expect(answer.headers.get('x-amz-function-error')).toBeNull()
}

const points = [
  {
    at: 'while it reads the members',
    arrange: (group: string) => okta.faults.next({ answer: 'silence', times: 1, path: new RegExp(`${group}/users`) }),
    reached: (group: string) => okta.requests.count('GET', new RegExp(`${group}/users`)) > 1,
  },
  {
    at: 'between its intent and the put',
    arrange: () => qbusiness.faults.add({ operation: 'PutGroup', kind: 'hang' }),
    reached: () => qbusiness.calls.at(-1)?.outcome === 'hung',
  },
  {
    at: 'after the put, before its answer',
    arrange: () => qbusiness.faults.add({ operation: 'PutGroup', kind: 'apply-then-hang' }),
    reached: () => qbusiness.calls.at(-1)?.outcome === 'hung',
  },
]

test.for(points)(
  'a process that is killed $at loses nothing: a fresh one goes on',
  { timeout: 60_000 },
  async ({ at, arrange, reached }) => {
    const ann = okta.org.createUser(`ann-${points.findIndex((point) => point.at === at)}@example.com`)
    const bob = okta.org.createUser(`bob-${points.findIndex((point) => point.at === at)}@example.com`)
    const group = okta.org.createGroup({ name: at })
    for (const { id } of [ann, bob]) okta.org.addMember(group.id, id)
    const first = await start()
    await replay(first, group.id)
    await vi.waitFor(() => expect(qbusiness.store.members(at)).toHaveLength(2), { timeout: 20_000 })

    okta.org.removeMember(group.id, bob.id)
    arrange(group.id)
    await replay(first, group.id)
    await vi.waitFor(() => expect(reached(group.id)).toBe(true), { timeout: 20_000 })
    functions!.kill('SIGKILL')
    await once(functions!, 'exit')
    const puts = () =>
      qbusiness.calls.filter(({ operation, outcome }) => operation === 'PutGroup' && outcome === 'ok').length
    const before = puts()
    await start()
    // The message that was in flight is visible again.
    passTime(2 * MINUTE)
    await vi.waitFor(() => expect(qbusiness.store.members(at)).toEqual([ann.profile.email]), { timeout: 20_000 })
    // Also where the put had come to pass: nobody could know that.
    await vi.waitFor(() => expect(puts()).toBeGreaterThan(before), { timeout: 20_000 })
    functions!.kill('SIGTERM')
    await once(functions!, 'exit')
  },
)
