import { groupBody, userBody } from './bodies.ts'
import type { Attributes } from './filter.ts'
import { date, parseFilter, text } from './filter.ts'
import { lastMembershipUpdated } from './group-routes.ts'
import { notFound, OktaError } from './okta-error.ts'
import type { User } from './org-state.ts'
import { limitOf, pageAfter, placeOf } from './paging.ts'
import type { Answer, Exchange, Route } from './route.ts'
import { objectIn } from './route.ts'
import type { LifecycleOperation } from './user-lifecycle.ts'
import { LIFECYCLE } from './user-lifecycle.ts'

const READ = 'okta.users.read'
const MANAGE = 'okta.users.manage'

/** Users, their groups and their lifecycle: `/api/v1/users`. */
export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/users', scope: READ, bucket: 'users', answer: listUsers },
  { method: 'POST', path: '/api/v1/users', scope: MANAGE, bucket: 'users', answer: createUser },
  {
    method: 'GET',
    path: '/api/v1/users/{id}',
    scope: READ,
    bucket: 'users',
    answer: (x) => ({ body: userBody(x.url, x.org.users.get(idOf(x), x.now - x.faults.lag.users)) }),
  },
  {
    method: 'POST',
    path: '/api/v1/users/{id}',
    scope: MANAGE,
    bucket: 'users',
    answer: (x) => ({ body: userBody(x.url, x.org.users.update(idOf(x), objectIn(x.body, 'profile'), x.by, true)) }),
  },
  {
    method: 'PUT',
    path: '/api/v1/users/{id}',
    scope: MANAGE,
    bucket: 'users',
    answer: (x) => ({ body: userBody(x.url, x.org.users.update(idOf(x), objectIn(x.body, 'profile'), x.by, false)) }),
  },
  {
    method: 'DELETE',
    path: '/api/v1/users/{id}',
    scope: MANAGE,
    bucket: 'users',
    answer: (x) => {
      x.org.users.delete(idOf(x), x.by)
      return {}
    },
  },
  { method: 'GET', path: '/api/v1/users/{id}/groups', scope: READ, bucket: 'users', answer: listUserGroups },
  ...LIFECYCLE.map(
    (operation): Route => ({
      method: 'POST',
      path: `/api/v1/users/{id}/lifecycle/${operation}`,
      scope: MANAGE,
      bucket: 'users',
      answer: (x) => changed(x, operation),
    }),
  ),
]

function idOf(x: Exchange): string {
  return x.params['id']!
}

const ATTRIBUTES: Attributes<User> = {
  id: text((user) => user.id),
  status: text((user) => user.status),
  lastUpdated: date((user) => user.lastUpdated),
  'profile.login': text((user) => user.profile.login),
  'profile.email': text((user) => user.profile.email),
}

function listUsers(x: Exchange): Answer {
  const { org, faults, query, now, url } = x
  const [filter, search, q] = ['filter', 'search', 'q'].map((name) => query.get(name))
  if ([filter, search, q].filter((given) => given !== null).length > 1)
    throw new OktaError(400, 'E0000033', "Bad request. Can't specify a search query and filter in the same request.")
  let test = (user: User) => user.status !== 'DEPROVISIONED'
  if (filter != null) test = parseFilter(filter, ATTRIBUTES, 'filter')
  if (search != null) test = parseFilter(search, ATTRIBUTES, 'search')
  if (q != null) test = (user) => user.status !== 'DEPROVISIONED' && isNamed(user, q)
  const users = org.state.users.all(now - (search == null ? faults.lag.users : faults.lag.search)).filter(test)
  users.sort((a, b) => (a.id < b.id ? -1 : 1))
  const page = pageAfter(
    users,
    (user) => user.id,
    placeOf(query.get('after')),
    limitOf(query, q == null ? 200 : 10, 200),
  )
  const next = q == null ? page.next : undefined
  return { page: { ...page, next, items: page.items.map((user) => userBody(url, user)) } }
}

function isNamed({ profile }: User, q: string): boolean {
  return ['firstName', 'lastName', 'email'].some((name) =>
    String(profile[name] ?? '')
      .toLowerCase()
      .startsWith(q.toLowerCase()),
  )
}

function createUser(x: Exchange): Answer {
  const { org, query, body, by, url } = x
  const password = objectIn(objectIn(body, 'credentials'), 'password')
  const groupIds = (body as { groupIds?: string[] } | undefined)?.groupIds ?? []
  const hidden = groupIds.find((id) => !x.faults.isSeen(org.groups.get(id)))
  if (hidden) throw notFound(hidden, 'UserGroup')
  const user = org.users.create(
    {
      profile: objectIn(body, 'profile'),
      activate: query.get('activate') !== 'false',
      hasPassword: Object.keys(password).length > 0,
      groupIds,
    },
    by,
  )
  return { body: userBody(url, user) }
}

function listUserGroups(x: Exchange): Answer {
  const { org, faults, query, now, url } = x
  const at = now - faults.lag.members
  const user = org.users.get(idOf(x), at)
  const groups = org.state.groups
    .all(at)
    .filter((group) => org.state.members.has(group.id, user.id, at) && faults.isSeen(group))
  groups.sort((a, b) => (a.id < b.id ? -1 : 1))
  const page = pageAfter(groups, (group) => group.id, placeOf(query.get('after')), limitOf(query, 200, 200))
  return {
    page: { ...page, items: page.items.map((group) => groupBody(url, group, lastMembershipUpdated(x, group, at))) },
  }
}

function changed(x: Exchange, operation: LifecycleOperation): Answer {
  const user = x.org.users.change(idOf(x), operation, x.by)
  const token = x.org.state.ids.letters(20)
  const byMail = x.query.get('sendEmail') !== 'false'
  if (operation === 'expire_password') return { body: userBody(x.url, user) }
  if (operation === 'reset_password' && !byMail)
    return { body: { resetPasswordUrl: `${x.url}/reset_password/${token}` } }
  if (['activate', 'reactivate'].includes(operation) && !byMail)
    return { body: { activationUrl: `${x.url}/welcome/${token}`, activationToken: token } }
  return { body: {} }
}
