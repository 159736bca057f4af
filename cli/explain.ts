import { Conflict } from '../shared/sync/ports.ts'

/** What of a message is enough to know what to do. */
const OWN = [
  'RefusedError',
  'StoppedError',
  'TableVersionError',
  'SettingsError',
  'CredentialsError',
  'SecretError',
  'OktaAnswerError',
]

/** An error for a person: what is wrong, and what to do about it where that is known. */
export function explain(error: unknown): string {
  const { name, message, code, status, errorCode } = error as Record<string, string | undefined>
  if (OWN.includes(name ?? '')) return `${message![0]!.toUpperCase()}${message!.slice(1)}.`.replace(/\.\.$/, '.')
  if (error instanceof Conflict) return 'Somebody else wrote the same at the same time: run it again.'
  if (name === 'CredentialsProviderError') {
    return `There are no AWS credentials: ${message} Sign in first, with aws sso login say, or set AWS_PROFILE.`
  }
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return `These credentials may not do that: ${message} docs/holds.md says what each verb needs.`
  }
  const facts = [name, code, status, errorCode].filter((fact) => fact !== undefined && fact !== '')
  return `It failed: ${[...new Set(facts)].join(' ')}${message ? `: ${message}` : ''}`
}
