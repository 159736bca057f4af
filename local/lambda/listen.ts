import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback; `close()` answers what it has begun, and returns when nothing of it is left. */
export interface LocalServer {
  url: string
  close(): Promise<void>
}

/**
 * Serves HTTP on a port of 127.0.0.1 that the system chooses. A rejected `answer` is a 500, and a defect of the
 * stand-in.
 */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<LocalServer> {
  const answering = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const answered: Promise<void> = whole(request, response).finally(() => answering.delete(answered))
    answering.add(answered)
  }).listen(0, '127.0.0.1')
  // A connection that is closed when it has rested would be closed just as the next request comes, now and then: a function that
  // asks for its next invocation would die of that, which it can't of the real Runtime API.
  server.keepAliveTimeout = 0
  const whole = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await answer(request, response)
      if (!response.closed) await once(response, 'close')
    } catch (error) {
      // A client that left before it had said everything is no defect of ours.
      if (!request.complete) return
      console.error('the local Lambda:', error)
      if (!response.headersSent) response.statusCode = 500
      response.end()
    }
  }
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      await Promise.all(answering)
      // A client that keeps its connection alive would keep us.
      server.closeIdleConnections()
      await closed
    },
  }
}

/**
 * The whole body, or undefined where it is longer than `limit` bytes (it is read to its end all the same, so that a
 * client hears our answer).
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
  }
  return length <= limit ? Buffer.concat(chunks) : undefined
}
