import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import type { Hold } from '../../shared/membership/hold.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { digestOf } from '../../shared/membership/member-list.ts'
import type { Check } from '../../shared/membership/nightly.ts'
import { ledgerDueAt } from '../../shared/membership/plan.ts'
import { Conflict, PutError, type Snapshot } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { openTable } from '../snapshot/table.ts'
import { borne, clockAt, heardDoorbells, ledgerOf, RULES, toldTelemetry, toldUserStore } from './ports.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const NOW = 1_800_000_000_000
const LONG_AGO = NOW - 10 * 86_400_000
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const CHECK: Check = { refresh: null, people: 0, others: null, seed: 'a night' }

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

const shows = (at: number): GroupStatus => ({ status: 'SUCCEEDED', at, entries: 2 })

/** The name with Ann in it, put and confirmed long ago when GetGroup showed 5 s; and how it is looked at. */
async function given(facts: Partial<Ledger> = {}, snapshot: Snapshot = table.snapshot, sample = 10, cap = 1_000) {
  const key = facts.key ?? name
  const { digest } = await borne(table.snapshot, id, name, 'ann')
  const shown = { at: 5_001, entries: 2 }
  await table.snapshot.putLedger(
    confirmedWith(digest, {
      version: 0,
      key,
      name: key,
      owner: id,
      ownerChange: 1,
      shown,
      meantAt: LONG_AGO,
      ...facts,
    }),
  )
  const clock = clockAt(NOW)
  const { store, userStore } = toldUserStore()
  const { telemetry, told, counted } = toldTelemetry()
  const { doorbells, names, checks } = heardDoorbells()
  const rules = { ...RULES, drift: { sample, putsPerNight: cap } }
  const ports = { userStore, snapshot, doorbells, telemetry, clock, rules }
  store.statuses = [shows(5_001)]
  store.groups = async () => [name]
  const ring = async (check: Check | null = null): Promise<Ledger> => {
    await putGroup(ports, key, false, check)
    return ledgerOf(table.snapshot, key)
  }
  return { ring, store, userStore, clock, told, counted, names, checks }
}

/** Timers that are set from here on in this test take a hundredth of their time. Answers which were. */
function timersRunFaster() {
  const { setTimeout } = globalThis
  const sooner = (run: () => void, ms = 0) => setTimeout(run, ms / 100)
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(sooner as typeof setTimeout)
  return () => spy.mock.calls.map(([, ms]) => ms)
}
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a name that is looked at', () => {
  test('and shows what it showed costs one question, and nothing is written', async () => {
    const { ring, store } = await given()
    expect(await ring(CHECK)).toMatchObject({ version: 1 })
    expect([store.puts, store.asked]).toEqual([[], []])
  })

  test('and shows another status at the same time, or only the fraction of a whole second, has not drifted', async () => {
    const one = await given()
    one.store.statuses = [{ ...shows(5_001), entries: 9 }]
    await one.ring(CHECK)
    expect(one.counted('DriftFound')).toBe(0)
    name += ' in whole seconds'
    const other = await given({ shown: { at: 5_000, entries: 2 } })
    other.store.statuses = [shows(5_999)]
    await other.ring(CHECK)
    expect(other.counted('DriftFound')).toBe(0)
    other.store.statuses = [shows(6_000), shows(6_000), shows(7_000)]
    await other.ring(CHECK)
    expect(other.counted('DriftFound')).toBe(1)
  })

  test('while its rows are written by another is said to have drifted by nobody, and rung with what it was asked', async () => {
    const lost: Snapshot = {
      ...table.snapshot,
      putLedger: () => Promise.reject(new Conflict('as the test wants it')),
    }
    const { ring, store, counted, names, checks, told } = await given({}, lost)
    store.statuses = [shows(9_000)]
    await ring(CHECK)
    expect(counted('DriftFound')).toBe(0)
    expect(told.filter(([message]) => String(message).includes('something else'))).toEqual([])
    expect([names, checks]).toEqual([[[name, false]], [{ key: name, ...CHECK }]])
  })

  test('is due again where a function ends between what it found and the put', async () => {
    const drift = { found: 'newer', since: NOW, mayPut: true, askedOn: '2027-01-15' } as const
    const { ring, store, counted } = await given({ drift })
    expect(ledgerDueAt(await ledgerOf(table.snapshot, name))).toBe(NOW + 2 * MINUTE)
    store.statuses = [shows(9_000), shows(10_000)]
    expect(await ring()).toMatchObject({ status: 'confirmed', drift: null })
    expect(store.puts).toEqual([[ANN]])
    expect(counted('DriftFound')).toBe(0)
  })

  test('whose put is not confirmed, or doubtful, is not asked about', async () => {
    for (const facts of [{ status: 'accepted', acceptedAt: NOW }, { doubt: { since: NOW, puts: 0 } }] as const) {
      name += ' again'
      const { ring, store, counted } = await given({ ...facts })
      store.statuses = [{ status: 'PROCESSING', at: 9_000, entries: 3 }]
      await ring({ ...CHECK, people: 4 })
      expect(counted('DriftFound')).toBe(0)
      expect([store.puts, store.asked]).toEqual([[], []])
    }
  })

  test('after puts that overlapped is put over without a word, and is sure again after two quiet days', async () => {
    const { ring, store, clock, counted } = await given({ unsureUntil: NOW + MINUTE })
    store.statuses = [shows(9_000), shows(9_000), shows(10_000)]
    expect(await ring(CHECK)).toMatchObject({ status: 'confirmed', unsureUntil: NOW + MINUTE })
    expect(store.puts).toEqual([[ANN]])
    clock.time += 5 * 60 * MINUTE
    expect(await ring(CHECK)).toMatchObject({ unsureUntil: NOW + MINUTE })
    clock.time += 60 * MINUTE
    expect(await ring(CHECK)).toMatchObject({ unsureUntil: null })
    expect(counted('DriftFound')).toBe(0)
    store.statuses = [shows(20_000), shows(20_000), shows(30_000)]
    await ring(CHECK)
    expect(counted('DriftFound')).toBe(1)
  })
})

