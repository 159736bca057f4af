import { SURE_AFTER } from './drift.ts'
import { letGoBy } from './intent.ts'
import { afterDoubtPut, doubtDueAt, isNewer, type Ledger, newerOf, type Shown } from './ledger.ts'
import { NO_FAILURES } from './set-aside.ts'

/** What GetGroup says of a name; null where it answers 404. */
export interface GroupStatus extends Shown {
  status: 'FAILED' | 'SUCCEEDED' | 'PROCESSING' | 'DELETING' | 'DELETED'
  errorCode?: string
  errorMessage?: string
}

/** Whether the name exists in the user store, by what GetGroup says. */
export function exists(status: GroupStatus | null): status is GroupStatus {
  return status !== null && status.status !== 'DELETED'
}

/** What is remembered of a status, to tell a newer one. */
export function shownBy({ at, entries }: GroupStatus): Shown {
  return { at, entries }
}

/**
 * The ledger after GetGroup was asked about a put that isn't confirmed. SUCCEEDED and FAILED count only where GetGroup
 * shows something newer than it ever showed before this put: it may show an old status for a while.
 */
export function afterShown(ledger: Ledger, status: GroupStatus | null): Ledger {
  if (!exists(status)) return ledger
  const next = { ...ledger, shown: newerOf(ledger.shown, shownBy(status)) }
  if (!isUnconfirmed(ledger) || !isNewer(status, ledger.baseline)) return next
  if (status.status === 'SUCCEEDED') return confirmed(next)
  // What a failed put left behind isn't known, so the name counts as one whose put had no answer.
  if (status.status === 'FAILED') {
    return { ...next, status: 'putting', meant: ledger.before?.meant ?? null, letGo: letGoBy(ledger) }
  }
  return next
}

/** Whether GetGroup is to be asked if the last put has come to pass. */
export function isUnconfirmed({ status }: Ledger): boolean {
  return status === 'accepted' || status === 'unconfirmed'
}

function confirmed(ledger: Ledger): Ledger {
  return { ...ended(ledger), status: 'confirmed', unconfirmedPuts: 0, behindSince: null, ...NO_FAILURES }
}

/** The ledger when a put can't be confirmed, and no more is done for it than for any doubtful name. */
export function unconfirmed(ledger: Ledger): Ledger {
  return { ...ended(ledger), status: 'unconfirmed', unconfirmedPuts: 0, ...NO_FAILURES }
}

/**
 * Every put that the doubt asked for and that was due when the last intent was written is made by it, and so is the one
 * that went over drift.
 */
function ended(ledger: Ledger): Ledger {
  let { doubt } = ledger
  while (doubt !== null && ledger.meantAt >= doubtDueAt(doubt)!) doubt = afterDoubtPut(doubt)
  const unsureUntil = ledger.doubt === null ? ledger.unsureUntil : ledger.meantAt + SURE_AFTER
  return { ...ledger, doubt, unsureUntil, drift: null }
}
