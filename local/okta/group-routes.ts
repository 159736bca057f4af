import { groupBody, userBody } from './bodies.ts'
import type { Attributes } from './filter.ts'
import { date, parseFilter, text } from './filter.ts'
import { forbidden, invalid, notFound, OktaError } from './okta-error.ts'
import type { Group } from './org-state.ts'
import { limitOf, pageAfter, placeOf } from './paging.ts'
import type { Answer, Exchange, Route } from './route.ts'
import { objectIn } from './route.ts'

const READ = 'okta.groups.read'
const MANAGE = 'okta.groups.manage'

/** Groups and their members: `/api/v1/groups`. */
export const groupRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/groups', scope: READ, bucket: 'groups', answer: listGroups },
  {
    method: 'POST',
    path: '/api/v1/groups',
    scope: MANAGE,
    bucket: 'groups',
    answer: (x) => shown(x, x.org.groups.create(objectIn(x.body, 'profile'), x.by)),
  },
  {
    method: 'GET',
    path: '/api/v1/groups/{groupId}',
    scope: READ,
    bucket: 'group',
    answer: (x) => shown(x, visible(x, x.now - x.faults.lag.groups)),
  },
  {
    method: 'PUT',
    path: '/api/v1/groups/{groupId}',
    scope: MANAGE,
    bucket: 'group',
    answer: (x) => shown(x, x.org.groups.replace(visible(x).id, objectIn(x.body, 'profile'), x.by)),
  },
  {
    method: 'DELETE',
    path: '/api/v1/groups/{groupId}',
    scope: MANAGE,
    bucket: 'group',
    answer: (x) => done(() => x.org.groups.delete(visible(x).id, x.by)),
  },
  { method: 'GET', path: '/api/v1/groups/{groupId}/users', scope: READ, bucket: 'members', answer: listMembers },
  {
    method: 'PUT',
    path: '/api/v1/groups/{groupId}/users/{userId}',
    scope: MANAGE,
    bucket: 'members',
    answer: (x) => done(() => x.org.groups.addMember(visible(x).id, x.params['userId']!, x.by)),
  },
  {
    method: 'DELETE',
    path: '/api/v1/groups/{groupId}/users/{userId}',
    scope: MANAGE,
    bucket: 'members',
    answer: (x) => done(() => x.org.groups.removeMember(visible(x).id, x.params['userId']!, x.by)),
  },
]

/** When members last came or went, as known at a time; a group that never had one counts from its creation. */
export function lastMembershipUpdated({ org }: Exchange, group: Group, at: number): number {
  return org.state.members.changedAt(group.id, at) ?? group.created
}

function listGroups(x: Exchange): Answer {
  const { org, faults, query, now } = x
  const [q, filter, search] = ['q', 'filter', 'search'].map((name) => query.get(name))
  if ([q, filter, search].filter((given) => given !== null).length > 1)
    throw new OktaError(400, 'E0000033', "Bad request. Can't specify a search query and filter in the same request.")
  const at = now - (search == null ? faults.lag.groups : faults.lag.search)
  const attributes = attributesAt(x, at)
  const tests = [(group: Group) => faults.isSeen(group)]
  if (filter != null) tests.push(parseFilter(filter, attributes, 'filter'))
  if (search != null) tests.push(parseFilter(search, { ...attributes, ...SEARCH_ONLY }, 'search'))
  if (q != null) tests.push((group) => group.name.toLowerCase().startsWith(q.toLowerCase()))
  const groups = org.state.groups.all(at).filter((group) => tests.every((test) => test(group)))
  const keyOf = sortKey(query, search != null)
  groups.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const page = pageAfter(groups, keyOf, placeOf(query.get('after')), limitOf(query, q == null ? 10_000 : 300, 10_000))
  const expanded = (query.get('expand') ?? '').split(',').includes('stats')
  const items = page.items.map((group) =>
    groupBody(
      x.url,
      group,
      lastMembershipUpdated(x, group, at),
      expanded ? { usersCount: usersCount(x, group) } : undefined,
    ),
  )
  // A list by `q` has one page only (okta.md: "search or filter page well, q doesn't").
  return { page: { items, here: page.here, next: q == null ? page.next : undefined } }
}

function listMembers(x: Exchange): Answer {
  const { org, faults, query, url } = x
  const at = x.now - faults.lag.members
  const group = visible(x, at)
  const ids = org.state.members.ids(group.id, at)
  const page = pageAfter(ids, (id) => id, placeOf(query.get('after')), limitOf(query, 1000, 1000))
  const users = page.items.map((id) => org.state.users.get(id, at)).filter((user) => user !== undefined)
  return { page: { ...page, items: users.map((user) => userBody(url, user)) } }
}

function usersCount({ org, faults, now }: Exchange, group: Group): number {
  const at = now - faults.lag.counts
  const ids = org.state.members.ids(group.id, at)
  if (faults.countsDeprovisioned) return ids.length
  return ids.filter((id) => org.state.users.get(id, at)?.status !== 'DEPROVISIONED').length
}

function visible({ org, faults, params }: Exchange, at?: number): Group {
  const group = org.groups.get(params['groupId']!, at)
  if (!faults.isSeen(group)) throw faults.unseenById === 'forbidden' ? forbidden() : notFound(group.id, 'UserGroup')
  return group
}

function shown(x: Exchange, group: Group): Answer {
  return { body: groupBody(x.url, group, lastMembershipUpdated(x, group, x.now - x.faults.lag.groups)) }
}

function done(change: () => void): Answer {
  change()
  return {}
}

function attributesAt(x: Exchange, at: number): Attributes<Group> {
  return {
    id: text((group) => group.id),
    type: text((group) => group.type),
    lastUpdated: date((group) => group.lastUpdated),
    lastMembershipUpdated: date((group) => lastMembershipUpdated(x, group, at)),
  }
}

const SEARCH_ONLY: Attributes<Group> = {
  created: date((group) => group.created),
  'profile.name': text((group) => group.name, ['eq', 'sw', 'co']),
  'source.id': text((group) => group.appId ?? ''),
}

function sortKey(query: URLSearchParams, isSearch: boolean): (group: Group) => string {
  const sortBy = query.get('sortBy')
  if (sortBy === null || sortBy === 'id') return (group) => group.id
  if (!isSearch) throw invalid('sortBy', 'sortBy: only with search')
  if (query.get('sortOrder') === 'desc') throw invalid('sortOrder', 'sortOrder: desc is not modelled by this stand-in')
  if (sortBy === 'profile.name') return (group) => `${group.name}\u0000${group.id}`
  if (sortBy === 'lastUpdated') return (group) => `${new Date(group.lastUpdated).toISOString()}\u0000${group.id}`
  throw invalid('sortBy', `sortBy: '${sortBy}' is not modelled by this stand-in`)
}