describe('a name that has something to be put', () => {
  test('is put before anybody is asked about, and what GetGroup shows on the way is drift all the same', async () => {
    const { ring, store, counted, told } = await given()
    await borne(table.snapshot, id, name, 'bob')
    store.statuses = [shows(9_000), shows(10_000)]
    let askedBefore = -1
    store.answer = async () => {
      askedBefore = store.asked.length
      return { requestId: 'r', overlapped: false }
    }
    expect(await ring({ ...CHECK, refresh: LONG_AGO, people: 9 })).toMatchObject({ status: 'confirmed', drift: null })
    expect([store.puts, askedBefore]).toEqual([[[BOB]], 0])
    expect(counted('DriftFound')).toBe(1)
    expect(told.find(([message]) => String(message).includes('something else'))?.[1]).toMatchObject({
      ...{ name, found: 'newer', isPut: true, shows: '1970-01-01T00:00:09.000Z' },
    })
  })

  test('and is refused gets what it had once more, where somebody else has written it', async () => {
    const { ring, store, counted } = await given()
    await borne(table.snapshot, id, name, 'ann', 'bob')
    store.statuses = [shows(9_000), shows(9_000), shows(10_000)]
    store.answer = async () => {
      if (store.puts.length === 1) throw new PutError('refused', 'not this one', null)
      return { requestId: 'r', overlapped: false }
    }
    expect(await ring()).toMatchObject({ status: 'confirmed', drift: null, refusal: { reason: 'service' } })
    expect(store.puts).toEqual([[ANN, BOB], [ANN]])
    expect(counted('DriftFound')).toBe(1)
  })

  test('waits for a GetGroup that hangs no longer than seconds, and then rests', async () => {
    const { ring, userStore, store } = await given()
    userStore.status = () => new Promise(() => {})
    const waited = timersRunFaster()
    expect(await ring({ ...CHECK, refresh: LONG_AGO })).toMatchObject({ version: 1 })
    expect(waited()).toContain(3_000)
    expect([store.puts, store.asked]).toEqual([[], []])
  })
})

