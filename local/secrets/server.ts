import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { checkAuthorization } from '../q-business/check-authorization.ts'
import { ServiceError } from '../q-business/service-error.ts'
import { getSecretValue } from './get-secret-value.ts'
import { SecretStore, SecretsError } from './secret-store.ts'

/** Secrets Manager on loopback. */
export interface Secrets {
  /** For `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  url: string
  /** Makes a secret, or a new version of one, and gives back its ARN. */
  put(nameOrArn: string, value: string): string
  /** How many requests there were so far. */
  readonly calls: number
  /** Deletes a secret. */
  remove(nameOrArn: string): void
  /** While `down`, every request is answered with 500; while `denied`, the caller lacks the permission. */
  faults: { down: boolean; denied: boolean }
  close(): Promise<void>
}

/** Starts a Secrets Manager without secrets on 127.0.0.1; requests must be signed for its region, us-east-1 unless told. */
export async function startSecrets(
  options: { now?: () => number; port?: number; region?: string } = {},
): Promise<Secrets> {
  const store = new SecretStore(options.now ?? Date.now)
  const faults = { down: false, denied: false }
  let calls = 0
  const server = createServer(async (request, response) => {
    calls += 1
    const { status, body } = await answer(store, faults, options.region ?? 'us-east-1', request)
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    response.end(JSON.stringify(body))
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (nameOrArn, value) => store.put(nameOrArn, value).arn,
    remove: (nameOrArn) => store.remove(nameOrArn),
    get calls() {
      return calls
    },
    faults,
    async close() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

const DENIED =
  'User: arn:aws:sts::123456789012:assumed-role/function/function is not authorized to perform: ' +
  'secretsmanager:GetSecretValue because no identity-based policy allows the secretsmanager:GetSecretValue action'

async function answer(store: SecretStore, faults: Secrets['faults'], region: string, request: IncomingMessage) {
  try {
    const body = await text(request)
    if (faults.down) throw new SecretsError('InternalServiceError', 'An error occurred on the server side.')
    if (faults.denied) throw new SecretsError('AccessDeniedException', DENIED)
    checkAuthorization(request.headers, 'secretsmanager', region)
    return { status: 200, body: getSecretValue(store, request.headers['x-amz-target'], body) }
  } catch (error) {
    const type = error instanceof SecretsError || error instanceof ServiceError ? error.type : 'InternalServiceError'
    const message = error instanceof Error ? error.message : String(error)
    return { status: type === 'InternalServiceError' ? 500 : 400, body: { __type: type, message } }
  }
}
