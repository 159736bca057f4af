import type { Send } from './client.ts'
import { DELIVERED } from './event-types.ts'

/** An event hook of Okta's, as far as it is used here. Okta never gives the secret back. */
export interface EventHook {
  id: string
  name: string
  status: string
  verificationStatus: string
  lastUpdated: string
  events: { type: string; items: string[]; filter?: unknown }
  channel: { config: { uri: string; authScheme?: { key?: string } } }
}

/** What is to be registered: where deliveries go, and the secret that they carry. */
export interface Registration {
  name: string
  uri: string
  secret: string
}

const HOOKS = '/api/v1/eventHooks'

/** Every event hook of the org. */
export async function listHooks(send: Send): Promise<EventHook[]> {
  const { body } = await send('GET', HOOKS)
  return body as EventHook[]
}

/** The hook that leads to an address; where none does, one that bears the name, since the address may have changed. */
export function hookOf(
  hooks: readonly EventHook[],
  { name, uri }: Pick<Registration, 'name' | 'uri'>,
): EventHook | null {
  return hooks.find(({ channel }) => channel.config.uri === uri) ?? hooks.find((hook) => hook.name === name) ?? null
}

/** Everything that keeps a hook from bringing what is needed, each as a sentence. */
export function faultsOf({ status, verificationStatus, events, channel }: EventHook, uri: string): string[] {
  const missing = [...DELIVERED.keys()].filter((type) => !events.items.includes(type))
  const { config } = channel
  const faults: [boolean, string][] = [
    [config.uri !== uri, `it leads to ${config.uri}, and not to ${uri}`],
    [status !== 'ACTIVE', `it is ${status}`],
    [verificationStatus !== 'VERIFIED', `it is ${verificationStatus}`],
    [missing.length > 0, `it lacks ${missing.length} event types: ${missing.join(', ')}`],
    [Boolean(events.filter), 'it has a filter, by which events are left out'],
    [config.authScheme?.key?.toLowerCase() !== 'authorization', 'it sends no Authorization header'],
  ]
  return faults.filter(([is]) => is).map(([, fault]) => fault)
}

/**
 * Registers the event hook, or makes one that is there what it should be, and has Okta verify it. Event types that it has
 * besides stay. Answers it as it is then, and whether it was there.
 */
export async function registerHook(
  send: Send,
  { name, uri, secret }: Registration,
): Promise<{ hook: EventHook; before: EventHook | null }> {
  const before = hookOf(await listHooks(send), { name, uri })
  const items = [...new Set([...(before?.events.items ?? []), ...DELIVERED.keys()])]
  const authScheme = { type: 'HEADER', key: 'Authorization', value: secret }
  const body = {
    name: before?.name ?? name,
    events: { type: 'EVENT_TYPE', items },
    channel: { type: 'HTTP', version: '1.0.0', config: { uri, headers: [], authScheme } },
  }
  let hook = await sent(before === null ? send('POST', HOOKS, body) : send('PUT', `${HOOKS}/${before.id}`, body))
  const lifecycle = (step: string) => sent(send('POST', `${HOOKS}/${hook.id}/lifecycle/${step}`))
  if (hook.status !== 'ACTIVE') hook = await lifecycle('activate')
  if (hook.verificationStatus !== 'VERIFIED') hook = await lifecycle('verify')
  return { hook, before }
}

async function sent(answer: ReturnType<Send>): Promise<EventHook> {
  return (await answer).body as EventHook
}
