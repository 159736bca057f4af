import { randomUUID } from 'node:crypto'
import type { LambdaFunction } from './lambda-function.ts'

/**
 * When a schedule fires: every so many milliseconds, the first time after as many; or daily at a time of day, `HH:MM`
 * in UTC.
 */
export type When = { everyMs: number } | { dailyAt: string }

/** `stop()` fires no more, and returns when the invocations under way have ended. */
export interface Schedule {
  stop(): Promise<void>
}

/** A timer of hours would neither see a clock that is put ahead nor the time that the machine slept. */
const LOOK_EVERY = 500

/**
 * One schedule of EventBridge Scheduler: invokes the function with the input as given, in which it fills in
 * `<aws.scheduler.scheduled-time>`, `<aws.scheduler.execution-id>`, `<aws.scheduler.attempt-number>` and
 * `<aws.scheduler.schedule-arn>`
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html). Like Scheduler it
 * doesn't wait for the last invocation to end; other than Lambda's asynchronous invocation, it doesn't try again.
 * @throws RangeError for a time of day that isn't one.
 */
export function startSchedule(fn: LambdaFunction, when: When, input: unknown): Schedule {
  const running = new Set<Promise<unknown>>()
  const template = JSON.stringify(input ?? {})
  let due = next(when, Date.now())
  let timer: NodeJS.Timeout

  const fire = () => {
    if (Date.now() < due) return arm()
    const invocation = fn.invoke(fill(template, due, fn.name)).finally(() => running.delete(invocation))
    running.add(invocation)
    // What fell due while the machine slept isn't made up for, as a schedule without a flexible window doesn't.
    do due = next(when, due)
    while (due <= Date.now())
    arm()
  }
  const arm = () => {
    timer = setTimeout(fire, Math.min(Math.max(0, due - Date.now()), LOOK_EVERY))
  }
  arm()
  return {
    stop: async () => {
      clearTimeout(timer)
      await Promise.all(running)
    },
  }
}

function next(when: When, after: number): number {
  if ('everyMs' in when) return after + when.everyMs
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(when.dailyAt) ?? []
  if (!hours || !minutes) throw new RangeError(`"${when.dailyAt}" is no time of day: write HH:MM in UTC, 03:15 say`)
  const today = new Date(after).setUTCHours(Number(hours), Number(minutes), 0, 0)
  return today > after ? today : new Date(today).setUTCDate(new Date(today).getUTCDate() + 1)
}

function fill(template: string, due: number, name: string): unknown {
  return JSON.parse(
    template
      .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(due).toISOString().slice(0, 19)}Z`)
      .replaceAll('<aws.scheduler.execution-id>', () => randomUUID())
      .replaceAll('<aws.scheduler.attempt-number>', '1')
      .replaceAll('<aws.scheduler.schedule-arn>', `arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`),
  )
}
