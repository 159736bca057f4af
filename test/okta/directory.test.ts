import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { askOkta, OktaAnswerError } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import type { LogEvent } from '../../shared/okta/log-event.ts'
import { CursorRefused, type Directory, type LogPage } from '../../shared/sync/ports.ts'
import { respond, startPlainServer } from './plain-server.ts'

const MANY = 450

let okta: Okta
let directory: Directory
let ahead = 0
let sales: string
let ann: string
let many: string
let people: string[]

beforeAll(async () => {
  okta = await startOkta({ now: () => Date.now() + ahead })
  directory = directoryAt(okta.url)
  const { org } = okta
  org.quietly(() => {
    sales = org.createGroup({ name: 'Sales' }).id
    ann = org.createUser('ann@example.com', { profile: { workEmail: 'ann@work.example.com', badge: 7 } }).id
    const bob = org.createUser('bob@example.com').id
    org.changeUser(bob, 'suspend')
    org.addMember(sales, ann)
    org.addMember(sales, bob)
    many = org.createGroup({ name: 'Many' }).id
    people = Array.from({ length: MANY }, (_, index) => org.createUser(`u${index}@example.com`).id).sort()
    for (const id of people) org.addMember(many, id)
  })
})
beforeEach(() => {
  okta.faults.reset()
  okta.requests.reset()
})
afterAll(() => okta.close())

function directoryAt(url: string, attribute = 'email', timeout = 5_000) {
  return directoryIn(askOkta(url, { token: okta.token }, timeout), attribute)
}

const OKTA_404 = { errorCode: 'E0000007' }

/** A directory of something that gives one answer after another. */
async function withAnswers(answers: [body: unknown, headers?: Record<string, string>][]) {
  const server = await startPlainServer((_, response) => {
    const [body, headers] = answers.shift() ?? [[]]
    respond(response, body === OKTA_404 ? 404 : 200, body, headers)
  })
  return { answers: directoryAt(server.url), ...server }
}

const pagesOfMembers = () => okta.requests.count('GET', '/api/v1/groups/{groupId}/users')

test('the org is known by its id', async () => {
  expect(await directory.orgId()).toBe(okta.org.id)
  for (const body of [{}, null, { id: 7 }]) {
    const { answers, close } = await withAnswers([[body]])
    await expect(answers.orgId()).rejects.toThrow(OktaAnswerError)
    await close()
  }
})

