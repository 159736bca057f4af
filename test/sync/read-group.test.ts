import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { memberListOf } from '../../shared/membership/member-list.ts'
import { type Mirror, mirrorDueAt, unread } from '../../shared/membership/mirror.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { readGroup } from '../../shared/sync/read-group.ts'
import { updateMirror } from '../../shared/sync/write-mirror.ts'
import { openTable } from '../snapshot/table.ts'
import { member, readPorts, ring } from './ports.ts'

const DAY = 86_400_000

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `00g${++count}`
})
afterAll(() => table.close())

const digestOf = (...people: string[]) =>
  memberListOf(
    people.map((person) => member(person)),
    ['ACTIVE'],
  ).digest
const mirror = async () => (await table.snapshot.mirror(id)) as Mirror
const added = (person: string, sentAt: number) =>
  ring(id, { books: true, sentAt, questions: [{ user: `00u-${person}`, says: 'added' }] })

describe('a group that is heard of', () => {
  test('is read, written down and rung', async () => {
    const { ports, okta, names, counted } = readPorts(table.snapshot)
    okta.members = [member('ann'), member('bob', 'SUSPENDED')]
    expect(await readGroup(ports, ring(id))).toBe('changed')
    expect(await mirror()).toMatchObject({ state: 'present', digest: digestOf('ann'), toRing: [], changes: 1 })
    expect(names).toEqual([['sales', false]])
    expect([counted('ReadsDone'), counted('MirrorsChanged')]).toEqual([1, 1])
    expect(await table.snapshot.list(digestOf('ann'))).toEqual(['ann@example.com'])
  })

  test('and rung by hand is read and rung, whatever was read before', async () => {
    const { ports, names, clock } = readPorts(table.snapshot)
    await readGroup(ports, ring(id))
    clock.time += 5_000
    expect(await readGroup(ports, ring(id))).toBe('unchanged')
    expect(await readGroup(ports, ring(id, { again: true }))).toBe('changed')
    expect(names).toEqual([
      ['sales', false],
      ['sales', true],
    ])
  })

  test('is missing where its members are, and gone a minute later', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    okta.members = [member('ann')]
    await readGroup(ports, ring(id))
    okta.members = null
    clock.time += 5_000
    await readGroup(ports, ring(id, { again: true }))
    expect(await mirror()).toMatchObject({ state: 'missing', name: 'Sales', digest: digestOf('ann') })
    okta.group = null
    clock.time += 60_000
    await readGroup(ports, ring(id))
    expect(await mirror()).toMatchObject({ state: 'gone', name: null })
  })
})

describe('a burst of events', () => {
  test('costs a read a second, and what another read has shown meanwhile costs none', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    const began = clock.time
    okta.members = [member('ann')]
    await readGroup(ports, added('ann', began))
    expect(await readGroup(ports, added('ann', began))).toBe('unchanged')
    expect([okta.reads, clock.slept]).toEqual([1, []])
    okta.members = [member('ann'), member('bob')]
    await readGroup(ports, added('bob', began + 10))
    expect([okta.reads, clock.slept]).toEqual([2, [1_000]])
    expect(await mirror()).toMatchObject({ digest: digestOf('ann', 'bob'), newestHint: began + 10 })
  })

  test('waits no second where another function reads the group in it', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    await readGroup(ports, ring(id, { books: true, sentAt: clock.time - 1_000 }))
    const sentAt = clock.time + 500
    ports.clock.sleep = async (milliseconds) => {
      clock.time += milliseconds
      await updateMirror(table.snapshot, id, (before) => ({ ...before, readAt: sentAt }))
    }
    expect(await readGroup(ports, ring(id, { books: true, sentAt }))).toBe('unchanged')
    expect(okta.reads).toBe(1)
    expect((await mirror()).newestHint).toBe(sentAt)
  })

  test('is read for again after 2 and 10 seconds while Okta does not show it, and no longer', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    const began = clock.time
    await readGroup(ports, added('ann', began))
    expect(clock.time - began).toBe(10_000)
    expect(okta.reads).toBe(3)
    expect((await mirror()).heard).toEqual([])
  })

  test('is not waited for where the function has not the time', async () => {
    const { ports, okta, left } = readPorts(table.snapshot)
    left.time = 21_000
    await readGroup(ports, added('ann', ports.clock.now()))
    expect(okta.reads).toBe(1)
  })

  test('is not read for where the last read is ten seconds younger, by whomever', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    await readGroup(ports, ring(id))
    const another = readPorts(table.snapshot)
    expect(await readGroup(another.ports, added('ann', clock.time - 10_000))).toBe('unchanged')
    expect([okta.reads, another.okta.reads]).toEqual([1, 0])
    await readGroup(another.ports, added('ann', clock.time - 9_999))
    expect(another.okta.reads).toBeGreaterThan(0)
  })

  test('of long ago is not waited for', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    await readGroup(ports, added('ann', clock.time - DAY))
    expect([okta.reads, clock.slept]).toEqual([1, []])
  })
})

