import { createIds } from '../../local/okta/ids.ts'
import type { LogEvent } from '../../local/okta/log-event.ts'
import { Org } from '../../local/okta/org.ts'
import type { Group, User } from '../../local/okta/org-state.ts'
import { memberListOf, type RawMember } from '../../shared/membership/member-list.ts'
import type { Answer } from '../../shared/okta/client.ts'

/** How Okta answers, by what nobody knows of it and by what goes wrong. Times are milliseconds. */
export interface OktaSides {
  /** Reads show what was up to so long ago, each another time. */
  lagMs: number
  logLagMs: number
  /** Okta's clock is so far ahead of the world's. */
  clockAheadMs: number
  /** So many items are on a page. */
  page: number
  countsDeprovisioned: boolean
  nulls: 'present' | 'absent'
  nullTargets: readonly string[] | 'all'
  unseenById: 'not-found' | 'forbidden'
}

/** A whole read of a group's members, by the pages that were given. Times are the world's. */
export interface WholeRead {
  group: string
  beganAt: number
  endedAt: number
  /** Everything that happened before is in it. */
  asOf: number
  digest: string
  ids: string[]
  /** How many users there were, with whatever status. */
  users: number
  /** Where it was made to end early. */
  isCut: boolean
}

/** What a look at a group itself showed: null where there is none. */
export interface GroupLook {
  group: string
  beganAt: number
  asOf: number
  name: string | null
  type: string
}

interface Chain {
  beganAt: number
  lag: number
  asOf: number
  users: User[]
  isCut: boolean
}

class OktaRefusal extends Error {
  override name = 'OktaApiError'
  readonly status: number
  constructor(status: number) {
    super(`Okta answered ${status}`)
    this.status = status
  }
}

/**
 * Okta's API over the stand-in's org, without sockets: what `Ask` answers for the paths that the directory asks for. It writes down
 * what every whole read showed.
 */
export class OktaTwin {
  readonly org: Org
  readonly reads: WholeRead[] = []
  readonly looks: GroupLook[] = []
  /** Groups that aren't seen. */
  unseen = new Set<string>()
  /** The next list of members ends after so many of a page, with 200. */
  cutNext: number | null = null
  cursorRefused = false
  readonly sides: OktaSides
  readonly statuses: string[]
  /** The profile attribute that is a user's id. */
  readonly attribute: string
  readonly #now: () => number
  readonly #draw: () => number
  readonly #chains = new Map<number, Chain>()
  #turn = 0

  /**
   * @param draw numbers in [0, 1]
   * @param org the org; a new one unless told
   */
  constructor(
    now: () => number,
    draw: () => number,
    sides: OktaSides,
    members: { attribute: string; statuses: string[] },
    org = new Org(now, createIds(draw)),
  ) {
    this.#now = now
    this.#draw = draw
    this.sides = sides
    this.statuses = members.statuses
    this.attribute = members.attribute
    this.org = org
  }

  /** The event as it is told. */
  shown(event: LogEvent): unknown {
    const { nulls, nullTargets } = this.sides
    const isNull = nullTargets === 'all' || nullTargets.includes(event.eventType)
    const { uuid, published, eventType, actor, outcome, target, debugContext } = event
    const told = { uuid, published, eventType, actor, outcome, target: isNull ? null : target, debugContext }
    return nulls === 'present' ? told : JSON.parse(JSON.stringify(told, (_, value) => value ?? undefined))
  }

