import { diff } from '../membership/diff.ts'
import { isJudged } from '../membership/drift.ts'
import type { Ledger } from '../membership/ledger.ts'
import { digestOf, EMPTY } from '../membership/member-list.ts'
import { shuffled } from '../membership/shuffled.ts'
import { askPeople } from './ask-people.ts'
import { errorFacts } from './error-facts.ts'
import { Conflict } from './ports.ts'
import type { PutGroupPorts } from './put-group.ts'

/** Whether what was written confirms a put that wasn't confirmed before. */
export function isSettledBy(before: Ledger, written: Ledger): boolean {
  return written.status === 'confirmed' && (before.status !== 'confirmed' || before.meantAt !== written.meantAt)
}

/**
 * Asks the service about one of those who joined by a put that is confirmed, and one of those who left. Who isn't in or out
 * as he should be is written down, and asked about again later: SUCCEEDED may be shown before it counts. The put is written
 * down already and doesn't fail for it.
 */
export async function checkSettled(ports: PutGroupPorts, ledger: Ledger): Promise<void> {
  const { snapshot, telemetry, rules } = ports
  const { name, meant, meantAt, before, unsureUntil } = ledger
  if (rules.drift.sample === 0 || unsureUntil !== null || !isJudged(ledger)) return
  try {
    const members = await snapshot.list(meant ?? EMPTY)
    const { joined, left } = diff(await snapshot.list(before?.meant ?? EMPTY), members)
    const people = [joined, left].flatMap((ids) => shuffled(ids, String(meantAt), String).slice(0, 1))
    if (people.length === 0) return
    const asked = await askPeople(ports, name, members, people)
    if (asked === null || asked === 'no document') return
    const suspects = [...asked.extra, ...asked.missing].sort()
    if (suspects.length === 0) return
    const digest = digestOf(suspects)
    await snapshot.putList(digest, suspects)
    await snapshot.putLedger({ ...ledger, suspects: digest })
  } catch (error) {
    // Whoever wrote the row meanwhile goes on with it.
    if (!(error instanceof Conflict)) {
      telemetry.warn('a put could not be looked at after it was confirmed', { name, ...errorFacts(error) })
    }
  }
}
