import type { Budget } from '../membership/budget.ts'
import type { GroupStatus } from '../membership/confirm.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { RawMember } from '../membership/member-list.ts'
import type { Mirror } from '../membership/mirror.ts'
import type { Check } from '../membership/nightly.ts'
import type { OktaGroup } from '../membership/observe.ts'
import type { LogEvent } from '../okta/log-event.ts'
import type { Hint } from '../queue/hint.ts'
import type { Metric } from '../telemetry/metrics.ts'
import type { Change, DecisionRecord } from './records.ts'
import type { DueRow, Identity, LogCursor, MirrorSummary, MissingEvent, Run, Turn, UserRow } from './rows.ts'

/** What the recipes need of Okta. Every method throws where Okta can't be asked; times are epoch milliseconds by Okta's Date header. */
export interface Directory {
  /** The org's id, from `/.well-known/okta-organization`. */
  orgId(): Promise<string>
  /** One group by id; `group` is null where Okta answers 404. */
  group(id: string): Promise<{ readAt: number; group: OktaGroup | null }>
  /** Every user of a group, all pages followed to the end; null where Okta answers 404. Throws where a page is no list. */
  members(id: string): Promise<RawMember[] | null>
  /** How many users Okta's own count says a group has; null where it doesn't say. */
  usersCount(id: string): Promise<number | null>
  /** The groups a user is in; null where Okta answers 404 for the user. */
  groupsOfUser(id: string): Promise<OktaGroup[] | null>
  /** One page of all groups, and the cursor of the next one, null after the last. */
  groups(
    cursor: string | null,
  ): Promise<{ readAt: number; groups: (OktaGroup & { usersCount: number | null })[]; next: string | null }>
  /** The System Log between two times, in pages. */
  events(since: Date, until: Date): AsyncIterable<LogEvent[]>
  /**
   * One page of the System Log as a stream that never ends: of what was written down since a time, or from where another page
   * led. Throws CursorRefused where Okta doesn't take the cursor.
   */
  log(from: { since: number } | { cursor: string }): Promise<LogPage>
  /** What time it is by Okta's clock. */
  time(): Promise<number>
}

/** A page of the System Log. `next` leads on, from an empty page too; `date` is Okta's Date header. */
export interface LogPage {
  events: LogEvent[]
  next: string
  date: number
}

/** Okta doesn't take a cursor of its System Log any more. */
export class CursorRefused extends Error {
  override name = 'CursorRefused'
}

/** What the recipes need of Amazon Q Business. */
export interface UserStore {
  /** What GetGroup says; null for 404. */
  status(name: string): Promise<GroupStatus | null>
  /**
   * Puts the whole list. `overlapped` says that an attempt without an answer went before the one that was answered.
   * @param emptyFails whether a list with nobody in it has FAILED for this name
   */
  put(
    name: string,
    userIds: readonly string[],
    emptyFails: boolean,
  ): Promise<{ requestId: string; overlapped: boolean }>
  /** Deletes the group; `overlapped` as with a put. */
  delete(name: string): Promise<{ overlapped: boolean }>
  /**
   * Names of the index's groups that the service resolves for a person by CheckDocumentAccess. `unknown` is a person whom it
   * doesn't know; `no document` says that there is none by which to ask.
   */
  groupsOf(userId: string): Promise<string[] | 'unknown' | 'no document'>
}

