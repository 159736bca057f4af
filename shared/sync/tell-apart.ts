import type { Claim } from '../membership/claim.ts'
import { exists, type GroupStatus } from '../membership/confirm.ts'
import { withRefusal } from '../membership/intent.ts'
import type { Ledger } from '../membership/ledger.ts'
import { LOOK_AGAIN } from '../membership/plan.ts'
import type { Refusal } from '../membership/refusal.ts'
import { NO_FAILURES } from '../membership/set-aside.ts'
import { askStatus } from './ask-status.ts'
import type { PutGroupPorts } from './put-group.ts'

/** A spelling that is one group with the first is asked about again after this long. */
const SAME_AGAIN = 24 * 3_600_000
/** Where the first was put, and GetGroup doesn't know it any more. */
const GONE_AGAIN = 3_600_000

/**
 * Whether a further spelling that was never put is a group of its own, by what GetGroup says of both. Answers null where it
 * is, or is nobody's yet, and is to be brought in step like any name; else the row as it is to be written: the service takes
 * both for one group, or that can't be told yet.
 * @param first the row of the spelling that was put first
 * @param known what was written down when it was last asked
 */
export async function tellApart(
  ports: Pick<PutGroupPorts, 'userStore' | 'telemetry' | 'clock'>,
  ledger: Ledger,
  claim: Claim | null,
  first: Ledger,
  known: Refusal | null,
): Promise<Ledger | null> {
  const now = ports.clock.now()
  if (ledger.ours || claim === null) return null
  const isTold = known?.reason === 'same' || known?.reason === 'foreign'
  // Whose group it is doesn't depend on the list.
  if (isTold && known.until! > now) return { ...ledger, refusal: { ...known, wanted: claim.digest }, ...NO_FAILURES }
  if (ledger.refusal !== null) return null
  const shown: (GroupStatus | null)[] = []
  // The first is asked before and after, since it may be changing just now.
  for (const name of [first.name, claim.name, first.name]) {
    const asked = await askStatus(ports, ledger, name)
    if ('unanswered' in asked) return asked.unanswered
    shown.push(asked.status)
    if (!exists(asked.status)) return name === claim.name ? null : { ...ledger, ...untilFirst(first, now) }
  }
  const [before, other, after] = shown as GroupStatus[]
  if (!isSame(before!, after!)) return { ...ledger, ...NO_FAILURES, retryAt: now + LOOK_AGAIN }
  if (!isSame(before!, other!)) return null
  return withRefusal(ledger, {
    reason: 'same',
    wanted: claim.digest,
    reduced: null,
    at: now,
    until: now + SAME_AGAIN,
    detail: `Amazon Q Business shows one and the same group under this name and under ${first.name}, which is put`,
    remedy: 'none is needed',
  })
}

/** The first rings this one when it is put for the first time. */
function untilFirst({ ours, status }: Ledger, now: number) {
  const again = status === 'confirmed' ? GONE_AGAIN : LOOK_AGAIN
  return { ...NO_FAILURES, retryAt: ours ? now + again : null }
}

function isSame(a: GroupStatus, b: GroupStatus): boolean {
  return a.status === b.status && a.at === b.at && a.entries === b.entries
}
