import { beforeEach, describe, expect, test } from 'vitest'
import { pollLog } from '../../shared/sync/poll-log.ts'
import { CursorRefused, type Directory, type LogPage } from '../../shared/sync/ports.ts'
import type { LogCursor } from '../../shared/sync/rows.ts'
import { event } from '../okta/events.ts'
import { openTable } from '../support/in-memory-table.ts'
import { readPorts } from './ports.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const NOW = Date.parse('2026-03-01T12:00:00.000Z')

let asked: Parameters<Directory['log']>[0][]
let world: Awaited<ReturnType<typeof given>>
async function given() {
  const { snapshot } = await openTable()
  return { snapshot, ...readPorts(snapshot, NOW) }
}
beforeEach(async () => {
  asked = []
  world = await given()
})

const joined = (group: string) =>
  event('group.user_membership.add', [['UserGroup', group]], { published: new Date(NOW).toISOString() })
const page = (next: string, date: number, ...groups: string[]): LogPage => ({ events: groups.map(joined), next, date })

/** Reads on where Okta answers with these pages in turn. */
async function polled(answers: (LogPage | Error)[], left = 60_000) {
  const { ports, snapshot, told, hints } = world
  const log: Directory['log'] = async (from) => {
    asked.push(from)
    const answer = answers[asked.length - 1]!
    if (answer instanceof Error) throw answer
    return answer
  }
  const directory = { ...ports.directory, log, time: async () => NOW }
  const report = await pollLog({ ...ports, directory, timeLeft: () => left })
  return { report, place: await snapshot.cursor(), told, rung: hints.map((hint) => 'id' in hint && hint.id) }
}
const stored = (facts: Partial<LogCursor> = {}) =>
  world.snapshot.putCursor({ version: 0, cursor: 'stored', polledAt: NOW - MINUTE, deliveriesSince: null, ...facts })

describe('the first poll', () => {
  test('begins ten minutes ago, and reads to the first empty page', async () => {
    const pages = [page('p1', NOW + 1, '00g1', '00g2'), page('p2', NOW + 2, '00g3'), page('p3', NOW + 3)]
    const { report, place, rung, told } = await polled(pages)
    expect(asked).toEqual([{ since: NOW - 10 * MINUTE }, { cursor: 'p1' }, { cursor: 'p2' }])
    expect(report).toEqual({ events: 3, hints: 3 })
    expect(rung).toEqual(['00g1', '00g2', '00g3'])
    // To its end the log is read when the empty page was written.
    expect(place).toMatchObject({ cursor: 'p3', polledAt: NOW + 3, deliveriesSince: null })
    expect(told.filter(([what]) => what === 'LogGaps')).toEqual([])
  })

  test('expects no deliveries: those of its first events came before', async () => {
    const one = joined('00g1')
    await world.snapshot.noteDelivered(one.uuid!, NOW)
    const { place } = await polled([{ events: [one], next: 'p1', date: NOW }, page('p2', NOW)])
    expect(place).toMatchObject({ deliveriesSince: null })
  })
})

describe('a later poll', () => {
  test('goes on at the stored place, and expects deliveries since the first that came', async () => {
    await stored()
    const one = joined('00g1')
    await world.snapshot.noteDelivered(one.uuid!, NOW)
    const { place } = await polled([{ events: [one], next: 'p1', date: NOW }, page('p2', NOW)])
    expect(asked).toEqual([{ cursor: 'stored' }, { cursor: 'p1' }])
    expect(place).toMatchObject({ cursor: 'p2', deliveriesSince: NOW })
  })

  test('leaves the rest to the next minute, where there is no time for another page', async () => {
    await stored()
    const { report, place } = await polled([page('p1', NOW, '00g1'), page('p2', NOW)], 19_999)
    expect(report).toEqual({ events: 1, hints: 1 })
    expect(place).toMatchObject({ cursor: 'p1', polledAt: NOW - MINUTE })
    asked = []
    expect((await polled([page('p2', NOW, '00g2'), page('p3', NOW)], 20_000)).report.events).toBe(1)
    expect(asked).toHaveLength(2)
  })

  test('after more than 90 days tells of a gap, since Okta keeps its log no longer', async () => {
    await stored({ polledAt: NOW - 90 * DAY })
    expect((await polled([page('p1', NOW)])).told.filter(([what]) => what === 'LogGaps')).toEqual([])
    world = await given()
    asked = []
    await stored({ polledAt: NOW - 90 * DAY - 1 })
    const { told } = await polled([page('p1', NOW)])
    expect(told).toContainEqual(['LogGaps'])
    expect(told).toContainEqual([
      'Okta may have left out events of its System Log: it keeps them for 90 days',
      expect.objectContaining({ from: '2025-12-01T11:59:59.999Z', to: '2026-03-01T12:00:00.000Z' }),
    ])
  })

  test('whose place Okta takes no more begins where the log was read last, and tells of a gap', async () => {
    await stored({ polledAt: NOW - DAY })
    const { told, place } = await polled([new CursorRefused('410'), page('p1', NOW, '00g1'), page('p2', NOW)])
    expect(asked.slice(0, 2)).toEqual([{ cursor: 'stored' }, { since: NOW - DAY - 10 * MINUTE }])
    expect(place).toMatchObject({ cursor: 'p2', polledAt: NOW })
    expect(told).toContainEqual(['LogGaps'])
    expect(told).toContainEqual([
      'Okta may have left out events of its System Log: it no longer takes the place where the log was left',
      expect.objectContaining({ from: '2026-02-28T12:00:00.000Z' }),
    ])
  })

  test('begins no longer ago than Okta keeps its log', async () => {
    await stored({ polledAt: NOW - 100 * DAY })
    await polled([new CursorRefused('410'), page('p1', NOW)])
    expect(asked[1]).toEqual({ since: NOW - 90 * DAY })
  })

  test('fails by any other error, and stays where it was', async () => {
    await stored()
    await expect(polled([new Error('no answer')])).rejects.toThrow('no answer')
    expect(await world.snapshot.cursor()).toMatchObject({ cursor: 'stored' })
  })
})
