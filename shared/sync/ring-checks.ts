import type { Ledger } from '../membership/ledger.ts'
import { nightly } from '../membership/nightly.ts'
import type { ReadGroupPorts } from './read-group.ts'
import type { Run } from './rows.ts'

/** So many names are rung at once: what changes in Okta meanwhile is put behind them, and mustn't wait long. */
const AT_ONCE = 500

/**
 * Rings the next names at rest, by their keys, so that put-group, which alone may ask and write the user store, looks for drift;
 * some of them are put anew since it is their turn, and some are asked about people. Answers the last key; null for no more.
 */
export async function ringChecks(
  { snapshot, doorbells, clock, rules }: Pick<ReadGroupPorts, 'snapshot' | 'doorbells' | 'clock' | 'rules'>,
  { id, cursor }: Pick<Run, 'id' | 'cursor'>,
): Promise<string | null> {
  const all: Ledger[] = []
  for await (const { ledgers } of snapshot.all()) all.push(...ledgers)
  const terms = { seed: id, refreshWithin: rules.refresh.within, sample: rules.drift.sample }
  const checks = nightly(all, terms, clock.now())
  const left = checks.filter(({ key }) => cursor === null || key > cursor).sort((a, b) => (a.key < b.key ? -1 : 1))
  const next = left.slice(0, AT_ONCE)
  await doorbells.ringChecks(next)
  return left.length > next.length ? next.at(-1)!.key : null
}
