import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as once } from 'vitest'
import { ClockWatch } from '../../shared/sync/clock-watch.ts'
import { toldTelemetry } from './ports.ts'

const AT = 1_800_000_000_000

/** What is said of answers, each with what Okta's clock showed, after how long it was written and how long it took back. */
function saidOf(...answers: { ahead: number; there: number; back: number }[]) {
  const watch = new ClockWatch()
  const { telemetry, told, counted } = toldTelemetry()
  for (const { ahead, there, back } of answers) {
    // The function's clock is `ahead` of Okta's, which writes whole seconds.
    const date = Math.floor((AT + there - ahead) / 1000) * 1000
    watch.heard(date, AT, AT + there + back)
  }
  watch.report(telemetry)
  return { told, counted, again: () => watch.report(telemetry) }
}

const latency = fc.integer({ min: 0, max: 30_000 })

describe("a function's clock", () => {
  test.prop([fc.array(fc.record({ ahead: fc.integer({ min: -60_000, max: 60_000 }), there: latency, back: latency }))])(
    'that is off by a minute at most is never said to be, however long the answers take',
    (answers) => {
      expect(saidOf(...answers).told).toEqual([])
    },
  )

  test.prop([fc.integer({ min: 62_001, max: 1e9 }), fc.boolean(), fc.nat(500), fc.nat(500)])(
    'that is off by more is, where answers take half a second',
    (off, isAhead, there, back) => {
      const { told, counted } = saidOf({ ahead: isAhead ? off : -off, there, back })
      expect(counted('ClockOff')).toBe(1)
      const [, facts] = told.at(-1) as [string, { seconds: number; clock: string }]
      expect(facts.clock).toBe(isAhead ? 'ahead of Okta' : 'behind Okta')
      expect(Math.abs(facts.seconds - off / 1_000)).toBeLessThanOrEqual(2.5)
    },
  )

  once('is said once for the answers of an invocation, by the one that proves the most', () => {
    const quick = { there: 100, back: 100 }
    const { told, counted, again } = saidOf(
      { ahead: 90_000, there: 100, back: 100 },
      { ahead: 90_000, there: 29_000, back: 100 },
      { ahead: 0, ...quick },
    )
    again()
    expect(counted('ClockOff')).toBe(1)
    expect(told.at(-1)?.[1]).toMatchObject({ seconds: 89 })
  })

  once('is not said of an answer without a Date header', () => {
    const watch = new ClockWatch()
    const { telemetry, told } = toldTelemetry()
    watch.heard(Number.NaN, AT, AT)
    watch.report(telemetry)
    expect(told).toEqual([])
  })
})