describe('a group whose reads take long', () => {
  /** A group that was read once, for an event; each read of it takes so long. */
  async function slowGroup(took: number) {
    const given = readPorts(table.snapshot)
    const { ports, okta, clock } = given
    const { members } = ports.directory
    ports.directory.members = (group) => {
      clock.time += took
      return members(group)
    }
    const began = clock.time
    okta.members = [member('ann')]
    await readGroup(ports, added('ann', began))
    okta.members = [member('ann'), member('bob')]
    /** An event about somebody whom no read shows yet, long enough after for no read to be repeated. */
    const askedAt = (time: number, by = given) => {
      by.clock.time = time
      return readGroup(by.ports, ring(id, { books: true, sentAt: time }))
    }
    return { ...given, began, askedAt }
  }

  test('rests ten times as long as they took, half a minute of it in advance; a few seconds are waited for', async () => {
    const { okta, clock, began, askedAt } = await slowGroup(2_000)
    await askedAt(began + 5_000)
    expect([okta.reads, clock.slept]).toEqual([2, []])
    // Two reads have cost 40 s, of which 30 s were to be had in advance: the rest is over 10 s after the first began.
    await askedAt(began + 8_000)
    expect([okta.reads, clock.slept]).toEqual([3, [2_000]])
    expect(await mirror()).toMatchObject({ restUntil: began + 30_000, asked: false })
    await askedAt(began + 24_999)
    expect([okta.reads, clock.slept]).toEqual([3, [2_000]])
    expect(await mirror()).toMatchObject({ restUntil: began + 30_000, asked: true })
  })

  test('and must rest longer is not read for events; it is due when it has rested, and read by what rings then', async () => {
    const { ports, okta, clock, began, askedAt } = await slowGroup(6_000)
    expect(await mirror()).toMatchObject({ restUntil: began + 30_000 })
    for (let second = 6; second < 25; second++) expect(await askedAt(began + second * 1_000)).toBe('unchanged')
    expect([okta.reads, clock.slept]).toEqual([1, []])
    expect(mirrorDueAt(await mirror())).toBe(began + 30_000)
    clock.time = began + 29_999
    await readGroup(ports, ring(id))
    expect(okta.reads).toBe(1)
    clock.time = began + 30_000
    expect(await readGroup(ports, ring(id))).toBe('changed')
    expect(await mirror()).toMatchObject({ asked: false, digest: digestOf('ann', 'bob'), newestHint: began + 24_000 })
    expect(mirrorDueAt(await mirror())).toBe(began + 84_000)
  })

  test('rests a minute at most, in every function', async () => {
    const { okta, began, askedAt } = await slowGroup(20_000)
    const another = readPorts(table.snapshot)
    await askedAt(began + 74_999, another)
    expect([okta.reads, another.okta.reads]).toEqual([1, 0])
    await askedAt(began + 75_000, another)
    expect([another.okta.reads, another.clock.slept]).toEqual([1, [5_000]])
  })

  test('is read at once by hand, by a reconcile, and when it is due', async () => {
    const { ports, okta, clock } = await slowGroup(20_000)
    await readGroup(ports, ring(id, { again: true }))
    const run = { id: 'nightly', startedAt: clock.time, breach: null, isJudged: true }
    await readGroup(ports, { ...ring(id), run })
    await updateMirror(table.snapshot, id, (row) => ({ ...row, newestHint: clock.time - 60_000, readAt: 1 }))
    await readGroup(ports, ring(id))
    expect([okta.reads, clock.slept]).toEqual([4, []])
  })

  test('is not read again after 2 and 10 seconds, where it must rest', async () => {
    const soon = await slowGroup(2_000)
    await readGroup(soon.ports, { ...added('carl', soon.clock.time), again: true })
    // Two reads have cost 10 s more than is to be had in advance, and the third another 20 s.
    expect([soon.okta.reads, soon.clock.slept]).toEqual([3, [6_000]])
    id = `${id} slower`
    const late = await slowGroup(5_000)
    await readGroup(late.ports, { ...added('carl', late.clock.time), again: true })
    expect([late.okta.reads, late.clock.slept]).toEqual([2, []])
  })

  test('rests after a read that failed, too; who asks meanwhile is not put off until the next try', async () => {
    const { ports, okta, clock, began, askedAt } = await slowGroup(6_000)
    okta.members = new Error('no answer')
    await readGroup(ports, ring(id, { again: true }))
    const { retryAt, restUntil } = await mirror()
    expect(restUntil).toBe(began + 72_000)
    clock.time += 1_000
    await askedAt(clock.time)
    expect(okta.reads).toBe(2)
    expect([retryAt, mirrorDueAt(await mirror())]).toEqual([began + 72_000, began + 72_000])
  })
})

