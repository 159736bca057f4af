import { describe, expect, test } from 'vitest'
import type { Claim } from '../../shared/membership/claim.ts'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import { type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import type { Refusal } from '../../shared/membership/refusal.ts'
import { tellApart } from '../../shared/sync/tell-apart.ts'
import { clockAt, heardDoorbells, RULES, toldTelemetry, toldUserStore } from './ports.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const row = noLedger('sales AS SALES')
const put: Ledger = { ...noLedger('sales'), name: 'Sales', ours: true, status: 'confirmed' }
const claim: Claim = { name: 'SALES', owner: '00g1', digest: 'wanted', count: 1, change: 1, doubles: [] }
const shows = (at: number, status: GroupStatus['status'] = 'SUCCEEDED'): GroupStatus => ({ status, at, entries: 1 })
const told = (reason: Refusal['reason'], until: number): Refusal => ({
  ...{ reason, until, wanted: 'before', reduced: null, at: 1, detail: '', remedy: '' },
})

/** What comes of a spelling where GetGroup answers so, in turn: of the first, of this one, of the first. */
async function tell(
  statuses: (GroupStatus | null | Error)[],
  ledger: Ledger = row,
  wanted: Claim | null = claim,
  known: Refusal | null = null,
  first = put,
) {
  const { store, userStore } = toldUserStore()
  store.statuses = [...statuses, new Error('asked too often')]
  const names: string[] = []
  const status = (name: string) => {
    names.push(name)
    return userStore.status(name)
  }
  const { doorbells } = heardDoorbells()
  const { telemetry } = toldTelemetry()
  const ports = { userStore: { ...userStore, status }, doorbells, telemetry, clock: clockAt(NOW), rules: RULES }
  return { told: await tellApart(ports, ledger, wanted, first, known), names }
}

describe('a spelling goes its own way', () => {
  test.each<[string, (GroupStatus | null)[]]>([
    ['that GetGroup does not know', [shows(5), null]],
    ['that was deleted', [shows(5), shows(6, 'DELETED')]],
    ['that shows something else', [shows(5), shows(6), shows(5)]],
    ['that shows another status', [shows(5), shows(5, 'FAILED'), shows(5)]],
    ['that has had more statuses', [shows(5), { ...shows(5), entries: 2 }, shows(5)]],
  ])('%s', async (_, statuses) => {
    expect((await tell(statuses)).told).toBeNull()
  })

  test('that is ours, wanted by nobody, or refused already, and nobody is asked', async () => {
    for (const [ledger, wanted] of [
      [{ ...row, ours: true }, claim],
      [row, null],
      [{ ...row, refusal: told('list', NOW + 1) }, claim],
    ] as const) {
      expect(await tell([], ledger, wanted, ledger.refusal)).toEqual({ told: null, names: [] })
    }
  })
})

describe('a spelling that is one group with the first', () => {
  test('is not put, and that is known for a day', async () => {
    const { told: same, names } = await tell([shows(5), shows(5), shows(5)])
    expect(same?.refusal).toMatchObject({ reason: 'same', wanted: 'wanted', reduced: null, until: NOW + DAY })
    expect(same?.refusal?.detail).toContain('Sales')
    expect(names).toEqual(['Sales', 'SALES', 'Sales'])
  })

  test.each(['same', 'foreign'] as const)(
    'or somebody else’s (%s) is asked about when the time is over',
    async (reason) => {
      const known = told(reason, NOW + 1)
      expect(await tell([], row, claim, known)).toMatchObject({
        told: { refusal: { ...known, wanted: 'wanted' } },
        names: [],
      })
      const { names } = await tell([shows(5), null], row, claim, told(reason, NOW))
      expect(names).toEqual(['Sales', 'SALES'])
    },
  )
})

describe('what cannot be told yet is asked again later', () => {
  const gone: [string, (GroupStatus | null)[]][] = [
    ['is not there', [null]],
    ['is deleted', [shows(5, 'DELETED')]],
  ]

  test.each(gone)(
    'the first %s: in an hour where it was put, in a minute where it is being put',
    async (_, statuses) => {
      expect((await tell(statuses)).told).toMatchObject({
        ours: false,
        refusal: null,
        failures: 0,
        retryAt: NOW + HOUR,
      })
      const putting = await tell(statuses, row, claim, null, { ...put, status: 'accepted' })
      expect(putting.told).toMatchObject({ failures: 0, retryAt: NOW + MINUTE })
    },
  )

  test('the first was never put: it rings this one when it is', async () => {
    const { told: later } = await tell([null], row, claim, null, { ...put, ours: false, status: 'none' })
    expect(later).toMatchObject({ ours: false, refusal: null, failures: 0, retryAt: null })
  })

  test('the first changes meanwhile', async () => {
    const { told: later } = await tell([shows(5), shows(6), shows(6)])
    expect(later).toMatchObject({ ours: false, refusal: null, failures: 0, retryAt: NOW + MINUTE })
  })

  test.each<[string, (GroupStatus | Error)[]]>([
    ['the first gives no answer', [new Error('no answer')]],
    ['the spelling gives no answer', [shows(5), new Error('no answer')]],
  ])('%s', async (_, statuses) => {
    const { told: later } = await tell(statuses)
    expect(later).toMatchObject({ ours: false, refusal: null, failures: 1, retryAt: NOW + MINUTE })
  })
})
