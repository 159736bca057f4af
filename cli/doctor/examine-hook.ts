import type { Send } from '../../shared/okta/client.ts'
import { type EventHook, faultsOf, hookOf, listHooks } from '../../shared/okta/event-hooks.ts'
import { HOOK_DELIVERY } from '../../shared/okta/event-types.ts'
import { hookNameOf } from '../hook.ts'
import type { Surroundings } from '../surroundings.ts'
import { counted, time } from '../terminal.ts'
import { Fault, type Sheet } from './finding.ts'

interface Given {
  at: Surroundings
  hookSecrets: string[] | null
  /** Okta, to be asked about its hooks; null where it can't be. */
  manage: Send | null
}

/** So far back deliveries that failed are looked for, in milliseconds. */
const LATELY = 3_600_000

/** Whether the hook answers as Okta wants it to, and whether Okta has it registered. */
export async function examineHook(sheet: Sheet, { at, hookSecrets, manage }: Given): Promise<void> {
  const { hook: uri, flag } = at
  const register = `npx q-group-sync hook register${flag && ` ${flag}`}`
  if (uri === null) {
    await sheet.check('hook', async () => {
      throw new Fault(
        "the stage doesn't say where its hook is",
        'deploy it again: its functions are of an older release',
      )
    })
    return sheet.skip('the hook', 'registration')
  }
  await sheet.check('hook', () => lookAtHook(uri, hookSecrets))
  if (manage === null) return sheet.skip('the sign-in', 'registration')
  await sheet.check('registration', async () => {
    const hooks = await listHooks(manage).catch((error: { status?: number }) => {
      if (error.status !== 403) throw error
      throw new Fault(
        'Okta refuses to list event hooks (403)',
        'give the service app an admin role that may see them, or set OKTA_CLIENT_TOKEN to the API token of an administrator who may',
      )
    })
    const hook = hookOf(hooks, { name: hookNameOf(at), uri })
    if (hook === null) throw new Fault('no event hook in Okta leads here', register)
    const faults = faultsOf(hook, uri)
    if (faults.length > 0) throw new Fault(`the event hook “${hook.name}”: ${faults.join('; ')}`, register)
    const failed = await failedDeliveries(manage, hook)
    const last = failed[0]
    if (last !== undefined) {
      throw new Fault(
        `the event hook “${hook.name}” is verified, but ${counted(failed.length, 'delivery', 'deliveries')} failed in the last hour, the last at ${time(last.published)}: ${last.outcome?.reason ?? ''}`,
        'if it was 401, Okta has another secret than okta.hookSecret; this gives it the right one:',
        register,
      )
    }
    return {
      found: `“${hook.name}” is active and verified, with ${counted(hook.events.items.length, 'event type', 'event types')}`,
      value: hook,
    }
  })
}

/** Asks the hook as Okta does: the verification, and a delivery without events, which leads to nothing. */
async function lookAtHook(uri: string, secrets: string[] | null) {
  const challenge = 'q-group-sync doctor'
  const verification = await ask(uri, { headers: { 'x-okta-verification-challenge': challenge } })
  const echoed = (await verification.json().catch(() => ({}))) as { verification?: unknown }
  if (echoed.verification !== challenge) {
    throw new Fault(
      `${uri} answers ${verification.status}, and not with the challenge`,
      'something else is at this address: deploy the stage again',
    )
  }
  for (const [index, authorization] of (secrets ?? []).entries()) {
    const { status } = await ask(uri, { method: 'POST', headers: { authorization }, body: '{"data":{"events":[]}}' })
    if (status === 200) continue
    const which = secrets!.length > 1 ? `the ${index + 1}. text of ` : ''
    throw new Fault(
      `${uri} answers ${status} to a delivery with ${which}okta.hookSecret`,
      status === 401
        ? 'the function has another secret: deploy the settings; a new value is taken up within half a minute'
        : 'read the log of the function okta-hook',
    )
  }
  return { found: `${uri} answers the challenge${secrets === null ? '' : ', and takes the secret'}`, value: true }
}

async function ask(uri: string, request: RequestInit): Promise<Response> {
  // As long as Okta waits.
  return fetch(uri, { ...request, signal: AbortSignal.timeout(3_000) }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as { code?: string; message: string }
    throw new Fault(
      `${uri} doesn't answer: ${code ?? message}`,
      'see whether this machine reaches it, and read the log of the function okta-hook',
    )
  })
}

interface Delivery {
  published: string
  outcome?: { result?: string; reason?: string }
  target?: { id?: string }[] | null
}

/** What Okta's System Log has of deliveries of the hook that failed since it was last changed, the newest first. */
async function failedDeliveries(send: Send, { id, lastUpdated }: EventHook): Promise<Delivery[]> {
  const { date } = await send('GET', '/.well-known/okta-organization')
  const since = new Date(Math.max(date - LATELY, Date.parse(lastUpdated)))
  const query = new URLSearchParams({
    since: since.toISOString(),
    until: new Date(date + 1_000).toISOString(),
    filter: `eventType eq "${HOOK_DELIVERY}"`,
    sortOrder: 'DESCENDING',
    limit: '100',
  })
  const { body } = await send('GET', `/api/v1/logs?${query}`)
  const events = Array.isArray(body) ? (body as Delivery[]) : []
  return events.filter(
    ({ outcome, target }) => outcome?.result !== 'SUCCESS' && (target ?? []).some((each) => each.id === id),
  )
}
