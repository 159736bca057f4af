import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { call, nextOf } from './okta-client.ts'

const DAY_MS = 24 * 60 * 60 * 1000
let okta: Okta
let now = Date.parse('2026-03-01T12:00:00.000Z')
beforeAll(async () => {
  okta = await startOkta({ now: () => now })
  for (let index = 0; index < 10; index++) {
    okta.org.createGroup({ name: `Group ${index}` })
    now += 1000
  }
  okta.org.createUser('log@example.com', { activate: false })
})
afterAll(() => okta.close())

const iso = (time: number) => new Date(time).toISOString()
const logs = (query: object) => call(okta, 'GET', `/api/v1/logs?${new URLSearchParams({ ...query })}`)
const follow = (headers: Headers) => call(okta, 'GET', nextOf(headers)!.slice(okta.url.length))
const namesIn = (body: { target: { displayName: string }[] }[]) => body.map(({ target }) => target[0]!.displayName)

test('polling goes on after an empty page, and shows each event once', async () => {
  const first = await logs({ since: iso(now - DAY_MS), limit: '7' })
  expect(first.body).toHaveLength(7)
  const second = await follow(first.headers)
  expect(second.body).toHaveLength(4)
  const third = await follow(second.headers)
  expect(third.body).toEqual([])
  okta.org.createGroup({ name: 'Later' })
  const fourth = await follow((await follow(third.headers)).headers)
  expect(fourth.body).toEqual([])
  const seen = await follow(third.headers)
  expect(namesIn(seen.body)).toEqual(['Later'])
})

test('polling from now on starts with a cursor though nothing is there', async () => {
  const since = iso(now + 1)
  const empty = await logs({ since, filter: 'eventType eq "group.lifecycle.create"' })
  expect(empty.body).toEqual([])
  now += 5000
  okta.org.createUser('other@example.com')
  okta.org.createGroup({ name: 'Awaited' })
  expect(namesIn((await follow(empty.headers)).body)).toEqual(['Awaited'])
})

test('a bounded list ends', async () => {
  const start = Date.parse('2026-03-01T12:00:00.000Z')
  const bounds = { since: iso(start), until: iso(start + 5000), limit: '3' }
  const first = await logs(bounds)
  expect(namesIn(first.body)).toEqual(['Group 0', 'Group 1', 'Group 2'])
  const second = await follow(first.headers)
  expect(namesIn(second.body)).toEqual(['Group 3', 'Group 4'])
  expect(nextOf(second.headers)).toBeUndefined()
  const newest = await logs({ ...bounds, sortOrder: 'DESCENDING' })
  expect(namesIn(newest.body)).toEqual(['Group 4', 'Group 3', 'Group 2'])
  expect(namesIn((await follow(newest.headers)).body)).toEqual(['Group 1', 'Group 0'])
})

test('filters by type, joined by or; what is not modelled is refused', async () => {
  const types = async (filter: string) => {
    const { body } = await logs({ filter, since: iso(0), until: iso(now + 1) })
    return new Set(body.map(({ eventType }: { eventType: string }) => eventType))
  }
  expect(await types('eventType eq "user.lifecycle.create"')).toEqual(new Set(['user.lifecycle.create']))
  expect((await types('eventType eq "user.lifecycle.create" or eventType eq "group.lifecycle.create"')).size).toBe(2)
  for (const wrong of [
    { filter: 'severity eq "INFO"' },
    { q: 'word' },
    { limit: '1001' },
    { since: 'yesterday' },
    { sortOrder: 'UP' },
  ])
    expect(await logs(wrong)).toMatchObject({
      status: 400,
      body: { errorCode: 'E0000001' },
    })
})

test('events are shown late, without nulls, or without targets, where the faults say so', async () => {
  const poll = await logs({ since: iso(now + 1) })
  now += 10
  okta.faults.lag.logs = 60_000
  const { id } = okta.org.createGroup({ name: 'Late' })
  const again = await follow(poll.headers)
  expect(again.body).toEqual([])
  now += 60_000
  const [event] = (await follow(again.headers)).body
  expect(event).toMatchObject({
    eventType: 'group.lifecycle.create',
    version: '0',
    severity: 'INFO',
    outcome: { result: 'SUCCESS', reason: null },
    legacyEventType: null,
    target: [{ type: 'UserGroup', id, displayName: 'Late', alternateId: 'unknown', detailEntry: null }],
    transaction: { type: 'JOB', id: expect.any(String), detail: {} },
  })
  okta.faults.nulls = 'absent'
  expect(JSON.stringify((await follow(again.headers)).body)).not.toContain('null')
  okta.faults.nulls = 'present'
  okta.faults.nullTargets = ['group.lifecycle.create']
  expect((await follow(again.headers)).body[0].target).toBeNull()
  okta.faults.reset()
})

test('a poll asks by when events were written down, which may be long after they were published', async () => {
  okta.faults.lag.logs = 600_000
  now += 3_600_000
  const published = now
  okta.org.createGroup({ name: 'Written down late' })
  now += 60_000
  const poll = await logs({ since: iso(now), sortOrder: 'ASCENDING' })
  expect(poll.body).toEqual([])
  now = published + 600_000
  expect(namesIn((await follow(poll.headers)).body)).toEqual(['Written down late'])
  const bounds = { since: iso(published + 1), until: iso(now + 1) }
  expect((await logs(bounds)).body).toEqual([])
  okta.faults.reset()
})

test('a cursor is refused, and a page leads to another org, where the faults say so', async () => {
  const { headers } = await logs({ since: iso(now) })
  for (const status of [400, 404, 410] as const) {
    okta.faults.next({ answer: 'cursor-refused', status })
    expect((await logs({ since: iso(now) })).status).toBe(200)
    expect((await follow(headers)).status).toBe(status)
    expect((await follow(headers)).status).toBe(200)
  }
  okta.faults.next({ answer: 'foreign-link' })
  expect(nextOf((await follow(headers)).headers)).toMatch(/^https:\/\/other-org\.example\.com\/api\/v1\/logs\?/)
})

test('a clock that is ahead shows in the Date header and in the log', async () => {
  okta.faults.clockAheadMs = 300_000
  const { headers } = await logs({ since: iso(now) })
  expect(Date.parse(headers.get('date')!)).toBe(Math.floor((now + 300_000) / 1000) * 1000)
  okta.org.createGroup({ name: 'Ahead' })
  expect((await follow(headers)).body[0].published).toBe(iso(now + 300_000))
  okta.faults.reset()
})

test('events are kept for ninety days', async () => {
  now += 91 * DAY_MS
  expect((await logs({ since: iso(0) })).body).toEqual([])
})
