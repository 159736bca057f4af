import { OktaAnswerError } from '../okta/client.ts'
import { CredentialsError } from '../okta/sign-in.ts'
import type { Clock } from './clock.ts'
import type { ClockWatch } from './clock-watch.ts'
import { errorFacts } from './error-facts.ts'
import { StoppedError } from './in-force.ts'
import { inTime, TimeError } from './in-time.ts'
import { type LogReport, type PollLogPorts, pollLog } from './poll-log.ts'
import { Conflict, type Telemetry } from './ports.ts'

/** What following the log needs. `open` gives all else, and throws where Okta can't be asked, or mustn't be. */
export interface FollowLogPorts {
  open(): Promise<PollLogPorts>
  telemetry: Telemetry
  watch: ClockWatch
  clock: Pick<Clock, 'after'>
  /** How long the function may still run, milliseconds. */
  timeLeft(): number
}

/** So much of the function's time is left to say what happened, in milliseconds. */
const TIME_TO_TELL = 3_000
/** Errors whose messages are our own, and hold no secret. */
const OWN = [StoppedError, CredentialsError, OktaAnswerError, TimeError]

/**
 * Reads on in the System Log, and watches the clock meanwhile. Whatever keeps it from that is said and counted, not thrown:
 * the next minute goes on at the same place. Answers null where it couldn't be read to where there was time for.
 */
export async function followLog({
  open,
  telemetry,
  watch,
  clock,
  timeLeft,
}: FollowLogPorts): Promise<LogReport | null> {
  try {
    return await inTime(clock, open().then(pollLog), timeLeft() - TIME_TO_TELL)
  } catch (error) {
    if (error instanceof Conflict) telemetry.info('another function reads the System Log')
    else tell(telemetry, error)
    return null
  } finally {
    watch.report(telemetry)
  }
}

function tell(telemetry: Telemetry, error: unknown): void {
  const because = OWN.some((own) => error instanceof own) ? { because: (error as Error).message } : {}
  telemetry.count('LogPollsFailed')
  telemetry.error('the System Log could not be read on; the next minute goes on where it was left', {
    ...errorFacts(error),
    ...because,
  })
}
