import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { causeIds } from '../membership/mirror.ts'
import type { Hint } from '../queue/hint.ts'
import { errorFacts } from '../sync/error-facts.ts'
import type { Telemetry } from '../sync/ports.ts'
import { hintsOfDelivery } from './hints-of-events.ts'
import type { IsSecret } from './hook-secrets.ts'
import type { LogEvent } from './log-event.ts'

/** What the hook needs. `queue` is fulfilled once every hint of a delivery is in the queue. */
export interface AnswerHookPorts {
  isSecret: IsSecret
  queue(hints: Hint[], delivery: string): Promise<void>
  telemetry: Telemetry
  attribute: string
  newId(): string
  /** Epoch milliseconds. */
  now(): number
}

type Answer = APIGatewayProxyStructuredResultV2

const CHALLENGE = 'x-okta-verification-challenge'
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * Answers Okta's event hook. GET is the verification challenge. POST is a delivery: 401 to what isn't Okta's, 400 only to
 * a body that isn't JSON, 503 where it couldn't be stored (Okta tries a 5xx once more, and a 4xx never), and 200 once all
 * its hints are in the queue. Nothing of a request is logged but the uuids of its events.
 */
export async function answerHook(ports: AnswerHookPorts, request: APIGatewayProxyEventV2): Promise<Answer> {
  const { method } = request.requestContext.http
  if (method === 'GET') return verify(request.headers[CHALLENGE])
  if (method !== 'POST') return { statusCode: 405, headers: { allow: 'GET, POST' } }
  const { telemetry } = ports
  try {
    if (!(await ports.isSecret(request.headers['authorization'] ?? ''))) {
      telemetry.count('DeliveriesRefused')
      return { statusCode: 401 }
    }
    const body = bodyOf(request)
    if (body === undefined) return { statusCode: 400 }
    const { hints, unknown, failed } = hintsOfDelivery(eventsOf(body), ports.attribute)
    telemetry.count('EventsWithoutHint', unknown)
    telemetry.count('EventsFailed', failed)
    await ports.queue(hints, deliveryOf(body) ?? ports.newId())
    telemetry.count('HintsQueued', hints.length)
    tellDelivery(ports, hints)
    return { statusCode: 200 }
  } catch (error) {
    telemetry.error('a delivery could not be stored; Okta sends it once more', errorFacts(error))
    return { statusCode: 503 }
  }
}

/** Says which events a delivery had, and how late they are: an event's time is Okta's. */
function tellDelivery({ telemetry, now }: AnswerHookPorts, hints: Hint[]): void {
  const causes = new Map(hints.flatMap((hint) => hint.causes).map((cause) => [cause.id, cause]))
  for (const { published } of causes.values()) {
    const at = Date.parse(published ?? '')
    if (!Number.isNaN(at)) telemetry.count('EventToHook', Math.max(0, now() - at))
  }
  const events = causeIds([...causes.values()]).filter((id) => UUID.test(id))
  if (events.length > 0) telemetry.info('a delivery is in the queue', { hints: hints.length, events })
}

function verify(challenge: string | undefined): Answer {
  if (challenge === undefined) return { statusCode: 400 }
  const headers = { 'content-type': 'application/json' }
  return { statusCode: 200, headers, body: JSON.stringify({ verification: challenge }) }
}

function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? ''))
  } catch {
    return undefined
  }
}

/** Whatever isn't an event says nothing, and the others of the delivery still do. */
function eventsOf(body: unknown): LogEvent[] {
  const events = (body as { data?: { events?: unknown } | null } | null)?.data?.events
  return Array.isArray(events) ? events.filter((event) => event !== null && typeof event === 'object') : []
}

function deliveryOf(body: unknown): string | undefined {
  const id = (body as { eventId?: unknown } | null)?.eventId
  return typeof id === 'string' && id !== '' ? id : undefined
}
