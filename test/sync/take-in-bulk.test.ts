import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OktaGroup } from '../../shared/membership/observe.ts'
import type { ReceivedHint } from '../../shared/queue/hint.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { takeHint } from '../../shared/sync/take-hint.ts'
import { openTable } from '../snapshot/table.ts'
import { RULES, readPorts, ring } from './ports.ts'

const MINUTE = 60_000
const WINDOW = 10 * MINUTE

let table: Awaited<ReturnType<typeof openTable>>
let window = 3_000_000 * WINDOW

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  window += 10 * WINDOW
})
afterAll(() => table.close())

const event = (user: number, sentAt: number, over: Partial<ReceivedHint> = {}) =>
  ring(`00u-${sentAt}-${user}`, { subject: 'user', books: true, sentAt, ...over })
const runOf = (start: number) => table.snapshot.run(`${new Date(start).toISOString()} bulk`)

/** A function that follows three users in ten minutes one by one, each into one group. */
function following() {
  const given = readPorts(table.snapshot, window)
  const group: OktaGroup = { ...(given.okta.group as OktaGroup), id: '00g1' }
  given.okta.groupsOfUser = [group]
  given.ports.rules = { ...RULES, bulk: { userHints: 3 } }
  const bulk = () => given.told.filter(([message]) => String(message).startsWith('so many users'))
  return { ...given, bulk }
}

describe('hints about users in ten minutes', () => {
  test('are followed one by one up to the set number; the others are left to one run a minute after', async () => {
    const { ports, hints, bulk, counted } = following()
    for (let user = 0; user < 6; user++) await takeHint(ports, event(user, window + user * MINUTE))
    await takeHint(ports, event(6, window + WINDOW - 1))
    expect(hints).toHaveLength(3)
    expect(await table.snapshot.user(event(3, window + 3 * MINUTE).id)).toBeNull()
    const at = window + WINDOW + MINUTE
    expect(await runOf(window)).toMatchObject({ version: 1, phase: 'waiting', notBefore: at, takeUpAt: at })
    expect(counted('HintsInBulk')).toBe(4)
    expect(bulk()).toEqual([
      [
        expect.anything(),
        { run: `${new Date(window).toISOString()} bulk`, hints: 4, followed: 3, from: new Date(at).toISOString() },
      ],
    ])
  })

  test('are counted anew every ten minutes, whoever takes them', async () => {
    for (let user = 0; user < 3; user++) await takeHint(following().ports, event(user, window + WINDOW - 1))
    const { ports, hints } = following()
    await takeHint(ports, event(3, window + WINDOW))
    expect([hints.length, await runOf(window)]).toEqual([1, null])
    await takeHint(ports, event(4, window + WINDOW - 2))
    expect([hints.length, (await runOf(window))?.phase]).toEqual([1, 'waiting'])
  })

  test('by hand and from catch-up are followed, however many, and not counted', async () => {
    const { ports, hints } = following()
    for (let user = 0; user < 5; user++) {
      await takeHint(ports, event(user, window, { again: true }))
      await takeHint(ports, event(user, window, { again: true, books: false }))
      await takeHint(ports, event(user, window, { books: false }))
    }
    for (let user = 5; user < 8; user++) await takeHint(ports, event(user, window))
    expect([hints.filter(({ again }) => !again).length >= 3, await runOf(window)]).toEqual([true, null])
  })
})

describe('a hint in bulk', () => {
  async function inBulk() {
    const given = following()
    for (let user = 0; user < 4; user++) await takeHint(given.ports, event(user, window + MINUTE))
    return given
  }
  const late = (given: ReturnType<typeof following>) => takeHint(given.ports, event(9, window + 2 * MINUTE))

  test('that is taken when its run has begun a minute or more after it is shown by that run', async () => {
    const given = await inBulk()
    const run = (await runOf(window))!
    await table.snapshot.putRun({ ...run, phase: 'listing', startedAt: window + 3 * MINUTE })
    await late(given)
    expect(await runOf(window + WINDOW)).toBeNull()
  })

  test('that is taken when its run has begun too early books the next ten minutes’ run, and nobody else’s', async () => {
    const given = await inBulk()
    const run = (await runOf(window))!
    await table.snapshot.putRun({ ...run, phase: 'finished', startedAt: window + 3 * MINUTE - 1, takeUpAt: null })
    await late(given)
    await late(given)
    expect(await runOf(window + WINDOW)).toMatchObject({ version: 1, notBefore: window + 2 * WINDOW + MINUTE })
    expect(await runOf(window + 2 * WINDOW)).toBeNull()
    expect(given.bulk()).toHaveLength(2)
  })

  test('shares the run that another function books at the same time', async () => {
    const { ports, bulk } = following()
    for (let user = 0; user < 3; user++) await takeHint(ports, event(user, window))
    const putRun: typeof table.snapshot.putRun = async (run) => {
      await table.snapshot.putRun(run)
      throw new Conflict('lost')
    }
    await takeHint({ ...ports, snapshot: { ...table.snapshot, putRun } }, event(3, window))
    expect([(await runOf(window))?.version, bulk()]).toEqual([1, []])
  })

  test('that cannot be written down is an error, so that its message comes back', async () => {
    const { ports } = await inBulk()
    const broken = { ...table.snapshot, run: async () => null, putRun: () => Promise.reject(new Error('no table')) }
    await expect(takeHint({ ...ports, snapshot: broken }, event(9, window))).rejects.toThrow('no table')
  })
})
