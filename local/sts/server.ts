import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { checkAuthorization } from '../q-business/check-authorization.ts'
import { ServiceError } from '../q-business/service-error.ts'

/** AWS Security Token Service on loopback. */
export interface Sts {
  /** For `AWS_ENDPOINT_URL_STS`. */
  url: string
  close(): Promise<void>
}

/**
 * Starts an STS that answers GetCallerIdentity: whoever signs with the access key X is the IAM user X of the account
 * 000000000000. Requests must be signed for its region, us-east-1 unless told.
 *
 * Source: AWS STS API reference, API version 2011-06-15.
 */
export async function startSts(options: { region?: string } = {}): Promise<Sts> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(options.region ?? 'us-east-1', request)
    response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID() })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

async function answer(region: string, request: IncomingMessage): Promise<{ status: number; body: string }> {
  try {
    const form = new URLSearchParams(await text(request))
    checkAuthorization(request.headers, 'sts', region)
    const action = form.get('Action')
    if (action !== 'GetCallerIdentity' || form.get('Version') !== '2011-06-15') {
      return refused(400, 'InvalidAction', `Could not find operation ${action} for version ${form.get('Version')}`)
    }
    const user = /Credential=(\w+)\//.exec(request.headers.authorization ?? '')![1]!
    return { status: 200, body: identity(user) }
  } catch (error) {
    if (error instanceof ServiceError) return refused(403, error.type, error.message)
    return refused(500, 'InternalFailure', String(error))
  }
}

function identity(user: string): string {
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::000000000000:user/${user}</Arn>
    <UserId>${user}</UserId>
    <Account>000000000000</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>`
}

function refused(status: number, code: string, message: string): { status: number; body: string } {
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return {
    status,
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped}</Message></Error>
  <RequestId>${randomUUID()}</RequestId>
</ErrorResponse>`,
  }
}