describe('who is in a name though Okta has them out, or out though in', () => {
  const listOf = async (...ids: string[]) => {
    await table.snapshot.putList(digestOf(ids), ids)
    return digestOf(ids)
  }
  const hold = async (): Promise<Hold> => ({
    ...{ id: '1', count: 1, since: NOW, axis: 'name', detail: 'too many', rejected: null },
    people: await listOf(BOB),
  })

  test('by the guard is no drift', async () => {
    const { ring, store, counted } = await given({
      meant: await listOf(ANN, BOB),
      holds: [await hold()],
      holdsToldAt: NOW,
    })
    await ring({ ...CHECK, people: 9 })
    expect(store.asked.toSorted()).toEqual([ANN, BOB])
    expect([counted('DriftFound'), store.puts]).toEqual([0, []])
  })

  test('by the guard is put again with the others where the name is gone, though no group wants it', async () => {
    const key = `${name} without a group`
    const { ring, store, counted } = await given({ key })
    const { ledger } = await table.snapshot.name(key)
    await table.snapshot.putLedger({
      ...ledger,
      owner: null,
      meant: await listOf(BOB),
      holds: [await hold()],
      holdsToldAt: NOW,
    })
    store.statuses = [null, null, shows(9_000)]
    expect(await ring(CHECK)).toMatchObject({ status: 'confirmed', ours: true, drift: null, holds: [{ count: 1 }] })
    expect([counted('DriftFound'), store.puts]).toEqual([1, [[BOB]]])
  })

  test('by hand is no drift, whether the put without them was made or is to be made', async () => {
    const { snapshot } = table
    const removed = { id: BOB, at: NOW, until: NOW + 60 * MINUTE, by: 'arn', reason: 'a test' }
    await snapshot.putBudget({ ...(await snapshot.budget()), removed: [removed] })
    const { ring, store, clock, counted } = await given({ meant: await listOf(ANN, BOB) })
    await borne(snapshot, id, name, 'ann', 'bob')
    store.groups = async (person) => (person === ANN ? [name] : ['elsewhere'])
    store.statuses = [shows(5_001), shows(9_000)]
    expect(await ring({ ...CHECK, people: 9 })).toMatchObject({ adjusted: { removed: [BOB] }, suspects: null })
    expect([store.puts, store.asked]).toEqual([[[ANN]], [BOB]])
    clock.time += 20 * MINUTE
    await ring({ ...CHECK, people: 9 })
    expect(store.asked.slice(1).toSorted()).toEqual([ANN, BOB])
    expect([counted('DriftFound'), store.puts]).toEqual([0, [[ANN]]])
    await snapshot.putBudget({ ...(await snapshot.budget()), removed: [] })
  })
})

describe('so many names are put for drift a day', () => {
  /** Names that somebody else has written, each rung once on this day. */
  async function ringAll(names: Awaited<ReturnType<typeof given>>[], days: number): Promise<number[]> {
    const puts: number[] = []
    for (const { ring, store, clock } of names) {
      clock.time = NOW + days * DAY
      await ring(CHECK)
      puts.push(store.puts.length)
    }
    return puts
  }
  async function drifting(sample: number) {
    const one = await given({}, table.snapshot, sample, 2)
    one.store.statuses = [shows(9_000), shows(9_000), shows(10_000)]
    return one
  }

  test('the others wait for the next, and that is said once a day', async () => {
    const names: Awaited<ReturnType<typeof given>>[] = []
    for (let index = 0; index < 4; index++) {
      name = `capped ${index}`
      id = `00gcapped${index}`
      names.push(await drifting(0))
    }
    const sum = (metric: string) => names.reduce((total, { counted }) => total + counted(metric), 0)
    const said = () => names.flatMap(({ told }) => told).filter(([message]) => String(message).startsWith('more names'))
    expect(await ringAll(names, 1)).toEqual([1, 1, 0, 0])
    expect([sum('DriftFound'), sum('DriftWaiting'), said().length]).toEqual([4, 2, 1])
    // Whoever rings them on the same day asks in vain.
    expect(await ringAll(names, 1.1)).toEqual([1, 1, 0, 0])
    expect([sum('DriftFound'), sum('DriftWaiting'), said().length]).toEqual([4, 2, 1])
    expect(await ringAll(names, 2)).toEqual([1, 1, 1, 1])
    expect([sum('DriftFound'), sum('DriftWaiting'), said().length]).toEqual([4, 2, 1])
  })

  test('a change of a name that waits is put at once', async () => {
    const drift = { found: 'newer', since: NOW, mayPut: false, askedOn: '2027-01-15' } as const
    const { ring, store, counted } = await given({ drift })
    store.statuses = [shows(9_000)]
    expect(await ring()).toMatchObject({ drift: { mayPut: false } })
    expect(store.puts).toEqual([])
    await borne(table.snapshot, id, name, 'bob')
    store.statuses = [shows(9_000), shows(10_000)]
    expect(await ring()).toMatchObject({ status: 'confirmed', drift: null })
    expect([store.puts, counted('DriftFound')]).toEqual([[[BOB]], 0])
  })
})

