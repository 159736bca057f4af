import type { Faults } from './faults.ts'
import type { By } from './log-event.ts'
import type { Org } from './org.ts'
import type { Page } from './paging.ts'
import type { Bucket } from './rate-limits.ts'
import type { Tokens } from './tokens.ts'

/** What a route is given. */
export interface Exchange {
  org: Org
  faults: Faults
  tokens: Tokens
  /** The org's address, without a slash at its end. */
  url: string
  /** Epoch ms. */
  now: number
  /** Who asks, for the events. */
  by: By
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  /** The body as JSON; undefined where there is none. */
  body: unknown
  /** The body as a form, for the token endpoint. */
  form: URLSearchParams
  /** The header DPoP, for the token endpoint. */
  dpop: string | undefined
  /** How long a hook has to answer its verification, in ms. */
  hookTimeoutMs: number
}

/** What a route answers: a body, or a page of a list. 200 unless told; 204 where there is neither. */
export interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  page?: Page
}

/** One method of one path, as Okta documents it. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `{names}` of parameters, as in the OpenAPI description. */
  path: string
  /** The OAuth scope that it needs; null needs no token at all. */
  scope: string | null
  bucket: Bucket
  answer(exchange: Exchange): Answer | Promise<Answer>
}

/** A part of the body that must be an object. */
export function objectIn(body: unknown, name: string): Record<string, unknown> {
  const value = (body as Record<string, unknown> | null | undefined)?.[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
