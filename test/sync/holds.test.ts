import { beforeEach, describe, expect, test } from 'vitest'
import { approveHold } from '../../shared/sync/approve-hold.ts'
import { listHolds } from '../../shared/sync/list-holds.ts'
import { Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import { RefusedError } from '../../shared/sync/refused-error.ts'
import { rejectHold } from '../../shared/sync/reject-hold.ts'
import { ids, NO_GUARD, openStage, type Stage } from './stage.ts'

const BY = { by: 'arn:ann', reason: 'they have left' }
const MINUTE = 60_000

let stage: Stage
beforeEach(() => {
  stage = openStage({ guard: { ...NO_GUARD, name: { number: 1, fraction: 0, floor: 0 } } })
})

const decided = async () => (await stage.snapshot.decisions('sales')).map(({ at: _, id: __, ...facts }) => facts)
const approve = (hold: string, name = 'Sales') => approveHold(stage.ports, { ...BY, name, hold })
const reject = (hold: string) => rejectHold(stage.ports, { ...BY, name: 'Sales', hold })
const holds = async () => (await stage.ledger('Sales')).holds
const peopleOf = (digest: string | undefined) => stage.snapshot.list(digest!)

/** Ann and Bob have left, and are held; Carl is in. Answers the id of the hold. */
async function held(): Promise<string> {
  stage.group('00g1', 'Sales', 'ann', 'bob', 'carl')
  await stage.reconcile()
  stage.group('00g1', 'Sales', 'carl')
  await stage.reconcile()
  expect(stage.members('Sales')).toEqual(['ann', 'bob', 'carl'])
  return (await holds())[0]!.id
}

describe('an approval', () => {
  test('lets the people of a hold go with the next put, and is kept with who gave it and why', async () => {
    const hold = await held()
    expect(await approve(hold)).toEqual({ letGo: ids('ann', 'bob'), backIn: [] })
    const { approval } = await stage.ledger('Sales')
    expect(approval).toMatchObject({ holds: [hold], at: stage.clock.time })
    expect(await peopleOf(approval?.people)).toEqual(ids('ann', 'bob'))
    expect(await holds()).toEqual([])
    expect(await decided()).toMatchObject([{ verb: 'approve', hold, ...BY, count: 2, about: { name: 'sales' } }])
    const [decision] = await stage.snapshot.decisions('sales')
    expect(decision).toMatchObject({ at: stage.clock.time, id: expect.stringMatching(/^2026-03-01T12:.*Z#id\d+$/) })
    expect(await peopleOf(decision?.people)).toEqual(ids('ann', 'bob'))
    await stage.putRung()
    expect(stage.members('Sales')).toEqual(['carl'])
    expect((await stage.ledger('Sales')).approval).toBeNull()
    expect(stage.changes('sales').at(-1)).toMatchObject({ approval: [hold], left: 2, held: 0 })
  })

  test('lets nobody go whom Okta has in again, which is asked anew', async () => {
    const hold = await held()
    stage.group('00g1', 'Sales', 'ann', 'carl')
    expect(await approve(hold)).toEqual({ letGo: ids('bob'), backIn: ids('ann') })
    expect(await decided()).toMatchObject([{ verb: 'approve', count: 1 }])
    await stage.putRung()
    expect(stage.members('Sales')).toEqual(['ann', 'carl'])
  })

  test('is refused where nobody of the hold is out any more', async () => {
    const hold = await held()
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl')
    await expect(approve(hold)).rejects.toThrow(
      new RefusedError(`hold ${hold} of “Sales” is over: nobody of it is still out in Okta`),
    )
    expect(await decided()).toEqual([])
  })

  test('is refused where Okta can not be asked', async () => {
    const hold = await held()
    stage.groups.set('00g1', { name: 'Sales', people: new Error('no answer') })
    await expect(approve(hold)).rejects.toThrow(/^Okta could not be asked who is in group 00g1 now/)
    expect(await holds()).toHaveLength(1)
  })

  test('is named as the cause of what the asking showed', async () => {
    const hold = await held()
    stage.group('00g1', 'Sales', 'carl', 'dora')
    await approve(hold)
    expect((await stage.snapshot.mirror('00g1'))?.causes.at(-1)).toMatchObject({ type: 'by hand' })
    await stage.putRung()
    expect(stage.members('Sales')).toEqual(['carl', 'dora'])
  })

  test('of a second hold before the first is put lets go the people of both', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl', 'dora', 'zoe')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'ann', 'bob', 'zoe')
    await stage.reconcile()
    stage.clock.time += 20 * MINUTE
    stage.group('00g1', 'Sales', 'zoe')
    await stage.reconcile()
    const [first, second] = await holds()
    await approve(second!.id)
    await approve(first!.id)
    const { approval } = await stage.ledger('Sales')
    expect(approval?.holds).toEqual([second!.id, first!.id])
    expect(await peopleOf(approval?.people)).toEqual(ids('ann', 'bob', 'carl', 'dora'))
    await stage.putRung()
    expect(stage.members('Sales')).toEqual(['zoe'])
    expect((await stage.snapshot.decisions('sales')).map(({ hold }) => hold)).toEqual([second!.id, first!.id])
  })

  test('is given where no group wants the name any more, too', async () => {
    const hold = await held()
    stage.groups.delete('00g1')
    await stage.reconcile()
    await stage.reconcile()
    expect(await approve(hold)).toMatchObject({ letGo: ids('ann', 'bob') })
    await stage.putRung()
    expect(stage.members('Sales')).toEqual([])
  })
})

describe('a rejection', () => {
  test('keeps the people in, and says no more that they are held', async () => {
    const hold = await held()
    expect(await reject(hold)).toBe(2)
    expect(await holds()).toMatchObject([{ id: hold, rejected: { ...BY, at: stage.clock.time } }])
    stage.group('00g1', 'Sales', 'carl', 'dora')
    await stage.reconcile()
    expect(stage.changes('sales').at(-1)).toMatchObject({ held: 2, joined: 1 })
    expect(stage.changes('sales').at(-1)).not.toHaveProperty('approval')
    stage.group('00g1', 'Sales', 'carl')
    expect(await decided()).toMatchObject([{ verb: 'reject', hold, ...BY, count: 2 }])
    await stage.reconcile()
    expect(stage.members('Sales')).toEqual(['ann', 'bob', 'carl'])
  })

  test('is refused a second time, with who rejected it', async () => {
    const hold = await held()
    await reject(hold)
    await expect(reject(hold)).rejects.toThrow(
      /was rejected already, by arn:ann at 2026-03-01T12:.*Z \(“they have left”\)$/,
    )
    expect(await decided()).toHaveLength(1)
  })

  test('of one hold leaves another as it is', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl', 'dora', 'zoe')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'ann', 'bob', 'zoe')
    await stage.reconcile()
    stage.clock.time += 20 * MINUTE
    stage.group('00g1', 'Sales', 'zoe')
    await stage.reconcile()
    const [first, second] = await holds()
    await reject(first!.id)
    expect((await holds()).map(({ id, rejected }) => [id, rejected !== null])).toEqual([
      [first!.id, true],
      [second!.id, false],
    ])
  })

  test('is written again where somebody else wrote the row meanwhile, and fails by anything else', async () => {
    const hold = await held()
    const failing = (error: Error, times: number): Snapshot => ({
      ...stage.snapshot,
      decide: async (...given) => {
        if (times-- > 0) throw error
        return stage.snapshot.decide(...given)
      },
    })
    const by = (snapshot: Snapshot) => rejectHold({ ...stage.ports, snapshot }, { ...BY, name: 'Sales', hold })
    await expect(by(failing(new Error('no table'), 1))).rejects.toThrow('no table')
    expect(await by(failing(new Conflict('lost'), 2))).toBe(2)
  })
})

describe('a hold that there is not is refused', () => {
  test('where nothing was put under the name', async () => {
    await expect(approve('1', 'Nothing')).rejects.toThrow(/^nothing was ever put under the name “Nothing”/)
  })

  test('with what became of it, and what stands now', async () => {
    const hold = await held()
    await expect(approve('99')).rejects.toThrow(
      `“Sales” has no hold 99: there was none, or Okta has had its people in again since; it has now hold ${hold} with 2 people`,
    )
    await approve(hold)
    await stage.putRung()
    await expect(reject(hold)).rejects.toThrow(
      new RegExp(
        `^“Sales” has no hold ${hold}: arn:ann let its 2 people go at 2026-.*Z \\(“they have left”\\); nobody is held in it now$`,
      ),
    )
  })

  test('a rejection is not what it became', async () => {
    const hold = await held()
    await reject(hold)
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl')
    await stage.reconcile()
    await expect(reject(hold)).rejects.toThrow(
      /there was none, or Okta has had its people in again since; nobody is held/,
    )
  })

  test('one person is told as one', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl', 'dora')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'carl', 'dora')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'ann', 'carl', 'dora')
    await stage.reconcile()
    await expect(approve('99')).rejects.toThrow(/it has now hold \d+ with 1 person$/)
  })
})

describe('that people are held', () => {
  const toldHeld = () => stage.told.filter(([what]) => what === 'PeopleHeld').map(([, people]) => people)
  const again = async (minutes: number) => {
    stage.clock.time += minutes * MINUTE
    await stage.ports.doorbells.ringNames(['sales'])
    await stage.putRung()
  }

  test('is told at once, and then once an hour until somebody decides', async () => {
    const hold = await held()
    expect(toldHeld()).toEqual([2])
    await again(59)
    expect(toldHeld()).toEqual([2])
    await again(1)
    expect(toldHeld()).toEqual([2, 2])
    await reject(hold)
    await again(61)
    expect(toldHeld()).toEqual([2, 2])
  })

  test('is told at once of another hold, too', async () => {
    stage.group('00g1', 'Sales', 'ann', 'bob', 'carl', 'dora', 'zoe')
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'ann', 'bob', 'zoe')
    await stage.reconcile()
    stage.clock.time += 20 * MINUTE
    stage.group('00g1', 'Sales', 'zoe')
    await stage.reconcile()
    expect(toldHeld()).toEqual([2, 4])
  })

  test('lets nobody in where they leave no room, and says so', async () => {
    const many = Array.from({ length: 998 }, (_, index) => `person${index}`)
    stage.group('00g1', 'Sales', 'ann', 'bob', ...many)
    await stage.reconcile()
    stage.group('00g1', 'Sales', 'carl', ...many)
    await stage.reconcile()
    expect(stage.members('Sales')).toHaveLength(1_000)
    expect(stage.members('Sales')).not.toContain('carl')
    expect(stage.told.filter(([what]) => String(what).startsWith('nobody is let in'))).not.toEqual([])
    expect(stage.told.filter(([what]) => String(what).startsWith('nobody is let in'))[0]).toMatchObject([
      expect.any(String),
      { name: 'Sales' },
    ])
  })
})

