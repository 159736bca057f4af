import { HOOK_ELIGIBLE } from './event-types.ts'
import { BLANK, invalid } from './okta-error.ts'

/** Where deliveries go, with the secret. */
export interface Channel {
  readonly uri: string
  readonly headers: readonly { readonly key: string; readonly value: string }[]
  readonly authScheme: { readonly key: string; readonly value: string } | null
}

/** What a caller may say of an event hook. */
export interface EventHookSettings {
  readonly name: string
  readonly description: string | null
  readonly eventTypes: readonly string[]
  readonly channel: Channel
}

interface Body {
  name?: unknown
  description?: string | null
  events?: { type?: unknown; items?: unknown; filter?: unknown }
  channel?: { type?: unknown; version?: unknown; config?: ChannelConfig }
}

interface ChannelConfig {
  uri?: unknown
  headers?: unknown
  authScheme?: { type?: unknown; key?: unknown; value?: unknown }
}

/**
 * The settings in the body of a POST or PUT. The secret must be given each time, since Okta never gives it back. `http:` is
 * taken for addresses of this machine only.
 * @throws OktaError 400 E0000001, also for an event filter, which isn't modelled
 */
export function checkedSettings(body: unknown): EventHookSettings {
  const { name, description = null, events, channel } = (body ?? {}) as Body
  if (typeof name !== 'string' || name === '') throw invalid('name', `name: ${BLANK}`)
  if (events?.type !== 'EVENT_TYPE') throw invalid('events.type', "events.type: must be 'EVENT_TYPE'")
  if (events.filter !== undefined && events.filter !== null)
    throw invalid('events.filter', 'events.filter: not modelled by this stand-in')
  if (channel?.type !== 'HTTP') throw invalid('channel.type', "channel.type: must be 'HTTP'")
  if (channel.version !== '1.0.0') throw invalid('channel.version', "channel.version: must be '1.0.0'")
  return { name, description, eventTypes: checkedTypes(events.items), channel: checkedChannel(channel.config) }
}

function checkedTypes(items: unknown): string[] {
  if (!Array.isArray(items) || items.length === 0) throw invalid('events.items', `events.items: ${BLANK}`)
  for (const item of items)
    if (!HOOK_ELIGIBLE.has(item)) throw invalid('events.items', `events.items: '${item}' is not event hook eligible`)
  return items
}

function checkedChannel(config: ChannelConfig | undefined): Channel {
  const { uri, headers, authScheme } = config ?? {}
  if (typeof uri !== 'string' || !isAddress(uri))
    throw invalid('channel.config.uri', 'channel.config.uri: must be an https URL')
  return { uri, headers: checkedHeaders(headers), authScheme: checkedScheme(authScheme) }
}

function isAddress(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
}

function checkedHeaders(headers: unknown): Channel['headers'] {
  if (headers === undefined || headers === null) return []
  const isRight = (header: { key?: unknown; value?: unknown } | null) =>
    typeof header?.key === 'string' && header.key !== '' && typeof header.value === 'string'
  if (!Array.isArray(headers) || !headers.every(isRight))
    throw invalid('channel.config.headers', 'channel.config.headers: must be a list of {key, value}')
  return headers.map(({ key, value }) => ({ key, value }))
}

function checkedScheme(scheme: ChannelConfig['authScheme']): Channel['authScheme'] {
  if (!scheme) return null
  const { type, key, value } = scheme
  if (type !== 'HEADER')
    throw invalid('channel.config.authScheme.type', "channel.config.authScheme.type: must be 'HEADER'")
  if (typeof key !== 'string' || key === '')
    throw invalid('channel.config.authScheme.key', `channel.config.authScheme.key: ${BLANK}`)
  if (typeof value !== 'string' || value === '')
    throw invalid('channel.config.authScheme.value', `channel.config.authScheme.value: ${BLANK}`)
  return { key, value }
}
