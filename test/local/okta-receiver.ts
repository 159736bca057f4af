import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A delivery as it came in. */
interface Received {
  headers: IncomingHttpHeaders
  envelope: { eventId: string; eventType: string; source: string; data: { events: ReceivedEvent[] } } & Record<
    string,
    unknown
  >
}

interface ReceivedEvent {
  uuid: string
  eventType: string
  target: { type: string; id: string; alternateId: string; displayName: string }[] | null
  debugContext: { debugData: Record<string, unknown> }
}

/** Something for Okta to deliver to: keeps what it gets, and answers the statuses it is given, then 204. */
export async function startReceiver() {
  const received: Received[] = []
  const challenges: IncomingHttpHeaders[] = []
  const state = {
    received,
    challenges,
    /** Statuses for the next deliveries; 0 never answers. */
    answers: [] as number[],
    /** What is sent back to a challenge; the challenge itself unless set. */
    verification: undefined as string | undefined,
    verifyStatuses: [] as number[],
    url: '',
    events: () => received.flatMap(({ envelope }) => envelope.data.events),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.method === 'GET') {
      challenges.push(request.headers)
      response.writeHead(state.verifyStatuses.shift() ?? 200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ verification: state.verification ?? request.headers['x-okta-verification-challenge'] }),
      )
      return
    }
    received.push({ headers: request.headers, envelope: JSON.parse(body) })
    const status = state.answers.shift() ?? 204
    if (status !== 0) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}

/** The body that registers a hook. */
export function hookBody(uri: string, items: string[], secret = 'sesame') {
  return {
    name: 'test hook',
    events: { type: 'EVENT_TYPE', items },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri,
        headers: [{ key: 'X-Custom', value: 'yes' }],
        authScheme: { type: 'HEADER', key: 'Authorization', value: secret },
      },
    },
  }
}