describe('who is asked about', () => {
  test('and is not known to the service is no drift, and counted', async () => {
    const { ring, store, counted } = await given()
    store.groups = async () => 'unknown'
    await ring({ ...CHECK, people: 9 })
    expect(['PeopleAsked', 'PeopleUnknown', 'DriftFound'].map(counted)).toEqual([1, 1, 0])
  })

  test.each<[string, () => Promise<string[]>]>([
    ['fails', () => Promise.reject(new Error('no answer'))],
    ['hangs', () => new Promise(() => {})],
  ])('where CheckDocumentAccess %s changes nothing, after a put neither', async (_, groups) => {
    const { ring, store, counted, told } = await given()
    store.groups = groups
    timersRunFaster()
    await borne(table.snapshot, id, name, 'bob')
    store.statuses = [shows(5_001), shows(9_000)]
    const ledger = await ring()
    expect(ledger).toMatchObject({ status: 'confirmed', suspects: null, failures: 0, retryAt: null })
    expect(await ring({ ...CHECK, people: 9 })).toEqual(ledger)
    expect(counted('DriftFound')).toBe(0)
    expect(told.filter(([message]) => String(message).includes('did not say who is in a name'))).toHaveLength(2)
    expect(told.filter(([message]) => String(message).startsWith('a put could not be looked at'))).toEqual([])
  })
})

describe('where there is no document by which to ask', () => {
  const told = (said: unknown[][]) => said.filter(([message]) => String(message).includes('there is no document'))

  test('nobody is asked about, which is said once a day', async () => {
    const one = await given()
    one.store.groups = async () => 'no document'
    const ledger = await one.ring({ ...CHECK, people: 9 })
    expect(ledger).toMatchObject({ version: 1, drift: null })
    await one.ring({ ...CHECK, people: 9 })
    expect(told(one.told)).toHaveLength(1)
    expect(['PeopleAsked', 'DriftFound'].map(one.counted)).toEqual([0, 0])
  })

  test('nobody is suspected after a put', async () => {
    const one = await given()
    await borne(table.snapshot, id, name, 'ann', 'bob')
    one.store.statuses = [shows(5_001), shows(9_000)]
    one.store.groups = async () => 'no document'
    expect(await one.ring()).toMatchObject({ status: 'confirmed', suspects: null })
    expect(one.told.filter(([message]) => String(message).startsWith('a put could not be looked at'))).toEqual([])
  })
})