describe('a group', () => {
  test('is as Okta shows it, with when it was read', async () => {
    const { readAt, group } = await directory.group(sales)
    expect(group).toEqual({
      id: sales,
      type: 'OKTA_GROUP',
      name: 'Sales',
      created: expect.stringMatching(/^\d{4}-.*Z$/),
      lastUpdated: expect.stringMatching(/^\d{4}-.*Z$/),
      lastMembershipUpdated: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(Math.abs(readAt - Date.now())).toBeLessThan(5_000)
  })

  test('is null where Okta does not know it', async () => {
    expect(await directory.group('00gnone')).toEqual({ readAt: expect.any(Number), group: null })
  })

  test('without dates has none; without an id, type or name it is no group', async () => {
    const bare = { id: '00g1', type: 'OKTA_GROUP', profile: { name: 'Sales' }, created: null }
    const { answers, close } = await withAnswers([
      [bare],
      ...['id', 'type', 'profile'].map((key) => without(bare, key)),
    ])
    expect((await answers.group('00g1')).group).toEqual({
      ...{ id: '00g1', type: 'OKTA_GROUP', name: 'Sales' },
      ...{ created: '', lastUpdated: '', lastMembershipUpdated: '' },
    })
    for (let left = 3; left > 0; left--) await expect(answers.group('00g1')).rejects.toThrow(/no id, type or name/)
    await close()
  })

  test('is not missing where Okta answers 200 with nothing', async () => {
    const { answers, close } = await withAnswers([[null]])
    await expect(answers.group('00g1')).rejects.toThrow(/200 with null/)
    await close()
  })

  test('with a strange id is asked for by that id and nothing else', async () => {
    expect((await directory.group('../users')).group).toBeNull()
    expect(okta.requests.list.at(-1)?.target).toBe('/api/v1/groups/..%2Fusers')
  })
})

describe('members', () => {
  test('are everybody with the status and the attribute, whoever counts', async () => {
    expect(await directory.members(sales)).toEqual(
      expect.arrayContaining([
        { id: ann, status: 'ACTIVE', userId: 'ann@example.com' },
        { id: expect.any(String), status: 'SUSPENDED', userId: 'bob@example.com' },
      ]),
    )
  })

  test.each([
    ['workEmail', 'ann@work.example.com'],
    ['badge', null],
    ['nothing', null],
    ['secondEmail', null],
  ])('have %s of the profile for their id', async (attribute, userId) => {
    const members = await directoryAt(okta.url, attribute).members(sales)
    expect(members?.find(({ id }) => id === ann)?.userId).toBe(userId)
  })

  test('are read page by page to the end', async () => {
    expect((await directory.members(many))?.map(({ id }) => id).sort()).toEqual(people)
    expect(okta.requests.list.every(({ target }) => target.includes('limit=200'))).toBe(true)
    expect(pagesOfMembers()).toBe(3)
  })

  test('are none in an empty group, and null in one that Okta does not know', async () => {
    const empty = okta.org.createGroup({ name: 'Empty' }).id
    expect(await directory.members(empty)).toEqual([])
    expect(await directory.members('00gnone')).toBeNull()
  })

  test('are read past an empty page that leads on', async () => {
    for (const skip of [0, 1, 2]) {
      okta.faults.next({ answer: 'empty-page', skip })
      expect((await directory.members(many))?.map(({ id }) => id).sort()).toEqual(people)
    }
  })

  test('of a page that comes twice are no list: another page may be missing', async () => {
    okta.faults.next({ answer: 'repeated-page' })
    await expect(directory.members(many)).rejects.toThrow(/same item on two pages/)
  })

  test('are as many as Okta gives where its list ends too early: only its count can tell', async () => {
    okta.faults.next({ answer: 'truncated' })
    expect(await directory.members(many)).toHaveLength(200)
    expect(await directory.usersCount(many)).toBe(MANY)
  })

  test.each([{ answer: 'cut' }, { answer: 500 }, { answer: 429, resetInSeconds: 60 }] as const)(
    'are no list where a later page fails with $answer',
    async (fault) => {
      okta.faults.next({ ...fault, skip: 1 })
      // A cut in the middle of a body is noticed only when the time is up.
      await expect(directoryAt(okta.url, 'email', 200).members(many)).rejects.toThrow()
    },
  )

  test('are no list where the group is gone on a later page', async () => {
    const { answers, close } = await withAnswers([[[user('1')], { link: '</2>; rel="next"' }], [OKTA_404]])
    await expect(answers.members('00g1')).rejects.toThrow(/not a list/)
    await close()
  })

  test('are no list where the group is gone after an empty page', async () => {
    const { answers, close } = await withAnswers([[[], { link: '</2>; rel="next"' }], [OKTA_404]])
    await expect(answers.members('00g1')).rejects.toThrow(/not a list/)
    await close()
  })

  test('are no list where a page leads to itself', async () => {
    const { answers, close } = await withAnswers([
      [[user('1')], { link: '</api/v1/groups/00g1/users?limit=200>; rel="next"' }],
    ])
    await expect(answers.members('00g1')).rejects.toThrow(/names itself/)
    await close()
  })

  test.each<[string, unknown, RegExp]>([
    ['null', null, /200 with null/],
    ['an object', { errorCode: 'E0000009' }, /not a list/],
    ['a text', '"down for maintenance"', /not a list/],
    ['a list with null in it', [user('1'), null], /not a list/],
    ['a list of texts', ['00u1'], /not a list/],
    ['a user without an id', [{ status: 'ACTIVE', profile: {} }], /no id or status/],
    ['a user without a status', [{ id: '00u1', profile: {} }], /no id or status/],
    ['the same user twice', [user('1'), user('1')], /same item/],
  ])('are no list where a page is %s', async (_, body, said) => {
    const { answers, close } = await withAnswers([[body]])
    await expect(answers.members('00g1')).rejects.toThrow(said)
    await close()
  })

  test('without a profile have no id of their own', async () => {
    const { answers, close } = await withAnswers([[[{ id: '00u1', status: 'STAGED' }]]])
    expect(await answers.members('00g1')).toEqual([{ id: '00u1', status: 'STAGED', userId: null }])
    await close()
  })
})

describe("Okta's own count of members", () => {
  test('is asked for by a filter, and is null where Okta does not say', async () => {
    expect(await directory.usersCount(sales)).toBe(2)
    expect(await directory.usersCount('00gnone')).toBeNull()
    const { answers, close } = await withAnswers([
      [[{ id: '00g1' }]],
      [[{ _embedded: { stats: { usersCount: '7' } } }]],
    ])
    expect([await answers.usersCount('00g1'), await answers.usersCount('00g1')]).toEqual([null, null])
    await close()
  })
})

describe('the groups of a user', () => {
  test('are every group, and null for a user whom Okta does not know', async () => {
    const everyone = { id: okta.org.state.everyoneId, type: 'BUILT_IN' }
    expect(await directory.groupsOfUser(ann)).toMatchObject([{ id: sales, name: 'Sales' }, everyone].toSorted(byId))
    expect(await directory.groupsOfUser('00unone')).toBeNull()
  })
})

describe('all groups', () => {
  test('come page by page, each with its count', async () => {
    const { org } = okta
    org.quietly(() => {
      for (let index = 0; index < 210; index++) org.createGroup({ name: `Group ${index}` })
    })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await directory.groups(cursor)
      expect(Math.abs(page.readAt - Date.now() - ahead)).toBeLessThan(5_000)
      for (const { id, usersCount } of page.groups) {
        seen.push(id)
        if (id === many) expect(usersCount).toBe(MANY)
      }
      cursor = page.next
    } while (cursor !== null)
    expect(seen.sort()).toEqual(
      org.state.groups
        .all()
        .map(({ id }) => id)
        .sort(),
    )
    expect(okta.requests.count()).toBe(2)
  })

  test('are no list where Okta answers anything else', async () => {
    const { answers, close } = await withAnswers([[{}], [[{ id: '00g1' }]]])
    await expect(answers.groups(null)).rejects.toThrow(/not a list/)
    await expect(answers.groups(null)).rejects.toThrow(/no id, type or name/)
    await close()
  })
})

describe('the System Log', () => {
  const read = async (since: Date, until: Date) => {
    const events: LogEvent[] = []
    for await (const page of directory.events(since, until)) events.push(...page)
    return events
  }

  test('is read between two times, oldest first', async () => {
    ahead += 3_600_000
    const since = new Date(Date.now() + ahead)
    const { id } = okta.org.createGroup({ name: 'Logged' })
    okta.org.addMember(id, ann)
    ahead += 1_000
    const until = new Date(Date.now() + ahead)
    okta.org.removeMember(id, ann)
    expect((await read(since, until)).map(({ eventType }) => eventType)).toEqual([
      'group.lifecycle.create',
      'group.user_membership.add',
    ])
    expect(await read(since, since)).toEqual([])
  })

  test('is read page by page', async () => {
    ahead += 3_600_000
    const since = new Date(Date.now() + ahead)
    const { id } = okta.org.createGroup({ name: 'Log pages' })
    for (const person of people) {
      okta.org.addMember(id, person)
      okta.org.removeMember(id, person)
      okta.org.addMember(id, person)
    }
    ahead += 1_000
    const events = await read(since, new Date(Date.now() + ahead))
    expect(events).toHaveLength(1 + 3 * MANY)
    expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(events.length)
    expect(okta.requests.count('GET', '/api/v1/logs')).toBe(2)
  })

  test('that cannot be read is an error', async () => {
    okta.faults.next({ answer: 503 })
    await expect(read(new Date(0), new Date())).rejects.toMatchObject({ status: 503 })
  })
})

describe('the System Log as a stream', () => {
  const typesIn = ({ events }: LogPage) => events.map(({ eventType }) => eventType)

  test('goes on after an empty page, from where that one led', async () => {
    const since = await directory.time()
    expect(Math.abs(since - Date.now() - ahead)).toBeLessThan(5_000)
    ahead += 10_000
    const { id } = okta.org.createGroup({ name: 'Streamed' })
    okta.requests.reset()
    const first = await directory.log({ since: since + 5_000 })
    expect(typesIn(first)).toEqual(['group.lifecycle.create'])
    expect(Math.abs(first.date - Date.now() - ahead)).toBeLessThan(5_000)
    const empty = await directory.log({ cursor: first.next })
    expect(empty.events).toEqual([])
    expect((await directory.log({ cursor: empty.next })).events).toEqual([])
    okta.org.addMember(id, ann)
    expect(typesIn(await directory.log({ cursor: empty.next }))).toEqual(['group.user_membership.add'])
    const query = new URL(okta.requests.list[0]!.target, okta.url).searchParams
    expect(Object.fromEntries(query)).toEqual({
      ...{ since: new Date(since + 5_000).toISOString(), limit: '1000', sortOrder: 'ASCENDING' },
    })
  })

  test.each([400, 404, 410] as const)(
    'has a cursor that is refused with %i, which is no other error',
    async (status) => {
      const { next } = await directory.log({ since: 0 })
      okta.faults.next({ answer: 'cursor-refused', status })
      await expect(directory.log({ cursor: next })).rejects.toBeInstanceOf(CursorRefused)
      okta.faults.next({ answer: 503 })
      const failed = directory.log({ cursor: next })
      await expect(failed).rejects.toMatchObject({ status: 503 })
      await expect(failed).rejects.not.toBeInstanceOf(CursorRefused)
    },
  )

  test('is asked for by no path but its own', async () => {
    for (const cursor of ['', '/api/v1/users?after=1', '@example.com/api/v1/logs?after=1', '/api/v1/logs']) {
      await expect(directory.log({ cursor })).rejects.toBeInstanceOf(CursorRefused)
    }
    expect(okta.requests.count()).toBe(0)
  })

  test('is no stream without a next link, nor where a page leads to itself and is not empty', async () => {
    const link = { link: '</api/v1/logs?after=1>; rel="next"' }
    const { answers, close } = await withAnswers([[[]], [[{}], link], [[], link], [{}, link]])
    await expect(answers.log({ since: 0 })).rejects.toThrow(/no next link/)
    await expect(answers.log({ cursor: '/api/v1/logs?after=1' })).rejects.toThrow(/names itself/)
    expect(await answers.log({ cursor: '/api/v1/logs?after=1' })).toMatchObject({
      events: [],
      next: '/api/v1/logs?after=1',
    })
    await expect(answers.log({ since: 0 })).rejects.toThrow(/not a list/)
    await close()
  })
})

function user(number: string) {
  return { id: `00u${number}`, status: 'ACTIVE', profile: { email: `u${number}@example.com` } }
}

function without(body: Record<string, unknown>, key: string): [unknown] {
  const { [key]: _, ...rest } = body
  return [rest]
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1
}
