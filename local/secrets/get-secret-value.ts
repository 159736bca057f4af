import type { Shape } from '../q-business/shape.ts'
import { validate } from '../q-business/validate.ts'
import { type SecretStore, SecretsError } from './secret-store.ts'

/**
 * What GetSecretValue takes.
 *
 * Source: AWS Secrets Manager API reference, API version 2017-10-17.
 */
const input: Shape = {
  type: 'structure',
  members: {
    SecretId: { type: 'string', min: 1, max: 2048 },
    VersionId: { type: 'string', min: 32, max: 64 },
    VersionStage: { type: 'string', min: 1, max: 256 },
  },
  required: ['SecretId'],
}

/**
 * Answers GetSecretValue in AWS JSON 1.1.
 *
 * @param target the header X-Amz-Target
 * @param body the request's body
 * @returns the members of the response's body; CreatedDate in epoch seconds
 * @throws SecretsError as the service does
 */
export function getSecretValue(store: SecretStore, target: unknown, body: string): Record<string, unknown> {
  if (target !== 'secretsmanager.GetSecretValue') {
    throw new SecretsError('UnknownOperationException', `The operation ${target} is not served.`)
  }
  const request = parse(body)
  const faults = validate(input, request, '')
  if (faults.length > 0) {
    const said = faults.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`)
    throw new SecretsError('ValidationException', said.join('; '))
  }
  const { SecretId, VersionId, VersionStage } = request as Record<string, string | null | undefined>
  const { secret, version } = store.version(SecretId ?? '', VersionId ?? undefined, VersionStage ?? undefined)
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: version.stages,
    CreatedDate: version.createdAt / 1000,
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new SecretsError('SerializationException', 'The body is no JSON.')
  }
}
