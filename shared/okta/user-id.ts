import { type Ask, OktaAnswerError } from './client.ts'

/**
 * A user's id in the user store, by their Okta id: the profile's `attribute`. Null where Okta doesn't know the user, or the profile
 * has no such attribute. Throws where Okta can't be asked.
 */
export async function userIdOf(ask: Ask, attribute: string, id: string): Promise<string | null> {
  const { body } = await ask(`/api/v1/users/${encodeURIComponent(id)}`)
  if (body === null) return null
  const { profile } = body as { profile?: Record<string, unknown> }
  if (typeof profile !== 'object') throw new OktaAnswerError(`user ${id} of Okta has no profile`)
  const value = profile[attribute]
  return typeof value === 'string' && value.trim() !== '' ? value.trim().toLowerCase() : null
}
