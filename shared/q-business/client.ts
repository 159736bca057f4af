import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { NodeHttp2Handler } from '@smithy/node-http-handler'

/**
 * How long a request may be silent, in milliseconds. The SDK sends it three times, and a put asks GetGroup before it: where nothing
 * is answered, put-group must end within its minute, to write down that it tries again later.
 */
const TIMEOUT = 5_000

/** The client for Amazon Q Business: one HTTP/2 session for all requests, and no request that waits for ever. */
export function qBusinessClient(): QBusinessClient {
  const requestHandler = new NodeHttp2Handler({ disableConcurrentStreams: false, requestTimeout: TIMEOUT })
  return new QBusinessClient({ requestHandler })
}
