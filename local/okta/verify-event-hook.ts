import { channelHeaders } from './deliveries.ts'
import type { EventHook } from './event-hooks.ts'
import { invalid } from './okta-error.ts'
import type { Reply } from './post.ts'
import { post } from './post.ts'

/**
 * The one-time verification: a GET with `X-Okta-Verification-Challenge`, the Authorization and the custom headers, to which
 * 200 and `{"verification": "<that value>"}` must come within `timeoutMs` (3,000 with Okta). One retry after a timeout or an error.
 * @throws OktaError 400 E0000001 that says what came instead
 */
export async function verifyEventHook(hook: EventHook, challenge: string, timeoutMs: number): Promise<void> {
  const ask = () =>
    post(hook.channel.uri, {
      method: 'GET',
      headers: { ...channelHeaders(hook), 'x-okta-verification-challenge': challenge, accept: 'application/json' },
      timeoutMs,
      signal: new AbortController().signal,
    })
  let reply = await ask()
  if ('failure' in reply || reply.status >= 400) reply = await ask()
  const wrong = problem(reply, challenge)
  if (wrong) throw invalid('eventHook', `Event hook verification failed: ${wrong}`)
}

function problem(reply: Reply, challenge: string): string | undefined {
  if ('failure' in reply) return `no answer (${reply.failure})`
  if (reply.status !== 200) return `status ${reply.status}`
  try {
    return JSON.parse(reply.body).verification === challenge ? undefined : 'the challenge did not come back'
  } catch {
    return 'the body is not JSON'
  }
}