describe('a read that fails', () => {
  test('is written down with a time to try again, and removes nobody', async () => {
    const { ports, okta, clock, counted } = readPorts(table.snapshot)
    okta.members = [member('ann')]
    await readGroup(ports, ring(id))
    okta.members = new Error('no answer')
    expect(await readGroup(ports, ring(id, { again: true, causes: [{ id: 'e1', type: 't' }] }))).toBe('not read')
    expect(await mirror()).toMatchObject({ digest: digestOf('ann'), failures: 1, retryAt: clock.time + 60_000 })
    expect((await mirror()).heard).toEqual([{ id: 'e1', type: 't' }])
    expect(counted('ReadsFailed')).toBe(1)
  })

  test('is not repeated at once for what an event said', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    okta.members = new Error('no answer')
    expect(await readGroup(ports, added('ann', clock.time))).toBe('not read')
    expect([okta.reads, clock.slept]).toEqual([1, []])
  })

  test('for hours sets the group aside, which is told once; an answer frees it', async () => {
    const { ports, okta, clock, told, counted } = readPorts(table.snapshot)
    okta.members = Object.assign(new Error('of ann@example.com'), { name: 'HttpError', status: 500 })
    await readGroup(ports, added('ann', clock.time))
    while ((await mirror()).setAside === null) {
      clock.time = (await mirror()).retryAt!
      await readGroup(ports, ring(id))
    }
    const error = { error: 'HttpError', status: 500 }
    expect(await mirror()).toMatchObject({ failures: 10, setAside: { since: clock.time, error } })
    clock.time = (await mirror()).retryAt!
    await readGroup(ports, ring(id))
    const since = new Date(clock.time - 120 * 60_000).toISOString()
    const tellings = () => told.filter(([message]) => String(message).includes('set aside'))
    expect(tellings()).toMatchObject([
      [
        'a group keeps failing and is set aside; nothing else waits for it',
        {
          group: id,
          ...error,
          failures: 10,
          since,
          remedy: expect.stringContaining(`replay with {"groups":["${id}"]}`),
        },
      ],
    ])
    okta.members = [member('ann')]
    clock.time = (await mirror()).retryAt!
    expect(await readGroup(ports, ring(id))).toBe('changed')
    expect(await mirror()).toMatchObject({ failures: 0, retryAt: null, setAside: null })
    expect(tellings().slice(1)).toEqual([['a group is set aside no more', { group: id, since }]])
    expect([counted('RowsSetAside'), counted('RowsFreed')]).toEqual([1, 1])
  })

  test('for another reason than Okta is an error, and counted in the row where there is one', async () => {
    const { ports, okta, clock } = readPorts(table.snapshot)
    okta.members = [member('ann')]
    ports.snapshot = { ...table.snapshot, putList: () => Promise.reject(new Error('no table')) }
    await expect(readGroup(ports, added('ann', clock.time))).rejects.toThrow('no table')
    expect(await table.snapshot.mirror(id)).toBeNull()
    await table.snapshot.putMirror(unread(id), unread(id))
    await expect(readGroup(ports, added('ann', clock.time))).rejects.toThrow('no table')
    expect(await mirror()).toMatchObject({ failures: 1, retryAt: clock.time + 60_000 })
    ports.snapshot = { ...table.snapshot, mirror: () => Promise.reject(new Error('no table at all')) }
    await expect(readGroup(ports, ring(id))).rejects.toThrow('no table at all')
  })

  test('for want of time is one', async () => {
    const { ports, left } = readPorts(table.snapshot)
    ports.directory.group = () => new Promise(() => {})
    left.time = 10_005
    expect(await readGroup(ports, ring(id))).toBe('not read')
  })
})

