import type { Outcome } from './invoke.ts'

/**
 * Which messages of a batch failed, by Lambda's rules for ReportBatchItemFailures
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html): none for an empty or null response or
 * list; all when the function failed, or an identifier is empty, null or under another key. An id that wasn't in the
 * batch isn't documented for SQS: all, too.
 */
export function failedIds(outcome: Outcome, batchIds: string[]): Set<string> {
  const all = new Set(batchIds)
  if (!outcome.ok) return all
  if (outcome.value === null) return new Set()
  if (typeof outcome.value !== 'object' || Array.isArray(outcome.value)) return all
  const { batchItemFailures } = outcome.value as { batchItemFailures?: unknown }
  if (batchItemFailures === undefined || batchItemFailures === null) return new Set()
  if (!Array.isArray(batchItemFailures)) return all
  const ids = batchItemFailures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier)
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all
}
