import {
  FullBatchFailureError,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from '@aws-lambda-powertools/batch'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { errorFacts } from '../sync/error-facts.ts'
import type { Telemetry } from '../sync/ports.ts'
import { oneForAll } from './one-for-all.ts'

/** How the messages of a queue are taken: messages about one subject are merged, and their work is done once. */
export interface Consumer<Item> {
  telemetry: Pick<Telemetry, 'error'>
  parse(record: SQSRecord): Item
  subjectOf(item: Item): string
  merge(a: Item, b: Item): Item
  work(item: Item): Promise<void>
}

/** Not one message of a batch could be worked off. Why is in the log by then, for each. */
export class BatchError extends Error {
  override name = 'BatchError'
}

/**
 * Does a batch of a FIFO queue, and answers which messages failed: one bad subject never fails another. Throws BatchError
 * where all did, by which Lambda counts an error.
 */
export async function consume<Item>(
  event: SQSEvent,
  context: Context,
  consumer: Consumer<Item>,
): Promise<SQSBatchResponse> {
  const { telemetry, parse, subjectOf, merge, work } = consumer
  const handle = oneForAll(event.Records, parse, subjectOf, merge, work)
  const handleAndTell = async (record: SQSRecord) => {
    try {
      await handle(record)
    } catch (error) {
      const { messageId, attributes } = record
      telemetry.error('a message could not be worked off: it comes back, and in the end it is a dead letter', {
        messageId,
        receives: attributes.ApproximateReceiveCount,
        ...errorFacts(error),
      })
      throw error
    }
  }
  // Without skipGroupOnError, one failure would fail the rest of the batch too.
  const options = { context, skipGroupOnError: true }
  try {
    return await processPartialResponse(event, handleAndTell, new SqsFifoPartialProcessorAsync(), options)
  } catch (error) {
    if (!(error instanceof FullBatchFailureError)) throw error
    // It has all errors in it, with messages that Lambda would log.
    throw new BatchError(`none of ${event.Records.length} messages could be worked off: the errors before this say why`)
  }
}
