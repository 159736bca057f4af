import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { spend } from '../../shared/membership/budget.ts'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import type { Limits } from '../../shared/membership/guard.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { EMPTY, memberListOf } from '../../shared/membership/member-list.ts'
import { BudgetTaken, Conflict, PutError, type Snapshot } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { openTable } from '../snapshot/table.ts'
import { borne, clockAt, heardDoorbells, ledgerOf, member, RULES, toldTelemetry, toldUserStore } from './ports.ts'

const MINUTE = 60_000
const NOW = 1_800_000_000_000
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let name = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `00g${++count}`
  name = `sales ${count}`
})
afterAll(() => table.close())

const shows = (status: GroupStatus['status'], at: number, entries = 1): GroupStatus => ({ status, at, entries })
const digestOf = (...people: string[]) =>
  memberListOf(
    people.map((person) => member(person)),
    ['ACTIVE'],
  ).digest

/** The name with a user store that shows these statuses in turn, and ways to put it. */
function given(statuses: (GroupStatus | null | Error)[], snapshot: Snapshot = table.snapshot, adopt: string[] = []) {
  const clock = clockAt(NOW)
  const { store, userStore } = toldUserStore()
  const { telemetry, told, counted } = toldTelemetry()
  const { doorbells, names } = heardDoorbells()
  store.statuses = statuses
  const rules = { ...RULES, groups: { ...RULES.groups, adopt } }
  const ports = { userStore, snapshot, doorbells, telemetry, clock, rules }
  const put = async (again = false): Promise<Ledger> => {
    await putGroup(ports, name, again)
    return ledgerOf(table.snapshot, name)
  }
  return { put, store, clock, told, counted, names, ports }
}
const stands = (facts: Partial<Ledger>) =>
  table.snapshot.putLedger(confirmedWith(digestOf('ann'), { version: 0, key: name, name, owner: id, ...facts }))
const changes = async () => (await table.rows(`NAME#${name}`)).filter(({ sk }) => String(sk).startsWith('CHANGE#'))
const refusedAs = (kind: PutError['kind']) => () => Promise.reject(new PutError(kind, 'as the test wants it', null))