describe('a read in which somebody is missing', () => {
  /** A group that was read with ann and bob, of which Okta now gives less than it counts. */
  async function lessThanCounted(count: number, ...people: string[]) {
    const given = readPorts(table.snapshot)
    const { ports, okta, clock } = given
    okta.members = [member('ann'), member('bob')]
    await readGroup(ports, ring(id))
    clock.time += 5_000
    Object.assign(okta, { members: people.map((person) => member(person)), count, reads: 0 })
    return { ...given, again: () => readGroup(ports, ring(id, { again: true })) }
  }

  test('counts where Okta counts no more, or does not say', async () => {
    const { okta, again } = await lessThanCounted(1, 'ann')
    await again()
    expect(await mirror()).toMatchObject({ digest: digestOf('ann'), lookAgainAt: null })
    Object.assign(okta, { members: [], count: null })
    await again()
    expect(await mirror()).toMatchObject({ digest: digestOf(), lookAgainAt: null })
    expect(okta.reads).toBe(2)
  })

  test('counts where a second read has the same, and the group is looked at again after ten minutes', async () => {
    const { ports, okta, clock, again, told } = await lessThanCounted(2, 'ann')
    await again()
    expect(okta.reads).toBe(2)
    expect(told).toContainEqual([
      expect.stringMatching(/^Okta counts more members/),
      { group: id, read: 1, counted: 2 },
    ])
    expect(await mirror()).toMatchObject({ digest: digestOf('ann'), lookAgainAt: clock.time + 600_000 })
    clock.time += 599_999
    await readGroup(ports, ring(id))
    expect((await mirror()).lookAgainAt).not.toBeNull()
    clock.time += 1
    await readGroup(ports, ring(id))
    expect(await mirror()).toMatchObject({ digest: digestOf('ann'), lookAgainAt: null })
  })

  test('does not count where a second read has as many as Okta counts: that one does', async () => {
    const { okta, again, told } = await lessThanCounted(2, 'ann')
    okta.later = [member('ann'), member('carl')]
    await again()
    expect(told.filter(([what]) => String(what).startsWith('Okta counts more members'))).toEqual([])
    expect((await mirror()).digest).toBe(digestOf('ann', 'carl'))
  })

  test.each([
    ['others', [member('carl')]],
    ['nothing', null],
  ])('does not count where a second read gives %s', async (_, later) => {
    const { okta, again } = await lessThanCounted(2, 'ann')
    okta.later = later
    expect(await again()).toBe('not read')
    expect(await mirror()).toMatchObject({ digest: digestOf('ann', 'bob'), failures: 1 })
  })

  test('is proven by the count that the caller has, and needs no proof where somebody is there with another status', async () => {
    const { ports, okta } = await lessThanCounted(9, 'ann')
    await readGroup(ports, { ...ring(id, { again: true }), usersCount: 1 })
    expect(okta.reads).toBe(1)
    okta.members = [member('ann', 'SUSPENDED')]
    await readGroup(ports, ring(id, { again: true }))
    expect(okta.reads).toBe(2)
    expect((await mirror()).digest).toBe(digestOf())
  })
})

describe('of two reads that overlap', () => {
  /** Reads while another read of the same group is written down in between, which began so much later. */
  async function overlapped(by: number) {
    const { ports, okta, clock } = readPorts(table.snapshot)
    okta.members = [member('ann')]
    await readGroup(ports, ring(id))
    clock.time += 60_000
    const now = clock.time
    const members = ports.directory.members
    let isFirst = true
    ports.directory.members = async (group) => {
      const read = await members(group)
      if (isFirst) await updateMirror(table.snapshot, id, (row) => ({ ...row, readAt: now + by, count: 77 }))
      isFirst = false
      return read
    }
    okta.members = [member('bob')]
    await readGroup(ports, ring(id, { again: true }))
    return { ...(await mirror()), reads: okta.reads }
  }

  test('the later one stands', async () => {
    expect(await overlapped(1_000)).toMatchObject({ count: 77, reads: 2 })
  })

  test('of the same second neither is the later, and the group is read again', async () => {
    expect(await overlapped(0)).toMatchObject({ digest: digestOf('bob'), reads: 3 })
  })
})

test('a row that somebody else writes meanwhile is written after them', async () => {
  await table.snapshot.putMirror(unread(id), unread(id))
  let others = 3
  const snapshot = {
    ...table.snapshot,
    putMirror: async (before: Mirror, after: Mirror) => {
      if (others-- > 0) throw new Conflict('lost')
      await table.snapshot.putMirror(before, after)
    },
  }
  expect(await updateMirror(snapshot, id, (before) => ({ ...before, count: 7 }))).toMatchObject({
    count: 7,
    version: 2,
  })
  const broken = { ...table.snapshot, putMirror: () => Promise.reject(new Error('no table')) }
  await expect(updateMirror(broken, id, (before) => ({ ...before, count: 8 }))).rejects.toThrow('no table')
})
