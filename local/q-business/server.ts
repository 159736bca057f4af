import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { answer } from './answer.ts'
import type { Call } from './call.ts'
import { Faults } from './faults.ts'
import { Pager } from './pager.ts'
import type { DataSource } from './perform.ts'
import { defaultSwitches, type Switches } from './switches.ts'
import { UserStore } from './user-store.ts'

/** Amazon Q Business on loopback. */
export interface QBusiness {
  /** For `AWS_ENDPOINT_URL_QBUSINESS`: HTTP/2 without TLS, which the SDK speaks to a plain `http://` address. */
  url: string
  applicationId: string
  indexId: string
  /** The state machine, for tests to look into. */
  store: UserStore
  /** May be changed at any time. */
  switches: Switches
  faults: Faults
  /** The data sources of the index; may be changed at any time. */
  dataSources: DataSource[]
  /** Every call so far, in the order of arrival. */
  calls: Call[]
  /** Cuts every connection and lets go of the port. */
  close(): Promise<void>
}

/**
 * The clock in epoch milliseconds, the port (any free one unless told), what differs from `defaultSwitches`, and the region
 * that requests must be signed for (us-east-1 unless told).
 */
export interface QBusinessOptions {
  now?: () => number
  port?: number
  region?: string
  switches?: Partial<Switches>
  applicationId?: string
  indexId?: string
}

/** Starts a Q Business application with one index on 127.0.0.1. */
export async function startQBusiness(options: QBusinessOptions = {}): Promise<QBusiness> {
  const now = options.now ?? Date.now
  const switches: Switches = { ...defaultSwitches, ...options.switches }
  const applicationId = options.applicationId ?? 'a0000000-0000-4000-8000-000000000001'
  const indexId = options.indexId ?? 'b0000000-0000-4000-8000-000000000001'
  const store = new UserStore(now, switches)
  const service = {
    store,
    switches,
    faults: new Faults(),
    calls: [] as Call[],
    applicationId,
    indexId,
    now,
    region: options.region ?? 'us-east-1',
    startedAt: now(),
    dataSources: [] as DataSource[],
    pages: new Pager(),
  }

  const sessions = new Set<Http2Session>()
  const server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    // A client that goes away in the middle is none of our errors.
    stream.on('error', () => {})
    serve(stream, headers).catch(() => stream.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const { ':method': method = '', ':path': path = '' } = headers
    const done = answer(service, { method, path, headers, body: Buffer.concat(chunks) })
    if (done.kind !== 'respond') {
      if (done.kind === 'cut') stream.session?.destroy()
      return
    }
    if (done.delayMs > 0) await wait(done.delayMs, undefined, { ref: false })
    stream.respond({
      ':status': done.status,
      'content-type': 'application/json',
      // By the stand-in's clock: the SDK takes the difference to its own for clock skew, and tries again.
      date: new Date(now()).toUTCString(),
      'x-amzn-requestid': randomUUID(),
      ...(done.errorType && { 'x-amzn-errortype': done.errorType }),
    })
    const body = Buffer.from(JSON.stringify(done.body))
    if (!done.half) stream.end(body)
    else stream.write(body.subarray(0, body.length >> 1), () => done.half === 'then-cut' && stream.session?.destroy())
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    applicationId,
    indexId,
    store,
    switches,
    faults: service.faults,
    calls: service.calls,
    dataSources: service.dataSources,
    async close() {
      for (const session of sessions) session.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