describe('a name that is wanted', () => {
  test('is put and confirmed, with what led to it', async () => {
    await borne(table.snapshot, id, name, 'ann', 'bob')
    const { put, store, counted } = given([null, null, shows('SUCCEEDED', 5)])
    expect(await put()).toMatchObject({ status: 'confirmed', ours: true, owner: id, meant: digestOf('ann', 'bob') })
    expect(store.puts).toEqual([[ANN, BOB]])
    expect([counted('PutsAccepted'), counted('PutsConfirmed')]).toEqual([1, 1])
    expect(await changes()).toMatchObject([
      { outcome: 'confirmed', joined: 2, left: 0, before: null, causes: [{ id: 'e1' }], requestId: 'r' },
    ])
    expect(await put()).toMatchObject({ version: 3 })
    expect(store.puts).toHaveLength(1)
  })

  test('tells how long it took from the oldest hint to the put, and from the put to its confirmation', async () => {
    const mirror = await borne(table.snapshot, id, name, 'ann')
    const causes = [1_000, 4_000].map((ago) => ({ id: `e${ago}`, type: 't', queuedAt: NOW - ago, change: 1 }))
    await table.snapshot.putMirror(mirror, { ...mirror, causes })
    const { put, clock, told } = given([null, null, null, shows('SUCCEEDED', 5)])
    await put()
    const measured = told.filter(([what]) => what === 'HookToAccepted' || what === 'AcceptedToSucceeded')
    expect(measured).toEqual([
      ['HookToAccepted', 4_000],
      ['AcceptedToSucceeded', clock.slept.reduce((sum, slept) => sum + slept, 0)],
    ])
    expect(clock.slept.length).toBeGreaterThan(0)
  })

  test('is behind since its change though the put is denied, which ends the function', async () => {
    const mirror = await borne(table.snapshot, id, name, 'ann')
    await table.snapshot.putMirror(mirror, { ...mirror, toRingSince: NOW - 9_000 })
    const { put, store } = given([null])
    store.answer = refusedAs('denied')
    await expect(put()).rejects.toThrow()
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({ status: 'none', behindSince: NOW - 9_000 })
  })

  test('is put again when it changes, and its record has the causes that are new', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([null, null, shows('SUCCEEDED', 5)])
    await put()
    await borne(table.snapshot, id, name, 'bob')
    store.statuses = [shows('SUCCEEDED', 5), shows('SUCCEEDED', 6)]
    expect(await put()).toMatchObject({ status: 'confirmed', meant: digestOf('bob') })
    expect(await changes()).toMatchObject([
      { causes: [{ id: 'e1' }], joined: 1, left: 0 },
      { causes: [{ id: 'e2' }], joined: 1, left: 1, before: digestOf('ann'), after: digestOf('bob') },
    ])
  })

  test('is not put where GetGroup does not say whose it is, and is tried again', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([new Error('no answer')])
    expect(await put()).toMatchObject({ ours: false, failures: 1, retryAt: NOW + MINUTE })
    expect(store.puts).toEqual([])
  })

  test('is not put where GetGroup does not say what it shows before', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([null, new Error('no answer')])
    expect(await put()).toMatchObject({ ours: false, failures: 1 })
    expect(store.puts).toEqual([])
  })

  test('is waited for while somebody deletes it', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([shows('DELETING', 5)])
    expect(await put()).toMatchObject({ ours: false, retryAt: NOW + MINUTE })
    expect(store.puts).toEqual([])
  })

  test('is refused where it is somebody else’s, until it is rung by hand and adopted', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const foreign = given([shows('SUCCEEDED', 5)])
    expect(await foreign.put()).toMatchObject({ ours: false, refusal: { reason: 'foreign', reduced: null } })
    const adopting = given([shows('SUCCEEDED', 5), shows('SUCCEEDED', 5), shows('SUCCEEDED', 6)], table.snapshot, [
      'sales*',
    ])
    await adopting.put()
    expect(adopting.store.puts).toEqual([])
    expect(await adopting.put(true)).toMatchObject({ ours: true, status: 'confirmed', refusal: null })
  })

  test('is refused where it cannot be printed, or holds too many, and the leavers leave', async () => {
    const people = Array.from({ length: 1001 }, (_, index) => `p${index}`)
    await borne(table.snapshot, id, name, 'ann', ...people)
    const wanted = { list: digestOf('ann', 'bob') }
    await table.snapshot.putList(wanted.list, [ANN, BOB])
    await stands({ meant: wanted.list, shown: { at: 1, entries: 1 } })
    const { put, store, told } = given([shows('SUCCEEDED', 1), shows('SUCCEEDED', 2)])
    expect(await put()).toMatchObject({
      status: 'confirmed',
      name,
      meant: digestOf('ann'),
      refusal: { reason: 'list' },
    })
    expect(store.puts).toEqual([[ANN]])
    expect(told).toContainEqual(['NamesRefused'])
    expect(told).toContainEqual(['a name is refused', expect.objectContaining({ name, group: id, reason: 'list' })])
    name += ' without a row'
    await borne(table.snapshot, `${id}x`, name, ...people)
    expect(await given([null]).put()).toMatchObject({ name, ours: false, refusal: { reason: 'list', reduced: null } })
  })
})

