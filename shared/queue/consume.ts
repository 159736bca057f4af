import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
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

/** Does a batch of a FIFO queue, and answers which messages failed: one bad subject never fails another. */
export function consume<Item>(event: SQSEvent, context: Context, consumer: Consumer<Item>): Promise<SQSBatchResponse> {
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
  return processPartialResponse(event, handleAndTell, new SqsFifoPartialProcessorAsync(), {
    context,
    skipGroupOnError: true,
  })
}
