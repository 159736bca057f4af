import * as z from 'zod/mini'
import { parseEvent } from '../shared/settings/parse-event.ts'
import { reconcile } from '../shared/sync/reconcile.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { oktaReader } from './composition/okta-reader.ts'

/** One request to Okta with its retries, in milliseconds: long enough to wait for a rate limit to be reset. */
const TIMEOUT = 90_000

const request = z.strictObject({
  /** When the schedule meant it to run; names the run. */
  scheduledTime: z.optional(z.iso.datetime()),
  /** A run to go on with. */
  run: z.optional(z.string()),
})

const usage = '{"scheduledTime"?: 2026-01-31T00:00:00Z, "run"?: the id of a run}'

/** Nightly, or by hand: a full reconcile. Answers how far the run came. */
export function compose(environment = process.env) {
  const { telemetry, ports } = oktaReader(environment, 'reconcile', TIMEOUT)
  return observed<unknown>(telemetry).handler(async (event, context) => {
    const { run, scheduledTime } = parseEvent(request, event, usage)
    const id = run ?? scheduledTime ?? `${new Date().toISOString()} by hand`
    return reconcile(await ports(context), id, scheduledTime !== undefined)
  })
}

export const handler = compose()