describe('what the guard lets go', () => {
  const removes = async (putLedger: Snapshot['putLedger'], guard: Partial<Limits> = {}) => {
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await stands({ meant: digestOf('ann', 'bob'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'ann')
    const snapshot = { ...table.snapshot, putLedger }
    const { put, store, names, ports } = given(
      [shows('SUCCEEDED', 1), shows('SUCCEEDED', 1), shows('SUCCEEDED', 3)],
      snapshot,
    )
    ports.rules = { ...ports.rules, guard: { ...ports.rules.guard, ...guard } }
    return { put, store, names }
  }

  test('is counted in the write of the intent, again where somebody else spends of it meanwhile', async () => {
    const before = (await table.snapshot.budget()).hours.reduce((sum, { left }) => sum + left, 0)
    let lost = 2
    const { put, store } = await removes(async (...given) => {
      if (given[2] !== undefined && lost-- > 0) throw new BudgetTaken('as the test wants it')
      return table.snapshot.putLedger(...given)
    })
    expect(await put()).toMatchObject({ status: 'confirmed', meant: digestOf('ann') })
    expect(store.puts).toEqual([[ANN]])
    expect((await table.snapshot.budget()).hours.reduce((sum, { left }) => sum + left, 0)).toBe(before + 1)
  })

  test('and others have spent meanwhile is judged again', async () => {
    const all = { number: 50, fraction: 0, floor: 0 }
    const spent = (left: number) =>
      table.snapshot.budget().then(async (budget) => table.snapshot.putBudget(spend(budget, { left, emptied: 0 }, NOW)))
    const { put, store, names } = await removes(
      async (...given) => {
        if (given[2] === undefined) return table.snapshot.putLedger(...given)
        await spent(50)
        throw new BudgetTaken('as the test wants it')
      },
      { all },
    )
    await put()
    expect([store.puts, names]).toEqual([[], [[name, false]]])
    await spent(-50)
  })

  test('fails by what else the table says', async () => {
    const { put, store } = await removes(async (...given) => {
      if (given[2] !== undefined) throw new Error('no table')
      return table.snapshot.putLedger(...given)
    })
    await expect(put()).rejects.toThrow('no table')
    expect(store.puts).toEqual([])
  })
})

describe('a removal', () => {
  test('does not wait for GetGroup to answer, and is doubtful then', async () => {
    await stands({ meant: digestOf('ann', 'bob') })
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([new Error('no answer')])
    expect(await put()).toMatchObject({ status: 'accepted', meant: digestOf('ann'), doubt: { since: NOW, puts: 0 } })
    expect(store.puts).toEqual([[ANN]])
  })

  test('that finds a put not confirmed is looked at again when it has waited for two minutes', async () => {
    await stands({ status: 'accepted', meant: digestOf('ann', 'bob'), acceptedAt: NOW - 1.5 * MINUTE })
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([shows('PROCESSING', 5)])
    expect(await put()).toMatchObject({ status: 'accepted', retryAt: NOW + MINUTE / 2, failures: 0 })
    expect(store.puts).toEqual([])
  })

  test('that finds a put not confirmed waits two minutes at most, though GetGroup does not answer', async () => {
    await stands({ status: 'accepted', meant: digestOf('ann', 'bob'), acceptedAt: NOW - MINUTE })
    await borne(table.snapshot, id, name, 'ann')
    const { put, store, clock } = given([new Error('no answer')])
    expect(await put()).toMatchObject({ status: 'accepted', retryAt: NOW + MINUTE, failures: 1 })
    clock.time += MINUTE
    expect(await put()).toMatchObject({ status: 'accepted', meant: digestOf('ann') })
    expect(store.puts).toEqual([[ANN]])
  })
})

describe('a put over another', () => {
  test.each(['PROCESSING', 'DELETING'] as const)('that GetGroup shows as %s is doubtful', async (status) => {
    await stands({ meant: digestOf('ann'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'bob')
    const { put } = given([shows(status, 1), shows('SUCCEEDED', 3)])
    expect(await put()).toMatchObject({ status: 'confirmed', doubt: { since: NOW, puts: 0 } })
  })

  test('that was answered only the second time is doubtful', async () => {
    await stands({ meant: digestOf('ann'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'bob')
    const { put, store, counted } = given([shows('SUCCEEDED', 1), shows('SUCCEEDED', 3)])
    store.answer = async () => ({ requestId: 'r', overlapped: true })
    expect(await put()).toMatchObject({ status: 'confirmed', doubt: { since: NOW, puts: 0 } })
    expect(counted('HookToAccepted')).toBe(0)
  })

  test('against doubt makes no new one', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const doubt = { since: NOW - 15 * MINUTE, puts: 0 }
    await stands({ meant: digestOf('ann'), shown: { at: 1, entries: 1 }, doubt })
    const { put, store } = given([shows('PROCESSING', 1), shows('SUCCEEDED', 3)])
    expect(await put()).toMatchObject({ status: 'confirmed', doubt: { ...doubt, puts: 1 } })
    expect(store.puts).toEqual([[ANN]])
  })
})

describe('a put that is not accepted', () => {
  test.each<[PutError['kind'], object]>([
    ['unknown', { status: 'putting', ours: true, doubt: { since: NOW }, failures: 1, retryAt: NOW + MINUTE }],
    ['throttled', { status: 'none', ours: false, meant: null, failures: 1, retryAt: NOW + MINUTE }],
    ['conflict', { status: 'none', ours: false, meant: null, retryAt: NOW + MINUTE }],
    ['quota', { status: 'none', ours: false, refusal: { reason: 'quota', until: NOW + 360 * MINUTE } }],
    ['refused', { status: 'none', ours: false, refusal: { reason: 'service', until: NOW + 1_440 * MINUTE } }],
  ])('for a new name (%s) leaves what is known of it', async (kind, expected) => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store, counted } = given([null])
    store.answer = refusedAs(kind)
    expect(await put()).toMatchObject(expected)
    expect(counted('PutsFailed')).toBe(1)
    expect((await changes())[0]).toMatchObject({ outcome: kind })
  })

  test('for want of rights is written down, and an error that somebody sees', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([null])
    store.answer = refusedAs('denied')
    await expect(put()).rejects.toMatchObject({ kind: 'denied' })
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({ status: 'none', ours: false, failures: 1 })
  })

  test('and refused once more without the leavers is tried again later', async () => {
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await stands({ meant: digestOf('ann', 'bob') })
    await borne(table.snapshot, id, name, 'ann', 'carl')
    const { put, store } = given([null])
    store.answer = refusedAs('refused')
    expect(await put()).toMatchObject({ status: 'confirmed', meant: digestOf('ann', 'bob'), failures: 1 })
    expect(store.puts).toEqual([[ANN, 'carl@example.com'], [ANN]])
  })

  test('for another reason is an error', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store } = given([null])
    store.answer = () => Promise.reject(new TypeError('a bug'))
    await expect(put()).rejects.toThrow('a bug')
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({ status: 'putting', ours: true })
  })

  test('for another reason is counted in the row, so that it is rung ever less often; one that was never put has no row', async () => {
    await stands({ status: 'putting' })
    await table.snapshot.putList(digestOf('ann'), [ANN])
    await borne(table.snapshot, id, name, 'ann')
    const { put, store, clock } = given([null])
    store.answer = () => Promise.reject(new TypeError('a bug'))
    await expect(put()).rejects.toThrow('a bug')
    const failed = await ledgerOf(table.snapshot, name)
    expect(failed).toMatchObject({ failures: 1, retryAt: clock.time + MINUTE })
    await expect(put()).rejects.toThrow('a bug')
    const { retryAt } = await ledgerOf(table.snapshot, name)
    expect([retryAt, (await ledgerOf(table.snapshot, name)).failures]).toEqual([clock.time + MINUTE, 1])
    clock.time += MINUTE
    await expect(put()).rejects.toThrow('a bug')
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({ failures: 2, retryAt: clock.time + 2 * MINUTE })
    const lost = { ...table.snapshot, list: () => Promise.reject(new Error('part 0 is not in the table')) }
    name = `never put ${count}`
    await borne(table.snapshot, id, name, 'ann')
    await expect(given([null], lost).put()).rejects.toThrow('part 0')
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({ version: 0, failures: 0, retryAt: null })
  })
})

