import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { NodeHttp2Handler } from '@smithy/node-http-handler'

/** The client for Amazon Q Business: one HTTP/2 session for all requests, and no request that waits for ever. */
export function qBusinessClient(): QBusinessClient {
  const requestHandler = new NodeHttp2Handler({ disableConcurrentStreams: false, requestTimeout: 10_000 })
  return new QBusinessClient({ requestHandler })
}
