import { describe, expect, test } from 'vitest'
import { ClockWatch } from '../../shared/sync/clock-watch.ts'
import { followLog } from '../../shared/sync/follow-log.ts'
import { StoppedError } from '../../shared/sync/in-force.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { openTable } from '../support/in-memory-table.ts'
import { readPorts, toldTelemetry } from './ports.ts'

/** What came of reading on, where opening what it needs ends like this. */
async function following(open: () => Promise<void>, left = 60_000) {
  const { snapshot } = await openTable()
  const { ports, clock } = readPorts(snapshot)
  const { telemetry, told } = toldTelemetry()
  const watch = new ClockWatch()
  watch.heard(0, 90_000, 90_000)
  const waits: number[] = []
  const after = (milliseconds: number, then: () => void) => {
    waits.push(milliseconds)
    return clock.after(milliseconds / 1_000, then)
  }
  const report = await followLog({
    ...{ telemetry, watch, timeLeft: () => left, clock: { after } },
    open: () => open().then(() => ({ ...ports, telemetry })),
  })
  return { report, told, waits }
}
const failing = (error: Error) => following(() => Promise.reject(error))

describe('the System Log is read on', () => {
  test('to its end, and the clock is told of', async () => {
    const { report, told } = await following(async () => {})
    expect(report).toEqual({ events: 0, hints: 0 })
    expect(told.map(([what]) => what)).toEqual(['HintsFromLog', 'ClockOff', expect.any(String)])
  })

  test('for as long as there is time to say what happened', async () => {
    const { report, told, waits } = await following(() => new Promise(() => {}), 13_000)
    expect([report, waits]).toEqual([null, [10_000]])
    expect(told).toContainEqual([
      expect.stringMatching(/^the System Log could not be read on/),
      { error: 'TimeError', because: 'gave up after 10000 ms' },
    ])
  })
})

describe('what keeps the System Log from being read', () => {
  test('is counted and told, with its message where that is our own', async () => {
    const { report, told } = await failing(new StoppedError('another org answers'))
    expect(report).toBeNull()
    expect(told.slice(0, 2)).toEqual([
      ['LogPollsFailed'],
      [expect.any(String), { error: 'StoppedError', because: 'another org answers' }],
    ])
    expect(told.map(([what]) => what)).toContain('ClockOff')
  })

  test('is told without its message, where that may hold a secret', async () => {
    const { told } = await failing(new Error('token 123'))
    expect(told.slice(0, 2)).toEqual([['LogPollsFailed'], [expect.any(String), { error: 'Error' }]])
  })

  test('is nothing to count where it is another function that reads it', async () => {
    const { report, told } = await failing(new Conflict('lost'))
    expect(report).toBeNull()
    expect(told[0]).toEqual(['another function reads the System Log'])
    expect(told.map(([what]) => what)).not.toContain('LogPollsFailed')
  })
})
