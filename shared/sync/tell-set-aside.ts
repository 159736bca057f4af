import type { Claim } from '../membership/claim.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Tries } from '../membership/set-aside.ts'
import type { Telemetry } from './ports.ts'

/** What may be set aside: its ids, and which function tries it at once when it is invoked by hand. */
export interface What {
  kind: 'group' | 'name' | 'user'
  facts: Record<string, unknown>
  byHand: string
}

/** A group or user of Okta's, by its id. */
export function oktaWhat(kind: 'group' | 'user', id: string): What {
  return { kind, facts: { [kind]: id }, byHand: `replay with ${JSON.stringify({ [`${kind}s`]: [id] })}` }
}

/** A name of the user store. Replaying its group rings it; where no group has it, only comparing does. */
export function nameWhat(ledger: Ledger, claim: Claim | null): What {
  const facts = { name: ledger.name || claim?.name, group: claim?.owner ?? ledger.owner }
  return { kind: 'name', facts, byHand: claim === null ? 'reconcile with {}' : oktaWhat('group', claim.owner).byHand }
}

/** Says and counts that a row was set aside or freed by what was just written; nothing where neither is so. */
export function tellSetAside(telemetry: Telemetry, what: What, before: Tries, after: Tries): void {
  const { kind, facts, byHand } = what
  if (before.setAside === null && after.setAside !== null) {
    const { failures, retryAt, setAside } = after
    telemetry.count('RowsSetAside')
    telemetry.error(`a ${kind} keeps failing and is set aside; nothing else waits for it`, {
      ...facts,
      ...setAside.error,
      failures,
      since: timeOf(setAside.since),
      nextTry: timeOf(retryAt!),
      remedy: `mend what the error says, and invoke ${byHand} then, or wait for the next try`,
    })
  }
  if (before.setAside !== null && after.setAside === null) {
    telemetry.count('RowsFreed')
    telemetry.info(`a ${kind} is set aside no more`, { ...facts, since: timeOf(before.setAside.since) })
  }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
