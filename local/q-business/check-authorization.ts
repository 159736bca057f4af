import type { WireRequest } from './read-request.ts'
import { ServiceError } from './service-error.ts'

const form = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=(?<key>\\w{1,128})/(?<date>\\d{8})/(?<region>[a-z0-9-]+)/(?<service>[a-z0-9-]+)' +
    '/aws4_request, *SignedHeaders=(?<signed>[a-z0-9:;-]+), *Signature=[0-9a-f]{64}$',
)

/**
 * Checks the form of Signature Version 4: the service, the region and the day of the credential scope, and that host and
 * x-amz-date are among the headers signed (the npm client signs `:authority` over HTTP/2, as measured). The signature
 * itself is not checked, since anybody's keys will do here.
 *
 * @param service the service's name in the credential scope, such as `qbusiness`
 * @param region the region that the service is in
 * @throws ServiceError MissingAuthenticationTokenException or IncompleteSignatureException, both 403
 */
export function checkAuthorization(headers: WireRequest['headers'], service: string, region: string): void {
  const { authorization } = headers
  if (typeof authorization !== 'string') {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  const scope = form.exec(authorization)?.groups
  if (!scope) throw incomplete('the Authorization header is not of the form of AWS4-HMAC-SHA256')
  if (scope['service'] !== service) throw incomplete(`Credential should be scoped to correct service: '${service}'`)
  if (scope['region'] !== region)
    throw incomplete(`Credential should be scoped to a valid region, not '${scope['region']}'`)
  const date = headers['x-amz-date']
  if (typeof date !== 'string' || !/^\d{8}T\d{6}Z$/.test(date)) throw incomplete('x-amz-date is missing or no time')
  if (!date.startsWith(scope['date'] ?? ''))
    throw incomplete('the day of the credential scope is not that of x-amz-date')
  const signed = scope['signed']?.split(';') ?? []
  for (const names of [['host', ':authority'], ['x-amz-date']]) {
    if (!names.some((name) => signed.includes(name))) {
      throw incomplete(`'${names[0]}' must be a 'SignedHeader' in the AWS Authorization.`)
    }
  }
  for (const name of signed) {
    // HTTP/2 has the host in :authority.
    if (headers[name] === undefined && !(name === 'host' && headers[':authority'])) {
      throw incomplete(`the signed header ${name} is not in the request`)
    }
  }
}

function incomplete(why: string): ServiceError {
  return new ServiceError('IncompleteSignatureException', `Incomplete signature: ${why}`)
}
