import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answer, type ControlTarget, jsonOf } from './answer.ts'

/** Where stand-ins are told to misbehave. */
export interface Control {
  /** Without a slash at its end; below it is `/<target>/<resource>`. */
  url: string
  close(): Promise<void>
}

/**
 * Serves the switches and faults of stand-ins on a port of 127.0.0.1 of its own, so that the stand-ins themselves go on
 * refusing every path that the real service doesn't have.
 */
export async function startControl(targets: Readonly<Record<string, ControlTarget>>): Promise<Control> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const path = request.url?.split('?')[0] ?? ''
    const { status, body: said, allow } = answer(targets, request.method ?? 'GET', path, body)
    response.writeHead(status, { 'content-type': 'application/json', ...(allow && { allow }) })
    response.end(jsonOf(said))
  }
  const server = createServer((request, response) => {
    // A client that goes away in the middle is none of our errors.
    serve(request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