  /** Who counts as a member of a group, by what Okta knows at a time. */
  membersAt(group: string, at = Number.POSITIVE_INFINITY): { digest: string; ids: string[] } {
    const { members, users } = this.org.state
    const raw = members.ids(group, at).flatMap((id) => this.#raw(users.get(id, at)))
    return memberListOf(raw, this.statuses)
  }

  /** One answer, as it is now. Throws what Okta refuses. */
  ask(path: string): Answer {
    const [, , , collection = '', id, sub] = path.split(/[/?]/)
    const query = new URLSearchParams(path.slice(path.indexOf('?') + 1))
    if (path.startsWith('/.well-known/')) return this.#answer({ id: this.org.id })
    if (collection === 'logs') return this.#log(query)
    if (collection === 'users') return this.#groupsOf(decodeURIComponent(id!), query)
    if (path.startsWith('/api/v1/groups?')) return query.has('filter') ? this.#counted(query) : this.#list(query)
    const group = decodeURIComponent(id!)
    return sub === 'users' ? this.#members(group, query) : this.#group(group)
  }

  #answer(body: unknown, next: string | null = null): Answer {
    const date = Math.floor((this.#now() + this.sides.clockAheadMs) / 1000) * 1000
    return { body, date, next }
  }

  #lag(): number {
    return Math.floor(this.#draw() * this.sides.lagMs)
  }

  #group(id: string): Answer {
    const now = this.#now()
    const asOf = now - this.#lag()
    const group = this.org.state.groups.get(id, asOf)
    const isSeen = group !== undefined && !this.unseen.has(id)
    if (group !== undefined && !isSeen && this.sides.unseenById === 'forbidden') throw new OktaRefusal(403)
    const look = { group: id, beganAt: now, asOf, name: isSeen ? group.name : null, type: group?.type ?? '' }
    this.looks.push(look)
    return this.#answer(isSeen ? this.#body(group, asOf) : null)
  }

  #members(id: string, query: URLSearchParams): Answer {
    const now = this.#now()
    const [, turn, after = ''] = (query.get('after') ?? '').split('.')
    const lag = this.#lag()
    const chain = this.#chains.get(Number(turn)) ?? { beganAt: now, lag, asOf: now - lag, users: [], isCut: false }
    const at = now - chain.lag
    const { groups, members, users } = this.org.state
    if (groups.get(id, at) === undefined || this.unseen.has(id)) return this.#answer(null)
    const rest = members.ids(id, at).filter((user) => user > after)
    const page = rest.slice(0, this.sides.page)
    let next: string | null = null
    let shown = page
    if (this.cutNext !== null) {
      shown = page.slice(0, this.cutNext)
      chain.isCut = shown.length < rest.length
      this.cutNext = null
    } else if (page.length < rest.length) {
      const place = ++this.#turn
      this.#chains.set(place, chain)
      next = `/api/v1/groups/${encodeURIComponent(id)}/users?limit=200&after=c.${place}.${page.at(-1)}`
    }
    const given = shown.flatMap((user) => users.get(user, at) ?? [])
    chain.users.push(...given)
    if (next === null) {
      const list = memberListOf(
        chain.users.flatMap((user) => this.#raw(user)),
        this.statuses,
      )
      const { beganAt, asOf, isCut } = chain
      this.reads.push({
        group: id,
        beganAt,
        endedAt: now,
        asOf,
        digest: list.digest,
        ids: list.ids,
        users: chain.users.length,
        isCut,
      })
    }
    const body = given.map(({ id: user, status, profile }) => ({ id: user, status, profile }))
    return this.#answer(body, next)
  }

  #groupsOf(user: string, query: URLSearchParams): Answer {
    const at = this.#now() - this.#lag()
    const { groups, users, members } = this.org.state
    if (users.get(user, at) === undefined) return this.#answer(null)
    const after = query.get('after') ?? ''
    const all = groups.all(at).filter(({ id }) => members.has(id, user, at) && !this.unseen.has(id) && id > after)
    const page = all.sort(byId).slice(0, this.sides.page)
    const path = `/api/v1/users/${encodeURIComponent(user)}/groups`
    const next = page.length < all.length ? `${path}?after=${page.at(-1)!.id}` : null
    return this.#answer(
      page.map((group) => this.#body(group, at)),
      next,
    )
  }

  #list(query: URLSearchParams): Answer {
    const at = this.#now() - this.#lag()
    const after = query.get('after') ?? ''
    const all = this.org.state.groups.all(at).filter(({ id }) => !this.unseen.has(id) && id > after)
    const page = all.sort(byId).slice(0, this.sides.page)
    const next = page.length < all.length ? `/api/v1/groups?limit=200&expand=stats&after=${page.at(-1)!.id}` : null
    return this.#answer(
      page.map((group) => ({ ...this.#body(group, at), _embedded: { stats: { usersCount: this.#count(group.id) } } })),
      next,
    )
  }

  #counted(query: URLSearchParams): Answer {
    const id = /^id eq "(.*)"$/.exec(query.get('filter')!)![1]!
    const at = this.#now() - this.#lag()
    const group = this.org.state.groups.get(id, at)
    if (group === undefined || this.unseen.has(id)) return this.#answer([])
    const stats = { usersCount: this.#count(id) }
    return this.#answer([{ ...this.#body(group, at), _embedded: { stats } }])
  }

  #count(id: string): number {
    const { members, users } = this.org.state
    const ids = members.ids(id)
    if (this.sides.countsDeprovisioned) return ids.length
    return ids.filter((user) => users.get(user)?.status !== 'DEPROVISIONED').length
  }

  #log(query: URLSearchParams): Answer {
    const after = query.get('after')
    if (after !== null && this.cursorRefused) {
      this.cursorRefused = false
      throw new OktaRefusal(400)
    }
    const { logLagMs } = this.sides
    const seen = this.org.log.seen(this.#now() - logLagMs)
    const since = Date.parse(query.get('since') ?? '')
    const until = Date.parse(query.get('until') ?? '')
    const isStream = !query.has('until')
    const rest = seen.filter(({ at, place }) => {
      if (after !== null) return place > Number(after) && !(at >= until)
      return isStream ? at + logLagMs >= since : at >= since && at < until
    })
    const page = rest.slice(0, this.sides.page * 4)
    const last = page.at(-1)?.place ?? Math.max(Number(after ?? -1), seen.at(-1)?.place ?? -1)
    const bound = isStream ? '' : `until=${query.get('until')}&`
    const next = isStream || page.length < rest.length ? `/api/v1/logs?${bound}after=${last}` : null
    return this.#answer(
      page.map(({ event }) => this.shown(event)),
      next,
    )
  }

  #raw(user: User | undefined): RawMember[] {
    if (user === undefined) return []
    const userId = user.profile[this.attribute]
    return [{ id: user.id, status: user.status, userId: typeof userId === 'string' ? userId : null }]
  }

  #body({ id, type, name, created, lastUpdated }: Group, at: number) {
    const changedAt = this.org.state.members.changedAt(id, at) ?? created
    const [c, u, m] = [created, lastUpdated, changedAt].map((time) => new Date(time).toISOString())
    return { id, type, created: c, lastUpdated: u, lastMembershipUpdated: m, profile: { name } }
  }
}

function byId(a: Group, b: Group): number {
  return a.id < b.id ? -1 : 1
}
