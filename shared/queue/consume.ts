import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { oneForAll } from './one-for-all.ts'

/** How the messages of a queue are taken: messages about one subject are merged, and their work is done once. */
export interface Consumer<Item> {
  parse(record: SQSRecord): Item
  subjectOf(item: Item): string
  merge(a: Item, b: Item): Item
  work(item: Item): Promise<void>
}

/** Does a batch of a FIFO queue, and answers which messages failed: one bad subject never fails another. */
export function consume<Item>(event: SQSEvent, context: Context, consumer: Consumer<Item>): Promise<SQSBatchResponse> {
  const { parse, subjectOf, merge, work } = consumer
  const handle = oneForAll(event.Records, parse, subjectOf, merge, work)
  // Without skipGroupOnError, one failure would fail the rest of the batch too.
  return processPartialResponse(event, handle, new SqsFifoPartialProcessorAsync(), { context, skipGroupOnError: true })
}
