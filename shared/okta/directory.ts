import type { RawMember } from '../membership/member-list.ts'
import type { OktaGroup } from '../membership/observe.ts'
import { CursorRefused, type Directory } from '../sync/ports.ts'
import { type Answer, type Ask, OktaAnswerError } from './client.ts'
import type { LogEvent } from './log-event.ts'

// Okta recommends 200 for groups and members (their maximum is higher), and takes 1,000 log events a page.
const PAGE = 200
const LOG_PAGE = 1000
const LOGS = '/api/v1/logs'
const ORGANIZATION = '/.well-known/okta-organization'
/** What Okta may answer to a cursor that it doesn't take; which of them isn't documented. */
const REFUSALS = [400, 404, 410]

type Body = Record<string, unknown>

/** Okta as the recipes need it. `attribute` is the profile attribute that is a user's id in the user store. */
export function directoryIn(ask: Ask, attribute: string): Directory {
  return {
    orgId: async () => {
      const { body } = await ask(ORGANIZATION)
      const id = (body as Body | null)?.['id']
      if (typeof id !== 'string') throw new OktaAnswerError(`${ORGANIZATION} answered without an id`)
      return id
    },

    group: async (id) => {
      const { body, date } = await ask(`/api/v1/groups/${encodeURIComponent(id)}`)
      return { readAt: date, group: body === null ? null : groupOf(body as Body) }
    },

    members: async (id) => {
      const users = await all(`/api/v1/groups/${encodeURIComponent(id)}/users?limit=${PAGE}`)
      return users?.map((user) => memberOf(user, attribute)) ?? null
    },

    usersCount: async (id) => {
      const filter = encodeURIComponent(`id eq "${id}"`)
      const { body } = await ask(`/api/v1/groups?filter=${filter}&expand=stats`)
      const [group] = listOf(body)
      return group === undefined ? null : countOf(group)
    },

    groupsOfUser: async (id) => (await all(`/api/v1/users/${encodeURIComponent(id)}/groups`))?.map(groupOf) ?? null,

    groups: async (cursor) => {
      const path = cursor ?? `/api/v1/groups?limit=${PAGE}&expand=stats`
      const { body, date, next } = await ask(path)
      if (next === path) throw new OktaAnswerError('a page of Okta names itself as the next one')
      const groups = listOf(body).map((group) => ({ ...groupOf(group), usersCount: countOf(group) }))
      return { readAt: date, groups, next }
    },

    async *events(since, until) {
      const query = new URLSearchParams({
        since: since.toISOString(),
        until: until.toISOString(),
        limit: String(LOG_PAGE),
        sortOrder: 'ASCENDING',
      })
      for await (const page of pages(`${LOGS}?${query}`)) yield listOf(page) as LogEvent[]
    },

    async log(from) {
      const { body, date, next } = 'cursor' in from ? await follow(from.cursor) : await ask(stream(from.since))
      const events = listOf(body) as LogEvent[]
      if (next === null)
        throw new OktaAnswerError('a page of the System Log has no next link, so there is no place to go on at')
      if (events.length > 0 && 'cursor' in from && next === from.cursor) {
        throw new OktaAnswerError('a page of the System Log names itself as the next one')
      }
      return { events, next, date }
    },

    time: async () => (await ask(ORGANIZATION)).date,
  }

  /** A page of the System Log by its path, which was stored: it must be one of the log's. */
  async function follow(cursor: string): Promise<Answer> {
    if (!cursor.startsWith(`${LOGS}?`)) throw new CursorRefused('the stored cursor is no path of the System Log')
    const answer = await ask(cursor).catch((error: unknown) => {
      const { status } = error as { status?: number }
      throw REFUSALS.includes(status ?? 0) ? new CursorRefused(`Okta answered ${status}`, { cause: error }) : error
    })
    if (answer.body === null) throw new CursorRefused('Okta answered 404')
    return answer
  }

  /** All pages, followed to the end; null where Okta answers 404 for the first. */
  async function all(path: string): Promise<Body[] | null> {
    const items: Body[] = []
    const ids = new Set<unknown>()
    let isFirst = true
    for await (const body of pages(path)) {
      if (body === null && isFirst) return null
      const page = listOf(body)
      items.push(...page)
      for (const { id } of page) ids.add(id)
      // At once: pages that lead in a circle have no end.
      if (ids.size < items.length) {
        throw new OktaAnswerError('Okta gave the same item on two pages, so another may be missing')
      }
      isFirst = false
    }
    return items
  }

  async function* pages(path: string): AsyncGenerator<unknown> {
    for (let next: string | null = path; next !== null; ) {
      const answer: Answer = await ask(next)
      if (answer.next === next) throw new OktaAnswerError('a page of Okta names itself as the next one')
      yield answer.body
      next = answer.next
    }
  }
}

/** The System Log as a stream: without `until`, and ascending. `since` is then compared with when an event was written down. */
function stream(since: number): string {
  const query = { since: new Date(since).toISOString(), limit: String(LOG_PAGE), sortOrder: 'ASCENDING' }
  return `${LOGS}?${new URLSearchParams(query)}`
}

/** A page counts only as a list of objects: anything else would read as fewer members than there are. */
function listOf(body: unknown): Body[] {
  if (!Array.isArray(body) || body.some((item) => item === null || typeof item !== 'object')) {
    throw new OktaAnswerError('a page of Okta is not a list of objects')
  }
  return body
}

function groupOf(body: Body): OktaGroup {
  const { id, type, created, lastUpdated, lastMembershipUpdated } = body
  const name = (body['profile'] as Body | undefined)?.['name']
  if (typeof id !== 'string' || typeof type !== 'string' || typeof name !== 'string') {
    throw new OktaAnswerError(`group ${String(id)} of Okta has no id, type or name`)
  }
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    id,
    type,
    name,
    created: text(created),
    lastUpdated: text(lastUpdated),
    lastMembershipUpdated: text(lastMembershipUpdated),
  }
}

function memberOf(body: Body, attribute: string): RawMember {
  const { id, status } = body
  if (typeof id !== 'string' || typeof status !== 'string')
    throw new OktaAnswerError(`user ${String(id)} of Okta has no id or status`)
  const userId = (body['profile'] as Body | undefined)?.[attribute]
  return { id, status, userId: typeof userId === 'string' ? userId : null }
}

function countOf(group: Body): number | null {
  const stats = (group['_embedded'] as Body | undefined)?.['stats'] as Body | undefined
  return typeof stats?.['usersCount'] === 'number' ? stats['usersCount'] : null
}
