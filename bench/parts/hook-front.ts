import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { startHttpApi } from '../../local/lambda/http-api.ts'
import { type ProcessFunction, processFunction } from '../../local/lambda/runtime/process-function.ts'
import { startQueues } from '../../local/queues.ts'
import { startSecrets } from '../../local/secrets/server.ts'
import { type Measured, type MeasuredStage, variablesOf } from './stage.ts'

const SECRET = 'a-hook-secret'

/** What Okta gets from the hook behind its HTTP API. */
export interface Front {
  fn: ProcessFunction
  /** Okta's question whether the hook is who it says. */
  verify(): Promise<number>
  /** Delivers one event about this group. */
  deliver(group: string): Promise<number>
  close(): Promise<void>
}

/** The queue and the secret of hooks, and fronts that share them. */
export interface Surroundings {
  hintQueue: string
  sqs: string
  front(fn: Measured, memoryMb: number, onProcess?: (pid: number) => void): Promise<Front>
  close(): Promise<void>
}

export async function startSurroundings({ settings }: MeasuredStage): Promise<Surroundings> {
  const queues = await startQueues({ visibilitySeconds: 360 })
  const secrets = await startSecrets()
  secrets.put(settings.okta.hookSecret, SECRET)
  const parts = { AWS_ENDPOINT_URL_SQS: queues.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url }

  async function front(measured: Measured, memoryMb: number, onProcess?: (pid: number) => void): Promise<Front> {
    const fn = processFunction({
      name: measured.name,
      region: 'us-east-1',
      folder: measured.folder,
      memoryMb,
      // Twice what it has, so that what comes late is seen as late.
      timeoutMs: 6_000,
      variables: () => ({ ...variablesOf(measured), HINT_QUEUE_URL: queues.hints, ...parts }),
      onProcess,
    })
    const api = await startHttpApi(fn)
    const agent = new Agent({ keepAlive: true })
    const ask = (method: string, headers: Record<string, string>, body = '') =>
      answered(api.url, agent, method, headers, body)
    return {
      fn,
      verify: () => ask('GET', { 'x-okta-verification-challenge': randomUUID() }),
      deliver: (group) => ask('POST', { authorization: SECRET, 'content-type': 'application/json' }, delivery(group)),
      close: async () => {
        agent.destroy()
        await api.close()
        await fn.close()
      },
    }
  }
  return {
    hintQueue: queues.hints,
    sqs: queues.url,
    front,
    close: async () => {
      await secrets.close()
      await queues.close()
    },
  }
}

/** The status of the answer, once all of it is there. */
function answered(url: string, agent: Agent, method: string, headers: Record<string, string>, body: string) {
  return new Promise<number>((resolve, reject) => {
    const asked = request(`${url}/okta`, { method, agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** As Okta sends it, as far as it is looked at. */
function delivery(group: string): string {
  const event = {
    uuid: randomUUID(),
    published: new Date().toISOString(),
    eventType: 'group.user_membership.add',
    version: '0',
    severity: 'INFO',
    actor: { id: '00u1adminexample0001', type: 'User', alternateId: 'admin@example.com', displayName: 'An Admin' },
    outcome: { result: 'SUCCESS', reason: null },
    target: [
      { id: '00u1memberexample001', type: 'User', alternateId: 'ann@example.com', displayName: 'Ann Example' },
      { id: group, type: 'UserGroup', alternateId: 'unknown', displayName: 'A Group' },
    ],
  }
  return JSON.stringify({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: 'https://example.okta.com/api/v1/eventHooks/who1',
    eventId: randomUUID(),
    data: { events: [event] },
    eventTime: new Date().toISOString(),
    contentType: 'application/json',
  })
}
