import type { SQSEvent } from 'aws-lambda'
import { consume } from '../shared/queue/consume.ts'
import { mergeReceived } from '../shared/queue/hint.ts'
import { hintOf } from '../shared/queue/messages.ts'
import { takeHint } from '../shared/sync/take-hint.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { oktaReader } from './composition/okta-reader.ts'

/** One request to Okta with its retries, in milliseconds: the function's time must hold a few. */
const TIMEOUT = 10_000

/** Consumer of the hint queue: asks Okta what groups are now, and writes it down. */
export function compose(environment = process.env) {
  const { telemetry, ports } = oktaReader(environment, 'read-group', TIMEOUT)
  return observed<SQSEvent>(telemetry).handler(async (event, context) => {
    const reading = await ports(context)
    return consume(event, context, {
      telemetry,
      parse: hintOf,
      subjectOf: ({ subject, id }) => `${subject} ${id}`,
      merge: mergeReceived,
      work: (hint) => takeHint(reading, hint),
    })
  })
}

export const handler = compose()
