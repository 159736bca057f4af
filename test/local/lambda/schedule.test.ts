import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lambdaFunction } from '../../../local/lambda/lambda-function.ts'
import { type Schedule, startSchedule, type When } from '../../../local/lambda/schedule.ts'

let schedules: Schedule[]
let events: unknown[]
const fn = () => lambdaFunction({ name: 'catch-up', handler: async (event: unknown) => void events.push(event) })

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T10:00:00.500Z') })
  schedules = []
  events = []
})
afterEach(async () => {
  await Promise.all(schedules.map((schedule) => schedule.stop()))
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function start(when: When, input: unknown, target = fn()) {
  const schedule = startSchedule(target, when, input)
  schedules.push(schedule)
  return schedule
}

test('fires every so often, with the input as it is, until it is stopped', async () => {
  const schedule = start({ everyMs: 1000 }, { run: 'catch-up' })
  await vi.advanceTimersByTimeAsync(999)
  expect(events).toEqual([])
  await vi.advanceTimersByTimeAsync(2001)
  expect(events).toEqual([{ run: 'catch-up' }, { run: 'catch-up' }, { run: 'catch-up' }])
  await schedule.stop()
  await vi.advanceTimersByTimeAsync(5000)
  expect(events).toHaveLength(3)
})

test('fires daily at its time, today if that is yet to come', async () => {
  start({ dailyAt: '10:01' }, { at: '<aws.scheduler.scheduled-time>' })
  start({ dailyAt: '09:59' }, { at: '<aws.scheduler.scheduled-time>' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(events).toEqual([{ at: '2026-03-01T10:01:00Z' }])
  await vi.advanceTimersByTimeAsync(24 * 3600_000)
  expect(events.slice(1)).toEqual([{ at: '2026-03-02T09:59:00Z' }, { at: '2026-03-02T10:01:00Z' }])
})

test('fills in what Scheduler fills in', async () => {
  start(
    { everyMs: 1000 },
    { id: '<aws.scheduler.execution-id>', n: ['<aws.scheduler.attempt-number>'], arn: '<aws.scheduler.schedule-arn>' },
  )
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      n: ['1'],
      arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/catch-up',
    },
  ])
})

test('doesn’t wait for the last invocation, but stop() waits for all', async () => {
  const finish: (() => void)[] = []
  const handler = () => new Promise<void>((resolve) => finish.push(resolve))
  const target = lambdaFunction({ name: 'slow', timeoutMs: 60_000, handler })
  const schedule = start({ everyMs: 1000 }, {}, target)
  await vi.advanceTimersByTimeAsync(2000)
  expect(target.counts.running).toBe(2)
  let stopped = false
  const stop = schedule.stop().then(() => (stopped = true))
  finish[0]?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(stopped).toBe(false)
  finish[1]?.()
  await stop
})

test('what fell due while the machine slept is fired once, not made up for', async () => {
  start({ everyMs: 1000 }, {})
  vi.setSystemTime(Date.now() + 3600_000)
  // Timers know nothing of it; the clock is looked at every half second.
  await vi.advanceTimersByTimeAsync(500)
  expect(events).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toHaveLength(2)
})

test('a time of day that is none is refused', () => {
  for (const dailyAt of ['24:00', '3:15', '03:15:00']) {
    expect(() => startSchedule(fn(), { dailyAt }, {})).toThrow('is no time of day')
  }
})