describe('a name that keeps failing', () => {
  /** A name whose last try counted so many failures in a row, which is wanted otherwise. */
  async function failing(failures: number, over: Partial<Ledger> = {}) {
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await stands({ meant: digestOf('ann', 'bob'), failures, retryAt: NOW, ...over })
    await borne(table.snapshot, id, name, 'ann')
    return given([shows('SUCCEEDED', 1), shows('SUCCEEDED', 1), shows('SUCCEEDED', 9, 2)])
  }
  const told = (given: { told: unknown[][] }) =>
    given.told.filter(([message]) => String(message).includes('set aside')).map(([message, facts]) => [message, facts])
  const aside = { setAside: { since: NOW - 5, error: { error: 'PutError', kind: 'unknown' } } }

  test('is set aside with its tenth failure, which is told once, with what to do', async () => {
    const name9 = await failing(9)
    name9.store.answer = refusedAs('unknown')
    const error = { error: 'PutError', kind: 'unknown' }
    expect(await name9.put()).toMatchObject({ failures: 10, setAside: { since: NOW, error } })
    const facts = { name, group: id, ...error, failures: 10 }
    const [since, nextTry] = [NOW, NOW + 120 * MINUTE].map((time) => new Date(time).toISOString())
    const remedy = `mend what the error says, and invoke replay with {"groups":["${id}"]} then, or wait for the next try`
    expect(told(name9)).toEqual([
      ['a name keeps failing and is set aside; nothing else waits for it', { ...facts, since, nextTry, remedy }],
    ])
    name9.clock.time += 120 * MINUTE
    expect(await name9.put()).toMatchObject({ failures: 11, setAside: { since: NOW } })
    expect([told(name9).length, name9.counted('RowsSetAside')]).toEqual([1, 1])
  })

  test('and whose put is denied is told so too', async () => {
    const denied = await failing(9)
    denied.store.answer = refusedAs('denied')
    await expect(denied.put()).rejects.toMatchObject({ kind: 'denied' })
    expect(await ledgerOf(table.snapshot, name)).toMatchObject({
      failures: 10,
      setAside: { error: { kind: 'denied' } },
    })
    expect(denied.counted('RowsSetAside')).toBe(1)
  })

  test('is freed by a put, and told so', async () => {
    const name12 = await failing(12, aside)
    expect(await name12.put()).toMatchObject({ status: 'confirmed', failures: 0, retryAt: null, setAside: null })
    const since = new Date(NOW - 5).toISOString()
    expect(told(name12)).toEqual([['a name is set aside no more', { name, group: id, since }]])
    expect(name12.counted('RowsFreed')).toBe(1)
  })

  test('is freed where it is not wanted any more what failed, and by hand', async () => {
    const back = await failing(12, { ...aside, meant: digestOf('ann') })
    expect(await back.put()).toMatchObject({ status: 'confirmed', failures: 0, setAside: null })
    expect(back.store.puts).toEqual([])
    name = `${name} by hand`
    const byHand = await failing(12, aside)
    byHand.store.answer = refusedAs('unknown')
    expect(await byHand.put(true)).toMatchObject({ failures: 1, retryAt: NOW + MINUTE, setAside: null })
  })
})