/** How a put was answered where it wasn't accepted. */
export class PutError extends Error {
  override name = 'PutError'
  /**
   * - `refused`: the service doesn't take this name or list, and won't until it changes.
   * - `quota`: a quota is used up.
   * - `throttled`: too many requests; it had no effect.
   * - `conflict`: the group is being changed; it had no effect.
   * - `denied`: the stage may not do this; it had no effect.
   * - `unknown`: no answer, or a 5xx: it may have had an effect, or have it later.
   */
  readonly kind: 'refused' | 'quota' | 'throttled' | 'conflict' | 'denied' | 'unknown'
  constructor(kind: PutError['kind'], message: string, cause: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/** The row was written by somebody else since it was read. */
export class Conflict extends Error {
  override name = 'Conflict'
}

/** The guard's budget was written by somebody else since it was read. */
export class BudgetTaken extends Error {
  override name = 'BudgetTaken'
}

/** What the recipes need of the table. Every read is consistent but `due`, `setAside` and `all`, which read indexes. */
export interface Snapshot {
  mirror(id: string): Promise<Mirror | null>
  /**
   * Writes the mirror and who bears which names in one transaction, and with it the ledgers whose people are held. Throws
   * Conflict unless every row is still at its version, the mirror's at `before`'s.
   */
  putMirror(before: Mirror, after: Mirror, held?: readonly Ledger[]): Promise<void>
  name(key: string): Promise<{ ledger: Ledger; bearers: Mirror[] }>
  /**
   * Throws Conflict unless the row is still at `ledger.version`; answers the ledger with its new version. A budget is written
   * in the same transaction; throws BudgetTaken unless that row is still at `budget.version`.
   */
  putLedger(ledger: Ledger, change?: Change, budget?: Budget): Promise<Ledger>
  /** Writes a ledger with what a person decided about it, in one transaction. Throws Conflict as putLedger does. */
  decide(ledger: Ledger, decision: DecisionRecord): Promise<Ledger>
  /** What people decided about a name, the oldest first. */
  decisions(key: string): Promise<DecisionRecord[]>
  budget(): Promise<Budget>
  /** Throws BudgetTaken unless the row is still at `budget.version`. A decision is written in the same transaction. */
  putBudget(budget: Budget, decision?: DecisionRecord): Promise<void>
  /** Counts one more of something on a day (as 2026-01-31), and answers how many it makes. Each is counted once, whoever else does. */
  tally(day: string, what: 'drift' | 'noDocument'): Promise<number>
  /** Adds to a change record what came of it, unless it was confirmed or has failed already. */
  putOutcome(key: string, changeId: string, outcome: { outcome: string; requestId?: string; at: number }): Promise<void>
  list(digest: string): Promise<string[]>
  putList(digest: string, ids: readonly string[]): Promise<void>
  user(id: string): Promise<UserRow | null>
  putUser(row: UserRow): Promise<void>
  deleteUser(row: UserRow): Promise<void>
  run(id: string): Promise<Run | null>
  /** Creates or moves on a run. Throws Conflict unless the row is still at `run.version`; answers it with its new version. */
  putRun(run: Run): Promise<Run>
  turn(): Promise<Turn | null>
  /** Throws Conflict unless the row is still at `turn.version`. */
  putTurn(turn: Turn): Promise<void>
  /** Counts one more hint about a user in the window that began then (epoch milliseconds), and answers how many there are. */
  countUserHint(window: number): Promise<number>
  /** Rows due by `now`, in pages. */
  due(now: number): AsyncIterable<DueRow[]>
  /** How many rows are set aside, by the index. */
  setAside(): Promise<number>
  /** Puts a due row off until `until`, unless it was written since. */
  postpone(row: DueRow, until: number): Promise<void>
  /** Every mirror and every ledger, from the index, without member lists. */
  all(): AsyncIterable<{ mirrors: MirrorSummary[]; ledgers: Ledger[] }>
  /** How far the System Log was read; null before the first time. */
  cursor(): Promise<LogCursor | null>
  /** Throws Conflict unless the row is still at `cursor.version`; answers it with its new version. */
  putCursor(cursor: LogCursor): Promise<LogCursor>
  /** Whether the delivery of an event has come. It is known for two days. */
  isDelivered(uuid: string): Promise<boolean>
  /**
   * Notes that the delivery of an event has come; answers the event where it was missing until now and isn't counted as lost.
   * @param sentAt when its hint was queued, epoch milliseconds by the queue's clock
   */
  noteDelivered(uuid: string, sentAt: number): Promise<MissingEvent | null>
  /** Notes that an event is missing, and makes it due; false where it is noted already, as missing or as delivered. */
  noteMissing(event: MissingEvent, dueAt: number): Promise<boolean>
  /** Takes a missing event for lost, once; null where it isn't missing any more. */
  takeForLost(uuid: string): Promise<MissingEvent | null>
  identity(): Promise<Identity | null>
  /**
   * Throws Conflict unless the row is still at `identity.version`. A decision, and a run that follows from it, are written in
   * the same transaction.
   */
  putIdentity(identity: Identity, decision?: DecisionRecord, run?: Run): Promise<void>
}

/** What the recipes need of the queues. A promise that is fulfilled means that every message is in the queue. */
export interface Doorbells {
  ringHints(hints: readonly Hint[]): Promise<void>
  /** `again` tries what was refused once more. */
  ringNames(keys: readonly string[], again?: boolean): Promise<void>
  /** Rings names that are also to be checked. */
  ringChecks(checks: readonly (Check & { key: string })[]): Promise<void>
}

/** What replay needs of the dead-letter queues. */
export interface DeadLetters {
  /** About how many messages there are. */
  count(): Promise<number>
  /** Puts every message back into the queue it came from, and answers how many. */
  replay(): Promise<number>
}

/** Logs and counts. No addresses, no secrets; ids are facts of a log line, never dimensions. */
export interface Telemetry {
  info(message: string, facts?: Record<string, unknown>): void
  warn(message: string, facts?: Record<string, unknown>): void
  error(message: string, facts?: Record<string, unknown>): void
  /** Counts one, or tells a value in the metric's unit. */
  count(metric: Metric, value?: number): void
}