test('every hold is listed, the oldest first', async () => {
  for (const [id, name] of [
    ['00g3', 'Staff'],
    ['00g1', 'Sales'],
    ['00g2', 'Purchase'],
  ] as const) {
    stage.group(id, name, 'ann', 'bob')
    stage.group(`${id}x`, `${name} at rest`, 'ann', 'bob')
  }
  await stage.reconcile()
  for (const [id, name] of [
    ['00g3', 'Staff'],
    ['00g1', 'Sales'],
  ] as const) {
    stage.group(id, name)
    await stage.reconcile()
  }
  expect(await listHolds(stage.snapshot)).toMatchObject([
    { name: 'Staff', group: '00g3', people: ids('ann', 'bob') },
    { name: 'Sales', group: '00g1', people: ids('ann', 'bob'), hold: { axis: 'name', count: 2 } },
  ])
  // Of holds of one time, by name.
  const all: Snapshot['name'] = async (key) => {
    const row = await stage.snapshot.name(key)
    return { ...row, ledger: { ...row.ledger, holds: row.ledger.holds.map((hold) => ({ ...hold, since: 1 })) } }
  }
  const listed = await listHolds({ ...stage.snapshot, name: all })
  expect(listed.map(({ name }) => name)).toEqual(['Sales', 'Staff'])
})