describe('who loses a write to the row', () => {
  test('rings the name again as it was rung', async () => {
    const lost = { ...table.snapshot, putLedger: () => Promise.reject(new Conflict('lost')) }
    await borne(table.snapshot, id, name, 'ann')
    const { put, store, names } = given([null], lost)
    await put(true)
    expect(names).toEqual([[name, true]])
    expect(store.puts).toEqual([])
  })

  test('after it has put notes that its put may have gone over another', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put, store, names } = given([null])
    store.answer = async () => {
      // Another function takes the name over while the put is on its way, and writes once more while this is noted.
      const { ledger } = await table.snapshot.name(name)
      await table.snapshot.putLedger({ ...ledger, status: 'confirmed' })
      return { requestId: 'late', overlapped: false }
    }
    expect(await put()).toMatchObject({ status: 'putting', ours: true, doubt: { since: NOW, puts: 0 } })
    expect(names).toEqual([[name, false]])
  })

  test('notes it after whoever writes in between', async () => {
    await borne(table.snapshot, id, name, 'ann')
    let writes = 0
    const snapshot: Snapshot = {
      ...table.snapshot,
      putLedger: async (ledger, change) => {
        writes++
        // The second write, of the answer, and the first note are lost.
        if (writes === 2 || writes === 3) throw new Conflict('lost')
        return table.snapshot.putLedger(ledger, change)
      },
    }
    expect(await given([null], snapshot).put()).toMatchObject({ status: 'putting', doubt: { since: NOW, puts: 0 } })
  })

  test('cannot note it where there is no table', async () => {
    await borne(table.snapshot, id, name, 'ann')
    let writes = 0
    const snapshot: Snapshot = {
      ...table.snapshot,
      putLedger: async (ledger, change) => {
        writes++
        if (writes > 1) throw writes === 2 ? new Conflict('lost') : new Error('no table')
        return table.snapshot.putLedger(ledger, change)
      },
    }
    await expect(given([null], snapshot).put()).rejects.toThrow('no table')
  })
})

