import { beforeEach, describe, expect, test } from 'vitest'
import type { UserStore } from '../../shared/sync/ports.ts'
import { ids, openStage, type Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = openStage()
  stage.group('00g1', 'Sales', 'ann', 'bob')
  await stage.reconcile()
})

const asSpelled = () => stage.snapshot.name('sales AS SALES')

describe('a name that is borne in another spelling', () => {
  test('has the same list in both', async () => {
    stage.group('00g1', 'SALES', 'ann', 'bob')
    await stage.reconcile()
    expect([stage.members('Sales'), stage.members('SALES')]).toEqual([
      ['ann', 'bob'],
      ['ann', 'bob'],
    ])
    expect(await stage.ledger('Sales')).toMatchObject({ name: 'Sales', spellings: ['SALES'] })
    expect((await asSpelled()).ledger).toMatchObject({ name: 'SALES', ours: true, owner: '00g1' })
  })

  test('rings its further spellings first, so that who has left leaves each of them', async () => {
    stage.group('00g1', 'SALES', 'ann', 'bob')
    await stage.reconcile()
    stage.group('00g1', 'SALES', 'ann')
    await stage.reconcile()
    expect([stage.members('Sales'), stage.members('SALES')]).toEqual([['ann'], ['ann']])
  })

  test('rings a new spelling as soon as it is known', async () => {
    stage.group('00g1', 'SALES', 'ann')
    const { doorbells } = stage.ports
    await stage.reconcile()
    const rung: string[] = []
    stage.group('00g1', 'sALES', 'ann')
    const { reconcile } = await import('../../shared/sync/reconcile.ts')
    stage.clock.time += 120_000
    await reconcile(stage.ports, 'another')
    const { putGroup } = await import('../../shared/sync/put-group.ts')
    stage.names.splice(0)
    await putGroup(
      { ...stage.ports, doorbells: { ...doorbells, ringNames: async (keys) => void rung.push(...keys) } },
      'sales',
    )
    expect(rung).toEqual(['sales AS SALES', 'sales AS SALES', 'sales AS sALES'])
  })

  test('that the service takes for one group is put once, counted once, and nothing to say of', async () => {
    // As a store to which case is nothing.
    const { userStore } = stage.ports
    const first = (name: string) => (name === 'SALES' ? 'Sales' : name)
    const blind: UserStore = {
      ...userStore,
      status: (name) => userStore.status(first(name)),
      put: (name, ...given) => userStore.put(first(name), ...given),
    }
    stage.ports.userStore = blind
    stage.group('00g1', 'SALES', 'ann', 'bob')
    expect((await stage.plan()).changes).toEqual([])
    await stage.reconcile()
    expect((await asSpelled()).ledger).toMatchObject({ ours: false, refusal: { reason: 'same' } })
    expect(stage.store.get('SALES')).toBeUndefined()
    expect(await stage.plan()).toMatchObject({ changes: [], summary: { refused: 0 } })
  })
})

describe('a group that bears a name which another has', () => {
  const told = () => stage.told.filter(([what]) => what === 'a name is refused').map(([, facts]) => facts)

  test('is told once, and a third one by itself', async () => {
    stage.group('00g2', 'Sales', 'carl')
    await stage.reconcile()
    expect(told()).toMatchObject([{ name: 'Sales', groups: ['00g2'], reason: 'double' }])
    await stage.reconcile()
    expect(told()).toHaveLength(1)
    stage.group('00g3', 'Sales', 'carl')
    await stage.reconcile()
    expect(told()).toMatchObject([{ groups: ['00g2'] }, { groups: ['00g3'] }])
    expect(stage.told.filter(([what]) => what === 'NamesRefused')).toEqual([
      ['NamesRefused', 1],
      ['NamesRefused', 1],
    ])
    expect(stage.members('Sales')).toEqual(['ann', 'bob'])
  })

  test('gets it when the other gives it up', async () => {
    stage.group('00g2', 'Sales', 'carl')
    await stage.reconcile()
    stage.group('00g1', 'Verkauf', 'ann')
    await stage.reconcile()
    expect(stage.members('Sales')).toEqual(['carl'])
    expect(stage.store.get('Verkauf')?.ids).toEqual(ids('ann'))
  })
})