describe('what is found of a name', () => {
  test('that is gone, empty and wanted by nobody is no drift: it is given up', async () => {
    const { ring, store, counted, told } = await given({ meant: digestOf([]), owner: null })
    await table.snapshot.putMirror((await table.snapshot.mirror(id))!, {
      ...(await table.snapshot.mirror(id))!,
      name: null,
    })
    store.statuses = [null]
    expect(await ring(CHECK)).toMatchObject({ ours: false, status: 'none', meant: null })
    expect([counted('DriftFound'), store.puts]).toEqual([0, []])
    expect(told).toContainEqual(['a name that nobody wants is gone already', { name }])
  })

  test('that is gone and wanted is drift, though puts of ours may have overlapped', async () => {
    const { ring, store, counted } = await given({ unsureUntil: NOW + DAY })
    store.statuses = [null, null, shows(9_000)]
    await ring(CHECK)
    expect([counted('DriftFound'), store.puts]).toEqual([1, [[ANN]]])
  })

  test('and who is in it is put over without a word while puts of ours may have overlapped', async () => {
    const { ring, store, counted } = await given({ unsureUntil: NOW + DAY })
    store.groups = async () => ['elsewhere']
    store.statuses = [shows(5_001), shows(5_001), shows(9_000)]
    await ring({ ...CHECK, people: 9 })
    expect([counted('DriftFound'), store.puts]).toEqual([0, [[ANN]]])
  })

  test('is told in numbers, of who is missing and who is extra', async () => {
    const { digest: formerly } = await borne(table.snapshot, `${id}x`, 'the list before', 'bob')
    const { ring, store, told, counted } = await given({ formerly })
    store.groups = async (person) => (person === BOB ? [name] : ['elsewhere'])
    store.statuses = [shows(5_001), shows(5_001), shows(9_000)]
    await ring({ ...CHECK, people: 9 })
    const facts = { asked: 2, missing: 1, extra: 1, found: 'members', isPut: true }
    expect(told).toContainEqual([expect.stringContaining('something else'), expect.objectContaining(facts)])
    expect(counted('PeopleUnknown')).toBe(0)
    expect(store.puts).toEqual([[ANN]])
  })

  test('is nothing where GetGroup gives no answer, which is told', async () => {
    const { ring, store, told } = await given()
    store.statuses = [new Error('no answer')]
    await ring(CHECK)
    expect(told).toEqual([[expect.stringMatching(/^GetGroup gave no answer/), { name, error: 'Error' }]])
  })
})

test.each([
  [new Error('no table'), 1],
  [new Conflict('lost'), 0],
])('a put that is confirmed stays so though it can not be looked at after that: %s', async (error, times) => {
  const putList: Snapshot['putList'] = () => Promise.reject(error)
  const { ring, store, told } = await given({}, { ...table.snapshot, putList })
  await borne(table.snapshot, id, name, 'ann', 'bob')
  store.statuses = [shows(5_001), shows(9_000)]
  store.groups = async () => ['elsewhere']
  expect(await ring()).toMatchObject({ status: 'confirmed', suspects: null })
  expect(told.filter(([message]) => String(message).startsWith('a put could not be looked at'))).toHaveLength(times)
})

describe('a name whose turn it is', () => {
  test('is put anew, once for the put that was seen', async () => {
    const { ring, store, clock } = await given()
    store.statuses = [shows(5_001), shows(5_001), shows(9_000)]
    const check = { ...CHECK, refresh: LONG_AGO }
    expect(await ring(check)).toMatchObject({ status: 'confirmed', meantAt: NOW, doubt: null })
    clock.time += 60 * MINUTE
    await ring(check)
    expect(store.puts).toEqual([[ANN]])
  })

  test('is not put while GetGroup gives no answer', async () => {
    const { ring, store } = await given()
    store.statuses = [new Error('no answer')]
    expect(await ring({ ...CHECK, refresh: LONG_AGO })).toMatchObject({ version: 1 })
    expect(store.puts).toEqual([])
  })

  test('is put anew though it never could be confirmed, and is doubtful then', async () => {
    const { ring, store } = await given({ status: 'unconfirmed', baseline: { at: 5_001, entries: 2 } })
    expect(await ring({ ...CHECK, refresh: LONG_AGO })).toMatchObject({ status: 'accepted', doubt: { puts: 0 } })
    expect(store.puts).toEqual([[ANN]])
  })
})