describe('a put that FAILED', () => {
  const failed = (at: number, errorCode = 'InvalidRequest'): GroupStatus => ({ ...shows('FAILED', at), errorCode })

  test('for what it held is refused, and what was put before stays without the leavers', async () => {
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await stands({ meant: digestOf('ann', 'bob'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'ann', 'carl')
    const { put, store, counted } = given([shows('SUCCEEDED', 1), failed(2), failed(2), shows('SUCCEEDED', 3)])
    expect(await put()).toMatchObject({ status: 'confirmed', meant: digestOf('ann'), refusal: { reason: 'service' } })
    expect(store.puts).toEqual([[ANN, 'carl@example.com'], [ANN]])
    expect(counted('PutsFailed')).toBe(1)
    expect(await changes()).toMatchObject([{ outcome: 'failed' }, { outcome: 'confirmed' }])
  })

  test('even without the leavers is tried again later, and ever more seldom', async () => {
    await table.snapshot.putList(digestOf('ann', 'bob'), [ANN, BOB])
    await stands({ meant: digestOf('ann', 'bob'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'ann', 'carl')
    const { put, store, clock } = given([shows('SUCCEEDED', 1), failed(2), failed(2), failed(3)])
    expect(await put()).toMatchObject({ status: 'putting', refusal: { reason: 'service' }, failures: 1 })
    expect(store.puts).toHaveLength(2)
    clock.time += 2 * MINUTE
    store.statuses = [failed(3), failed(4)]
    expect(await put()).toMatchObject({ status: 'putting', failures: 2, retryAt: expect.any(Number) })
    expect(store.puts).toHaveLength(3)
  })

  test('by a fault of the service is tried again later', async () => {
    await borne(table.snapshot, id, name, 'ann')
    const { put } = given([null, null, failed(2, 'InternalError')])
    expect(await put()).toMatchObject({ status: 'putting', refusal: null, failures: 1, retryAt: expect.any(Number) })
  })

  test('with nobody in it is put again with somebody who stands for nobody', async () => {
    await stands({ meant: digestOf('ann'), shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name)
    const { put, store, told } = given([shows('SUCCEEDED', 1), failed(2), failed(2), shows('SUCCEEDED', 3)])
    expect(await put()).toMatchObject({ status: 'confirmed', meant: EMPTY, emptyFails: true, refusal: null })
    expect([store.puts, store.emptyFails]).toEqual([
      [[], []],
      [false, true],
    ])
    expect(told).toContainEqual(['a put FAILED', { name, errorCode: 'InvalidRequest' }])
  })

  test('with nobody in it a second time is refused like any other', async () => {
    await stands({ meant: digestOf('ann'), shown: { at: 1, entries: 1 }, emptyFails: true })
    await borne(table.snapshot, id, name)
    const { put } = given([shows('SUCCEEDED', 1), failed(2), failed(2), failed(3)])
    expect(await put()).toMatchObject({ status: 'putting', refusal: { reason: 'service', wanted: EMPTY } })
  })

  test('and is not what is wanted any more says nothing of what is: that is put', async () => {
    await table.snapshot.putList(digestOf('carl'), ['carl@example.com'])
    const before = { ...(await borne(table.snapshot, id, name, 'ann', 'bob')) }
    expect(before.changes).toBe(1)
    const accepted = { status: 'accepted', acceptedAt: NOW - 5 * MINUTE, meant: digestOf('carl') } as const
    await stands({ ...accepted, shown: { at: 1, entries: 1 } })
    const { put, store } = given([failed(2), failed(2), shows('SUCCEEDED', 3)])
    expect(await put()).toMatchObject({ status: 'confirmed', meant: digestOf('ann', 'bob'), refusal: null })
    expect(store.puts).toEqual([[ANN, BOB]])
  })

  test('and was given no record says so of none', async () => {
    await stands({ status: 'accepted', change: null, acceptedAt: NOW, shown: { at: 1, entries: 1 } })
    await borne(table.snapshot, id, name, 'ann')
    expect(await given([failed(2, 'InternalError')]).put()).toMatchObject({ status: 'putting', failures: 1 })
    expect(await changes()).toEqual([])
  })
})

describe('a name that nobody wants', () => {
  const empty = { meant: EMPTY, deleteAt: NOW - 1, shown: { at: 5, entries: 1 } }

  test('is deleted when its days are over, and is not ours any more once it is gone', async () => {
    await stands(empty)
    const { put, store, clock, counted } = given([shows('DELETING', 6), null])
    expect(await put()).toMatchObject({ ours: true, status: 'deleting', retryAt: NOW + MINUTE, doubt: null })
    clock.time += MINUTE
    expect(await put()).toMatchObject({ ours: true, status: 'deleting', retryAt: NOW + 2 * MINUTE })
    clock.time += MINUTE
    const gone = { ours: false, status: 'none', meant: null, doubt: null, shown: { at: 5 }, retryAt: null }
    expect(await put()).toMatchObject(gone)
    expect([store.deletes, counted('NamesDeleted')]).toEqual([1, 1])
    expect(await changes()).toMatchObject([{ because: 'nobody has wanted it', after: EMPTY }])
  })

  test('keeps its further spellings, and is deleted again at once where the last deletion had no answer', async () => {
    const deleting = { status: 'deleting', meantAt: NOW, acceptedAt: NOW - MINUTE } as const
    await stands({ ...empty, ...deleting, spellings: ['SALES'] })
    const { put, store, told } = given([shows('SUCCEEDED', 5), null])
    expect(await put()).toMatchObject({ status: 'deleting', acceptedAt: NOW })
    expect(store.deletes).toBe(1)
    expect(told).toContainEqual(['a name is deleted: nobody has wanted it', { name }])
    expect(await put()).toMatchObject({ ours: false, spellings: ['SALES'] })
    name += ' without'
    await stands({ ...empty, ...deleting })
    expect(await given([null]).put()).not.toHaveProperty('spellings')
  })

  test('is tried again where it could not be deleted', async () => {
    await stands(empty)
    const { put, store, clock } = given([shows('SUCCEEDED', 5)])
    store.deletion = () => Promise.reject(new Error('no answer'))
    expect(await put()).toMatchObject({ ours: true, status: 'deleting', failures: 1, retryAt: NOW + MINUTE })
    clock.time += MINUTE
    expect(await put()).toMatchObject({ ours: true, status: 'deleting', failures: 2 })
    expect(store.deletes).toBe(2)
    store.deletion = async () => ({ overlapped: false })
    clock.time += 2 * MINUTE
    expect(await put()).toMatchObject({ ours: true, status: 'deleting', acceptedAt: clock.time })
    expect(store.deletes).toBe(3)
    // One of those that had no answer may still land.
    store.statuses = [null]
    expect(await put()).toMatchObject({ ours: false, status: 'none', doubt: { puts: 0 } })
  })

  test('is deleted once more where the deletion FAILED, ever more seldom', async () => {
    await stands(empty)
    const { put, store, clock } = given([6, 6, 7, 7].map((at) => shows('FAILED', at)))
    expect(await put()).toMatchObject({ status: 'deleting' })
    for (const [minutes, failures, deletes] of [
      [1, 1, 1],
      [1, 1, 2],
      [1, 2, 2],
      [2, 2, 3],
    ] as const) {
      clock.time += minutes * MINUTE
      expect(await put()).toMatchObject({ ours: true, status: 'deleting', failures })
      expect(store.deletes).toBe(deletes)
    }
  })

  test('is given an hour to be shown as gone, and then deleted once more', async () => {
    await stands({ ...empty, status: 'deleting', meantAt: NOW - 50 * MINUTE, acceptedAt: NOW - 50 * MINUTE })
    const { put, store, clock } = given([shows('SUCCEEDED', 5)])
    expect(await put()).toMatchObject({ status: 'deleting', failures: 1 })
    expect(store.deletes).toBe(0)
    clock.time += 10 * MINUTE
    expect(await put()).toMatchObject({ status: 'deleting', acceptedAt: clock.time })
    expect(store.deletes).toBe(1)
  })

  test.each<[string, GroupStatus | null | Error, object, number]>([
    ['is gone', null, { ours: false, status: 'none' }, 0],
    ['is deleted', shows('DELETED', 6), { ours: false, status: 'none' }, 0],
    ['is somebody else’s by now', shows('SUCCEEDED', 6), { ours: false, status: 'none' }, 0],
    ['is being deleted', shows('DELETING', 6), { ours: true, status: 'deleting', failures: 1 }, 0],
    ['is as it was', shows('SUCCEEDED', 5), { ours: true, status: 'deleting', acceptedAt: NOW }, 1],
    ['may be anything', new Error('no answer'), { ours: true, status: 'deleting', failures: 1 }, 0],
  ])('and was found deleting %s', async (_, status, expected, deletes) => {
    await stands({ ...empty, status: 'deleting', meantAt: NOW - 2 * MINUTE })
    const { put, store } = given([status])
    expect(await put()).toMatchObject(expected)
    expect(store.deletes).toBe(deletes)
  })
})

test('a name that cannot be confirmed is put once more, given up, and counted', async () => {
  await borne(table.snapshot, id, name, 'ann')
  const { put, store, clock, counted } = given([null, null, shows('PROCESSING', 5)])
  expect(await put()).toMatchObject({ status: 'accepted', unconfirmedPuts: 1 })
  clock.time += 61 * MINUTE
  expect(await put()).toMatchObject({ status: 'accepted', unconfirmedPuts: 2, doubt: { puts: 0 } })
  clock.time += 61 * MINUTE
  expect(await put()).toMatchObject({ status: 'unconfirmed', doubt: expect.any(Object), retryAt: null })
  expect(store.puts).toHaveLength(2)
  expect(counted('PutsUnconfirmed')).toBe(1)
  // A late confirmation counts, and then the put against the doubt is due.
  store.statuses = [shows('SUCCEEDED', 99), shows('SUCCEEDED', 99), shows('SUCCEEDED', 100)]
  expect(await put()).toMatchObject({ status: 'confirmed', doubt: { puts: 1 } })
  expect(store.puts).toHaveLength(3)
})
