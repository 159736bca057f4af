import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OktaGroup } from '../../shared/membership/observe.ts'
import type { ReceivedHint } from '../../shared/queue/hint.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { takeHint } from '../../shared/sync/take-hint.ts'
import { openTable } from '../snapshot/table.ts'
import { readPorts, ring } from './ports.ts'

const MINUTE = 60_000

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `00u${++count}`
})
afterAll(() => table.close())

const group = (groupId: string, type = 'OKTA_GROUP'): OktaGroup => ({
  ...{ id: groupId, type, name: groupId, created: '', lastUpdated: '', lastMembershipUpdated: '' },
})
const about = (over: Partial<ReceivedHint> = {}) => ring(id, { subject: 'user', ...over })
const cause = { id: 'e1', type: 'user.lifecycle.suspend' }
const event = (sentAt: number) =>
  about({ books: true, sentAt, causes: [cause], questions: [{ user: id, says: 'off' }] })
const rungIds = (hints: { id: string }[]) => hints.map((hint) => hint.id)

/** A user in these groups, by Okta. */
function userIn(...groups: OktaGroup[]) {
  const given = readPorts(table.snapshot)
  given.okta.groupsOfUser = groups
  return given
}

describe('a hint about a user', () => {
  test('rings every group in scope that they are in, with what the event said', async () => {
    const { ports, hints, clock } = userIn(group('00g1'), group('00g2'), group('00g3', 'BUILT_IN'))
    await takeHint(ports, event(clock.time))
    const said = { books: true, again: false, causes: [cause], questions: [{ user: id, says: 'off' }] }
    expect(hints).toEqual(['00g1', '00g2'].map((groupId) => ({ subject: 'group', id: groupId, ...said })))
    expect(await table.snapshot.user(id)).toMatchObject({ newestHint: clock.time, rung: ['00g1', '00g2'], failures: 0 })
  })

  test('is followed a minute later: the groups that have come are rung, and then it is forgotten', async () => {
    const { ports, okta, hints, clock } = userIn(group('00g1'))
    await takeHint(ports, event(clock.time))
    await takeHint(ports, about())
    expect(rungIds(hints)).toEqual(['00g1'])
    clock.time += MINUTE
    okta.groupsOfUser = [group('00g1'), group('00g2')]
    await takeHint(ports, about())
    expect(rungIds(hints)).toEqual(['00g1', '00g2'])
    expect(await table.snapshot.user(id)).toBeNull()
  })

  test('by hand rings every group by hand, and books nothing', async () => {
    const { ports, hints } = userIn(group('00g1'))
    await takeHint(ports, about({ again: true, sentAt: 5 }))
    expect(hints).toMatchObject([{ id: '00g1', books: false, again: true }])
    expect(await table.snapshot.user(id)).toBeNull()
  })

  test('of before the newest rings nothing that was rung, and leaves its look', async () => {
    const { ports, hints, clock } = userIn(group('00g1'))
    await takeHint(ports, event(clock.time))
    await takeHint(ports, event(clock.time - 5_000))
    expect(rungIds(hints)).toEqual(['00g1'])
    expect(await table.snapshot.user(id)).toMatchObject({ newestHint: clock.time })
  })

  test('whose groups cannot be read is followed again, and rings all then', async () => {
    const { ports, okta, hints, clock, counted } = userIn()
    okta.groupsOfUser = new Error('no answer')
    await takeHint(ports, event(clock.time))
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 1, retryAt: clock.time + MINUTE, causes: [cause] })
    expect([counted('ReadsFailed'), hints]).toEqual([1, []])
    clock.time += MINUTE
    okta.groupsOfUser = [group('00g1')]
    await takeHint(ports, about())
    expect(hints).toMatchObject([{ id: '00g1', books: true, causes: [cause] }])
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 0, retryAt: null })
  })

  test('whose groups can not be rung for is tried again, where there is a row of theirs', async () => {
    const { ports, clock } = userIn(group('00g1'))
    const ringHints = () => Promise.reject(new Error('no queue'))
    const broken = { ...ports, doorbells: { ...ports.doorbells, ringHints } }
    await expect(takeHint(broken, event(clock.time))).rejects.toThrow('no queue')
    expect(await table.snapshot.user(id)).toBeNull()
    await takeHint(ports, event(clock.time))
    clock.time += MINUTE
    await expect(takeHint(broken, event(clock.time))).rejects.toThrow('no queue')
    const failed = await table.snapshot.user(id)
    expect(failed).toMatchObject({ failures: 1, retryAt: clock.time + MINUTE })
    // A burst counts once, and nothing is written for it.
    await expect(takeHint(broken, event(clock.time + 1))).rejects.toThrow('no queue')
    expect(await table.snapshot.user(id)).toEqual(failed)
  })

  test('whose groups can not be read for hours is set aside, and freed by an answer', async () => {
    const { ports, okta, hints, clock, told, counted } = userIn()
    okta.groupsOfUser = Object.assign(new Error('of ann@example.com'), { name: 'HttpError', status: 500 })
    await takeHint(ports, event(clock.time))
    const first = clock.time
    for (let tries = 1; tries < 10; tries++) {
      expect((await table.snapshot.user(id))?.setAside).toBeNull()
      clock.time = (await table.snapshot.user(id))!.retryAt!
      await takeHint(ports, about())
    }
    const error = { error: 'HttpError', status: 500 }
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 10, setAside: { since: clock.time, error } })
    expect(clock.time - first).toBe(243 * MINUTE)
    expect(told.filter(([message]) => String(message).includes('set aside'))).toEqual([
      [
        'a user keeps failing and is set aside; nothing else waits for it',
        {
          ...{ user: id, ...error, failures: 10 },
          since: new Date(clock.time).toISOString(),
          nextTry: new Date(clock.time + 120 * MINUTE).toISOString(),
          remedy: `mend what the error says, and invoke replay with {"users":["${id}"]} then, or wait for the next try`,
        },
      ],
    ])
    await takeHint(ports, event(clock.time + 1))
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 10, retryAt: clock.time + 120 * MINUTE })
    okta.groupsOfUser = [group('00g1')]
    await takeHint(ports, event(clock.time + 2))
    expect(hints).toMatchObject([{ id: '00g1', books: true }])
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 0, retryAt: null, setAside: null })
    expect([counted('RowsSetAside'), counted('RowsFreed')]).toEqual([1, 1])
  })

  test.each([
    ['an answer', true],
    ['no answer', false],
  ])('that is set aside and tried by hand is set aside no more, with %s', async (_, answers) => {
    const { ports, okta, hints, clock, counted } = userIn(group('00g1'))
    const setAside = { since: 1, error: { error: 'HttpError' } }
    const row = { id, version: 0, newestHint: 5, causes: [], rung: [], failures: 14, retryAt: clock.time + 9, setAside }
    await table.snapshot.putUser(row)
    if (!answers) okta.groupsOfUser = new Error('no answer')
    await takeHint(ports, about({ again: true }))
    const failed = { failures: 1, retryAt: clock.time + MINUTE, setAside: null }
    expect(await table.snapshot.user(id)).toMatchObject(answers ? { failures: 0, rung: ['00g1'] } : failed)
    expect(hints).toMatchObject(answers ? [{ id: '00g1', books: false, again: true }] : [])
    expect(counted('RowsFreed')).toBe(1)
    clock.time += MINUTE
    okta.groupsOfUser = [group('00g1')]
    await takeHint(ports, about())
    if (answers) expect(await table.snapshot.user(id)).toBeNull()
    expect(hints).toHaveLength(1)
  })

  test('whom Okta does not know any more starts a reconcile soon, and is forgotten', async () => {
    const { ports, okta, clock } = userIn()
    clock.time = 1_900_000_000_000 + count * 3_600_000
    okta.groupsOfUser = null
    await takeHint(ports, event(clock.time))
    const [hour] = new Date(clock.time).toISOString().split(':')
    expect(await table.snapshot.run(`${hour} soon`)).toMatchObject({
      phase: 'waiting',
      takeUpAt: clock.time + 2 * MINUTE,
    })
    expect(await table.snapshot.user(id)).toBeNull()
  })

  test('who is followed by two functions at once is followed again', async () => {
    const { ports, hints, clock } = userIn(group('00g1'))
    ports.snapshot = { ...table.snapshot, putUser: () => Promise.reject(new Conflict('lost')) }
    await takeHint(ports, event(clock.time))
    expect(hints).toMatchObject([{ subject: 'group' }, { subject: 'user', id, books: true }])
    ports.snapshot = { ...table.snapshot, putUser: () => Promise.reject(new Error('no table')) }
    await expect(takeHint(ports, event(clock.time))).rejects.toThrow('no table')
    expect(await table.snapshot.user(id)).toBeNull()
  })

  test('and can not be rung for is counted in the row, where there is one', async () => {
    const { ports, clock } = userIn(group('00g1'))
    await takeHint(ports, event(clock.time))
    clock.time += MINUTE
    ports.doorbells = { ...ports.doorbells, ringHints: () => Promise.reject(new Error('no queue')) }
    await expect(takeHint(ports, event(clock.time))).rejects.toThrow('no queue')
    expect(await table.snapshot.user(id)).toMatchObject({ failures: 1, retryAt: clock.time + MINUTE })
  })
})

