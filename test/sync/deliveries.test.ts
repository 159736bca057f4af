import { beforeEach, describe, expect, test } from 'vitest'
import {
  countFailedDeliveries,
  deliveredOf,
  giveUpMissing,
  noteDeliveries,
  noteMissing,
} from '../../shared/sync/deliveries.ts'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { event } from '../okta/events.ts'
import { openTable } from '../support/in-memory-table.ts'
import { ring, toldTelemetry } from './ports.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.parse('2026-03-01T12:00:00.000Z')

let snapshot: Snapshot
let telemetry: ReturnType<typeof toldTelemetry>
beforeEach(async () => {
  snapshot = (await openTable()).snapshot
  telemetry = toldTelemetry()
})
const ports = () => ({ snapshot, telemetry: telemetry.telemetry })
const joined = (uuid: string, published = NOW) =>
  event(
    'group.user_membership.add',
    [
      ['User', '00u1'],
      ['UserGroup', '00g1'],
    ],
    { uuid, published: new Date(published).toISOString() },
  )
const due = async () => (await Array.fromAsync(snapshot.due(9e15))).flat().map(({ id, dueAt }) => [id, dueAt])

describe('an event whose delivery has not come', () => {
  test('is due an hour after it was published', async () => {
    await noteMissing(snapshot, [joined('e1', NOW - MINUTE), joined('e2')], NOW - MINUTE, NOW)
    expect(await due()).toEqual([
      ['e1', NOW - MINUTE + HOUR],
      ['e2', NOW + HOUR],
    ])
  })

  test('is not missed where it is older than what deliveries are expected of, has no uuid, or is of another type', async () => {
    const session = event('user.session.start', [['User', '00u1']], { uuid: 'e3', published: joined('').published })
    const nothing = { ...joined('e4'), eventType: undefined }
    await noteMissing(snapshot, [joined('e1', NOW - MINUTE - 1), joined(''), session, nothing], NOW - MINUTE, NOW)
    expect(await due()).toEqual([])
  })

  test('is known by what it is about, where it says so', async () => {
    const odd = { ...joined('e2'), target: [null, { type: 'UserGroup', id: 7 }] as never }
    await noteMissing(snapshot, [joined('e1'), odd, { ...joined('e3'), target: 'none' as never }], 0, NOW)
    expect(await snapshot.takeForLost('e1')).toMatchObject({ group: '00g1', user: '00u1', published: NOW })
    expect(await snapshot.takeForLost('e2')).toMatchObject({ group: null, user: null })
    expect(await snapshot.takeForLost('e3')).toMatchObject({ group: null, user: null })
  })

  test('counts as lost once, in one line for all', async () => {
    await noteMissing(snapshot, [joined('e1'), joined('e2'), joined('e3')], 0, NOW)
    await snapshot.noteDelivered('e3', NOW)
    await giveUpMissing(ports(), ['e1', 'e2', 'e3'])
    expect(telemetry.told).toMatchObject([
      ['DeliveriesLost', 2],
      [
        expect.stringMatching(/^deliveries of the event hook are lost/),
        { lost: 2, events: [{ uuid: 'e1' }, { uuid: 'e2' }] },
      ],
    ])
    await giveUpMissing(ports(), ['e1', 'e2', 'e3'])
    expect(telemetry.told).toHaveLength(2)
  })
})

describe('a delivery', () => {
  test('that comes for what was missing is late from a minute on', async () => {
    await noteMissing(snapshot, [joined('e1'), joined('e2'), joined('e3')], 0, NOW)
    await noteDeliveries(ports(), ring('00g1', { delivered: ['e1'], sentAt: NOW + MINUTE - 1 }))
    expect(telemetry.told).toEqual([])
    await noteDeliveries(ports(), ring('00g1', { delivered: ['e2', 'e3', 'e4'], sentAt: NOW + MINUTE }))
    expect(telemetry.told).toEqual([['DeliveriesLate', 2]])
  })

  test('of nothing is noted of nothing', async () => {
    await noteDeliveries(ports(), ring('00g1', { sentAt: NOW }))
    expect(telemetry.told).toEqual([])
    expect(await snapshot.isDelivered('undefined')).toBe(false)
  })

  test('is known by the uuid of its event, where a hook can have that', async () => {
    const [came, lost, without] = [joined('e1'), joined('e2'), joined('')]
    const other = { ...event('user.session.start', []), uuid: 'e1' }
    await snapshot.noteDelivered('e1', NOW)
    expect(await deliveredOf(snapshot, [lost, came, without, other])).toEqual(new Set([came]))
  })

  test('that Okta says has failed is counted, each hook named once', () => {
    const delivery = (hook: string, outcome?: { result: string }) =>
      event('event_hook.delivery', [['EventHook', hook]], outcome === undefined ? {} : { outcome })
    const failed = { result: 'FAILURE' }
    const signIn = event('user.session.start', [], { outcome: failed })
    countFailedDeliveries(telemetry.telemetry, [
      delivery('0wh1', failed),
      delivery('0wh2', failed),
      delivery('0wh1', failed),
    ])
    expect(telemetry.told).toEqual([
      ['HookDeliveriesFailed', 3],
      [expect.any(String), { failed: 3, hooks: ['0wh1', '0wh2'] }],
    ])
    telemetry.told.splice(0)
    countFailedDeliveries(telemetry.telemetry, [signIn, { ...delivery('0wh1'), outcome: null }])
    expect(telemetry.told).toEqual([])
  })
})
