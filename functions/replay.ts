import { randomUUID } from 'node:crypto'
import { deadLettersIn } from '../shared/queue/dead-letters.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { parseEvent } from '../shared/settings/parse-event.ts'
import { replayRequest, replayUsage } from '../shared/settings/replay-request.ts'
import { replay } from '../shared/sync/replay.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { oktaReader } from './composition/okta-reader.ts'

/** One request to Okta with its retries, in milliseconds: long enough to wait for a rate limit to be reset. */
const TIMEOUT = 90_000

/** By hand: rings doorbells again. Answers how many hints it sent, or with `dryRun` would send. */
export function compose(environment = process.env) {
  const { settings, telemetry, sqs, at, ports } = oktaReader(environment, 'replay', TIMEOUT)
  const letters = surroundings(environment, 'HINT_DEAD_LETTER_QUEUE_URL', 'NAME_DEAD_LETTER_QUEUE_URL')
  const queues = [
    { from: letters.HINT_DEAD_LETTER_QUEUE_URL, to: at.HINT_QUEUE_URL },
    { from: letters.NAME_DEAD_LETTER_QUEUE_URL, to: at.NAME_QUEUE_URL },
  ]
  const deadLetters = deadLettersIn(sqs, queues, randomUUID)
  return observed<unknown>(telemetry).handler(async (event, context) => {
    const request = parseEvent(replayRequest, event, replayUsage)
    const { attribute } = settings.members
    return replay({ ...(await ports(context)), deadLetters, attribute, id: randomUUID() }, request)
  })
}

export const handler = compose()