describe('people who are asked about soon after a put', () => {
  /** Bob joins, and the service says what it is told of whom it is asked about. */
  async function joined(groups: string[]) {
    const one = await given()
    await borne(table.snapshot, id, name, 'ann', 'bob')
    one.store.statuses = [shows(5_001), shows(9_000)]
    one.store.groups = async () => groups
    const ledger = await one.ring()
    expect(one.store.asked).toEqual([BOB])
    expect(ledger).toMatchObject({ status: 'confirmed', drift: null })
    one.store.statuses = [shows(9_000)]
    return { ...one, ledger }
  }

  test('and are in as they should be are not asked about again', async () => {
    const { ledger } = await joined([name])
    expect(ledger).toMatchObject({ suspects: null })
    expect(ledgerDueAt(ledger)).toBeNull()
  })

  test('and are not are asked about again a quarter of an hour later: SUCCEEDED may be shown before it counts', async () => {
    const { ring, ledger, clock, store, counted } = await joined(['elsewhere'])
    expect(ledger.suspects).not.toBeNull()
    expect(JSON.stringify(ledger)).not.toContain('@')
    expect(ledgerDueAt(ledger)).toBe(ledger.meantAt + 15 * MINUTE)
    await ring()
    expect(store.asked).toEqual([BOB])
    // The night doesn't take them for drift either.
    await ring({ ...CHECK, people: 9 })
    expect([store.asked.length, counted('DriftFound')]).toEqual([3, 0])
    store.asked.length = 1
    clock.time = ledger.meantAt + 15 * MINUTE
    store.groups = async () => [name]
    expect(await ring()).toMatchObject({ suspects: null, drift: null })
    expect(store.asked).toEqual([BOB, BOB])
    expect(counted('DriftFound')).toBe(0)
  })

  test('and still are not then have drifted, and the name is put again', async () => {
    const { ring, ledger, clock, store, counted } = await joined(['elsewhere'])
    clock.time = ledger.meantAt + 15 * MINUTE
    store.statuses = [shows(9_000), shows(20_000)]
    expect(await ring()).toMatchObject({ status: 'confirmed', suspects: null, drift: null })
    expect(store.puts.slice(1)).toEqual([[ANN, BOB]])
    expect(counted('DriftFound')).toBe(1)
  })

  test('are asked about once more and no oftener, where there is no answer then', async () => {
    const { ring, ledger, clock, store, counted } = await joined(['elsewhere'])
    clock.time = ledger.meantAt + 15 * MINUTE
    store.groups = () => Promise.reject(new Error('no answer'))
    const after = await ring()
    expect(after).toMatchObject({ status: 'confirmed', suspects: null, drift: null })
    expect(ledgerDueAt(after)).toBeNull()
    expect(counted('DriftFound')).toBe(0)
  })

  test('are nobody whose groups have only another spelling of the name', async () => {
    expect((await joined([name.toUpperCase()])).ledger.suspects).toBeNull()
  })

  test('are one of those who joined, and one of those who left', async () => {
    const { ring, store } = await given()
    await borne(table.snapshot, id, name, 'bob', 'carl', 'dora')
    store.statuses = [shows(5_001), shows(9_000)]
    await ring()
    expect(store.asked).toHaveLength(2)
    expect(store.asked).toContain(ANN)
  })

  test('are nobody while puts of ours may have overlapped', async () => {
    const { ring, store } = await given({ unsureUntil: NOW + DAY })
    await borne(table.snapshot, id, name, 'ann', 'bob')
    store.statuses = [shows(5_001), shows(9_000)]
    expect(await ring()).toMatchObject({ status: 'confirmed', suspects: null })
    expect(store.asked).toEqual([])
  })

  test('are nobody where the settings ask about nobody', async () => {
    const { ring, store } = await given({}, table.snapshot, 0)
    await borne(table.snapshot, id, name, 'ann', 'bob')
    store.statuses = [shows(5_001), shows(9_000)]
    await ring()
    expect(store.puts).toEqual([[ANN, BOB]])
    expect(store.asked).toEqual([])
  })
})

test('of somebody in the list of another name and of who left before it is asked whether they are in this one', async () => {
  const { digest: formerly } = await borne(table.snapshot, `${id}x`, 'former list', 'ann', 'bob')
  const { digest: others } = await borne(table.snapshot, `${id}y`, 'another name', 'ann', 'carl')
  const { ring, store, counted } = await given({ formerly })
  store.groups = async (person) => (person === ANN ? [name] : ['elsewhere'])
  await ring({ ...CHECK, people: 9, others })
  expect(store.asked.toSorted()).toEqual([ANN, BOB, 'carl@example.com'])
  expect(counted('DriftFound')).toBe(0)
  store.groups = async () => [name]
  store.statuses = [shows(5_001), shows(5_001), shows(20_000)]
  await ring({ ...CHECK, people: 9, others })
  expect(counted('DriftFound')).toBe(1)
  expect(store.puts).toEqual([[ANN]])
})