describe('a hint about the org', () => {
  const HOUR = 3_600_000
  const start = (hours: number) => (472_222 + count * 50 + hours) * HOUR
  const orgHint = (sentAt: number) => ring('', { subject: 'org', books: true, sentAt })
  const runOf = (time: number) => table.snapshot.run(`${new Date(time).toISOString().slice(0, 13)} soon`)

  test('starts a reconcile two minutes later, and one for all of a burst', async () => {
    const { ports } = userIn()
    const at = start(0) + 600_000
    await takeHint(ports, orgHint(at))
    await takeHint(ports, orgHint(at + 30_000))
    expect(await runOf(at)).toMatchObject({ version: 1, phase: 'waiting', takeUpAt: at + 2 * MINUTE })
    expect(await runOf(at + HOUR)).toBeNull()
  })

  test('that comes after this hour’s has begun, or too late for it, books the next hour’s', async () => {
    const { ports } = userIn()
    const at = start(10) + 600_000
    await takeHint(ports, orgHint(at))
    await takeHint(ports, orgHint(at + MINUTE + 1))
    const next = await runOf(at + HOUR)
    expect(next?.takeUpAt).toBe(start(11))
    await takeHint(ports, orgHint(at + 5 * MINUTE))
    expect(await runOf(at + HOUR)).toEqual(next)
  })

  test('that cannot be written down is an error', async () => {
    const { ports } = userIn()
    ports.snapshot = { ...table.snapshot, putRun: () => Promise.reject(new Error('no table')) }
    await expect(takeHint(ports, orgHint(start(20)))).rejects.toThrow('no table')
  })
})
