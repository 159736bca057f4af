import type { GroupStatus } from '../membership/confirm.ts'
import type { Drift, Finding } from '../membership/drift.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Telemetry } from './ports.ts'
import type { PutGroupPorts } from './put-group.ts'

type Ports = Pick<PutGroupPorts, 'snapshot' | 'telemetry' | 'clock' | 'rules'>

/** The day as puts for drift are counted, in UTC. @param now epoch milliseconds */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}

/**
 * Writes down that the user store has something else than was put, and whether it may be put over today. It is told only
 * once it is written: whoever loses that write may have seen a put of our own. Throws Conflict.
 * @param facts what differs, without anybody's address
 */
export async function recordDrift(
  ports: Ports,
  ledger: Ledger,
  found: Finding,
  facts: Record<string, unknown>,
): Promise<Ledger> {
  const { snapshot, telemetry, clock } = ports
  const since = clock.now()
  const drift = await permitted(ports, { found, since })
  const written = await snapshot.putLedger({ ...ledger, suspects: null, drift })
  tellDrift(telemetry, written, facts)
  return written
}

/** Counts and says what was found, once it is in the row. */
export function tellDrift(telemetry: Telemetry, { name, owner, drift }: Ledger, facts: Record<string, unknown>): void {
  const { found, mayPut } = drift!
  telemetry.count('DriftFound')
  telemetry.error('the user store has something else than what was put', {
    name,
    group: owner,
    found,
    ...facts,
    isPut: mayPut,
    remedy: found === 'gone' ? `${remedy}; documents may have to be put again to name it` : remedy,
  })
}

/** What GetGroup shows, and what it showed when the last put was confirmed. */
export function timesOf({ shown }: Ledger, status: GroupStatus | null): Record<string, unknown> {
  return { shows: timeOf(status?.at), confirmed: timeOf(shown.at), status: status?.status }
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

const remedy = 'see in CloudTrail who else calls PutGroup or DeleteGroup on the index, and take that permission away'

/** The ledger of a name that waits since a former day for a put, with whether it may be put today. */
export async function askAgain(ports: Ports, ledger: Ledger): Promise<Ledger> {
  const { drift } = ledger
  if (drift === null || drift.mayPut || drift.askedOn === dayOf(ports.clock.now())) return ledger
  return { ...ledger, drift: await permitted(ports, drift) }
}

async function permitted(
  { snapshot, telemetry, clock, rules }: Ports,
  { found, since }: Pick<Drift, 'found' | 'since'>,
): Promise<Drift> {
  const most = rules.drift.putsPerNight
  const askedOn = dayOf(clock.now())
  const asked = await snapshot.tally(askedOn, 'drift')
  const mayPut = asked <= most
  if (!mayPut) telemetry.count('DriftWaiting')
  if (asked === most + 1) {
    telemetry.error('more names have drifted than are put in a night; the others wait for the next', {
      putsPerNight: most,
      remedy:
        'DriftWaiting counts them. See who else writes to the index; then raise drift.putsPerNight if that is meant',
    })
  }
  return { found, since, mayPut, askedOn }
}
