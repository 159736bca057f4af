import type { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'

/** What to do about an answer of Secrets Manager other than the secret; any other is tried again by what calls. */
const REMEDIES: Record<string, string> = {
  ResourceNotFoundException: 'make it, or put the ARN of the right one into the settings, and deploy them',
  AccessDeniedException:
    "let the function's role read it (secretsmanager:GetSecretValue), and decrypt it (kms:Decrypt) where its key is your own",
  DecryptionFailure: "let the function's role use its key (kms:Decrypt), and see whether the key is enabled",
}

/** A secret can't be read. It carries its ARN and the service's answer, never its value. */
export class SecretError extends Error {
  override name = 'SecretError'
  readonly secret: string
  readonly remedy: string

  constructor(secret: string, cause: unknown) {
    const answer = answerOf(cause)
    const { name, $metadata } = answer
    const remedy = REMEDIES[name] ?? 'see whether Secrets Manager answers in this region; it is asked again'
    super(`the secret ${secret} can't be read (${name}, ${$metadata?.httpStatusCode ?? 'no answer'}): ${remedy}`)
    this.secret = secret
    this.remedy = remedy
    // Not enumerable, so that no logger walks into it.
    Object.defineProperty(this, 'cause', { value: answer })
  }
}

/**
 * Reads a secret's text. Throws SecretError.
 * @param secret its ARN
 * @param maxAge how many seconds ago it may have been read; at 0 it is asked for now
 */
export async function readSecret(secrets: SecretsProvider, secret: string, maxAge: number): Promise<string> {
  try {
    const value = await (maxAge === 0 ? secrets.get(secret, { forceFetch: true }) : secrets.get(secret, { maxAge }))
    return String(value ?? '')
  } catch (error) {
    throw new SecretError(secret, error)
  }
}

interface ServiceAnswer {
  name: string
  $metadata?: { httpStatusCode?: number; requestId?: string }
}

/** What the service answered, inside of the error that Powertools makes of it. */
function answerOf(error: unknown): ServiceAnswer {
  const { cause } = error as { cause?: ServiceAnswer }
  return cause?.name ? cause : (error as ServiceAnswer)
}
