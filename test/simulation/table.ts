import { ALL_INDEX_ATTRIBUTES } from '../../infra/table.ts'
import { changedSince, unreadSince } from '../../shared/membership/behind.ts'
import { type Budget, UNSPENT } from '../../shared/membership/budget.ts'
import { type Ledger, noLedger } from '../../shared/membership/ledger.ts'
import { EMPTY } from '../../shared/membership/member-list.ts'
import { type Mirror, mirrorDueAt, namesBorne, unread } from '../../shared/membership/mirror.ts'
import { ledgerDueAt } from '../../shared/membership/plan.ts'
import type { SetAside } from '../../shared/membership/set-aside.ts'
import { FINAL } from '../../shared/snapshot/ledgers.ts'
import { BudgetTaken, Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import type { Change, DecisionRecord } from '../../shared/sync/records.ts'
import type {
  DueRow,
  Identity,
  LogCursor,
  MirrorSummary,
  MissingEvent,
  Run,
  Turn,
  UserRow,
} from '../../shared/sync/rows.ts'
import { userDueAt } from '../../shared/sync/user-due-at.ts'

type Facts = Record<string, unknown>
/** What is in a row besides its facts: what is due then, in which partition of the index, and whether it is in the index of all. */
interface Row {
  pk: string
  what: DueRow['what'] | null
  kind: 'GROUP' | 'NAME' | null
  facts: Facts & { version: number }
  due: 'DUE' | 'ASIDE' | null
  dueAt: number | null
}

/** A change record with what came of it, as it is in the table. */
export type StoredChange = Change & { outcome: string; requestId?: string; [at: `${string}At`]: unknown }

/** What hears of the writes that matter to a witness. */
export interface TableListener {
  ledger(before: Ledger, after: Ledger, change: Change | undefined, budget: Budget | undefined): void
  decision(decision: DecisionRecord, before: Ledger | null): void
  mirror(before: Mirror, after: Mirror): void
  due(at: number): void
}

type Sync<T> = T extends (...given: infer G) => Promise<infer R>
  ? (...given: G) => R
  : T extends (...given: infer G) => AsyncIterable<infer P>
    ? (...given: G) => P[]
    : never

/** What of the snapshot the table does in one step. `name` takes several, as against DynamoDB. */
type OneStep = { [K in keyof Snapshot as K extends 'name' ? never : K]: Sync<Snapshot[K]> }

/** How many rows a page of an index has. */
const PAGE = 7

/**
 * The table in memory: what `shared/snapshot` makes of DynamoDB, one step at a time. Rows are written by their versions, several
 * in one transaction or none; the indexes show the table as it was a while ago.
 */
export class Table implements OneStep {
  readonly changes = new Map<string, Map<string, StoredChange>>()
  readonly decided: DecisionRecord[] = []
  /** How far the indexes lie behind, in milliseconds. */
  lag = 0
  readonly #now: () => number
  readonly #rows = new Map<string, Row>()
  readonly #bearers = new Map<string, Set<string>>()
  readonly #lists = new Map<string, readonly string[]>()
  readonly #counts = new Map<string, number>()
  readonly #events = new Map<string, Facts>()
  readonly #indexed = new Map<string, Row>()
  #unindexed: { at: number; key: string; row: Row | null }[] = []
  readonly #listener: TableListener

  constructor(now: () => number, listener: TableListener) {
    this.#now = now
    this.#listener = listener
  }

  mirror(id: string): Mirror | null {
    const facts = this.#facts(`GROUP#${id}`)
    return facts === null ? null : ({ ...unread(id), ...facts } as Mirror)
  }

  putMirror(before: Mirror, after: Mirror, held: readonly Ledger[] = []): void {
    this.#check(`GROUP#${after.id}`, before.version)
    for (const ledger of held) this.#check(`NAME#${ledger.key}`, ledger.version)
    const [had, has] = [namesBorne(before), namesBorne(after)]
    for (const key of has) if (!had.includes(key)) setOf(this.#bearers, key).add(after.id)
    for (const key of had) if (!has.includes(key)) setOf(this.#bearers, key).delete(after.id)
    const facts = { ...after, version: before.version + 1 }
    this.#listener.mirror(before, after)
    this.#put(`GROUP#${after.id}`, 'group', 'GROUP', facts, mirrorDueAt(after), after.setAside)
    for (const ledger of held) {
      const row = this.ledger(ledger.key)
      this.#listener.ledger(row, this.#putLedger(ledger, ledger.setAside), undefined, undefined)
    }
  }

  ledger(key: string): Ledger {
    return { ...noLedger(key), ...(this.#facts(`NAME#${key}`) as Partial<Ledger> | null) }
  }

  bearers(key: string): string[] {
    return [...(this.#bearers.get(key) ?? [])].sort()
  }

  putLedger(ledger: Ledger, change?: Change, budget?: Budget): Ledger {
    this.#check(`NAME#${ledger.key}`, ledger.version)
    if (budget !== undefined && !this.#isAt('BUDGET', budget.version)) throw new BudgetTaken('spent by another')
    const before = this.ledger(ledger.key)
    const after = this.#putLedger(ledger, ledger.setAside)
    if (change !== undefined) {
      const ofName = this.changes.get(change.key) ?? new Map<string, StoredChange>()
      this.changes.set(change.key, ofName.set(change.id, { ...change, outcome: 'intended' }))
    }
    this.#listener.ledger(before, after, change, budget)
    if (budget !== undefined) this.#putBudget(budget)
    return after
  }

  putOutcome(key: string, id: string, { outcome, requestId, at }: { outcome: string; requestId?: string; at: number }) {
    const ofName = this.changes.get(key) ?? new Map<string, StoredChange>()
    const known = ofName.get(id) as StoredChange
    if (FINAL.some((final) => final === known?.outcome)) return
    const request = requestId === undefined ? {} : { requestId }
    this.changes.set(key, ofName.set(id, { ...known, outcome, [`${outcome}At`]: at, ...request }))
  }

  decide(ledger: Ledger, decision: DecisionRecord): Ledger {
    this.#check(`NAME#${ledger.key}`, ledger.version)
    this.#listener.decision(decision, this.ledger(ledger.key))
    this.decided.push(decision)
    return this.#putLedger(ledger, ledger.setAside)
  }

  decisions(key: string): DecisionRecord[] {
    const ofName = this.decided.filter(
      ({ about }) => typeof about === 'object' && 'name' in about && about.name === key,
    )
    return ofName.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  budget(): Budget {
    return (this.#facts('BUDGET') as Budget | null) ?? UNSPENT
  }

  putBudget(budget: Budget, decision?: DecisionRecord): void {
    if (!this.#isAt('BUDGET', budget.version)) throw new BudgetTaken('spent by another')
    if (decision !== undefined) {
      this.decided.push(decision)
      this.#listener.decision(decision, null)
    }
    this.#putBudget(budget)
  }

  tally(day: string, what: string): number {
    return this.#count(`DAY#${day} ${what}`)
  }

  countUserHint(window: number): number {
    return this.#count(`BULK#${window}`)
  }

  list(digest: string): string[] {
    if (digest === EMPTY) return []
    const ids = this.#lists.get(digest)
    if (ids === undefined) throw new Error(`member list ${digest} is not in the table`)
    return [...ids]
  }

  putList(digest: string, ids: readonly string[]): void {
    if (digest !== EMPTY) this.#lists.set(digest, [...ids])
  }

  user(id: string): UserRow | null {
    return this.#facts(`USER#${id}`) as UserRow | null
  }

  putUser(row: UserRow): void {
    this.#write(`USER#${row.id}`, 'user', row, userDueAt(row), row.setAside)
  }

  deleteUser({ id, version }: UserRow): void {
    if (version === 0 || !this.#isAt(`USER#${id}`, version)) return
    this.#rows.delete(`USER#${id}`)
    this.#unindexed.push({ at: this.#now(), key: `USER#${id}`, row: null })
  }

  run(id: string): Run | null {
    return this.#facts(`RUN#${id}`) as Run | null
  }

  putRun(run: Run): Run {
    return this.#write(`RUN#${run.id}`, 'run', run, run.takeUpAt)
  }

  turn(): Turn | null {
    return this.#facts('TURN') as Turn | null
  }

  putTurn(turn: Turn): void {
    this.#write('TURN', null, turn, null)
  }

  due(now: number): DueRow[][] {
    return ['DUE', 'ASIDE'].flatMap((due) => {
      const rows = [...this.#index().values()].filter((row) => row.due === due && row.dueAt! <= now)
      rows.sort((a, b) => a.dueAt! - b.dueAt! || (a.pk < b.pk ? -1 : 1))
      return pages(
        rows.map(({ pk, dueAt, what }) => {
          const [kind, ...id] = pk.split('#')
          return { pk, sk: SORT_KEYS[kind!]!, dueAt: dueAt!, what: what!, id: id.join('#') }
        }),
      )
    })
  }

  setAside(): number {
    return [...this.#index().values()].filter(({ due }) => due === 'ASIDE').length
  }

  postpone({ pk, dueAt }: DueRow, until: number): void {
    const row = this.#rows.get(pk)
    if (row === undefined || row.dueAt !== dueAt) return
    this.#set(pk, { ...row, dueAt: until })
  }

  all(): { mirrors: MirrorSummary[]; ledgers: Ledger[] }[] {
    const of = (kind: Row['kind']) => {
      const rows = [...this.#index().values()].filter((row) => row.kind === kind)
      return pages(rows.sort((a, b) => (a.pk < b.pk ? -1 : 1)).map(({ facts }) => facts))
    }
    return [
      ...of('GROUP').map((rows) => ({ mirrors: rows.map((row) => summaryOf(row as unknown as Mirror)), ledgers: [] })),
      ...of('NAME').map((rows) => {
        const ledgers = rows.map(projected) as unknown as Ledger[]
        return { mirrors: [], ledgers: ledgers.map((row) => ({ ...noLedger(row.key), ...row })) }
      }),
    ]
  }

  cursor(): LogCursor | null {
    return this.#facts('CURSOR') as LogCursor | null
  }

  putCursor(cursor: LogCursor): LogCursor {
    return this.#write('CURSOR', null, cursor, null)
  }

  isDelivered(uuid: string): boolean {
    return this.#events.get(uuid)?.['deliveredAt'] !== undefined
  }

  noteDelivered(uuid: string, sentAt: number): MissingEvent | null {
    const before = this.#events.get(uuid)
    const { isMissing, ...facts } = before ?? {}
    this.#events.set(uuid, { ...facts, deliveredAt: sentAt })
    this.#setEvent(uuid, null)
    return isMissing ? (facts as unknown as MissingEvent) : null
  }

  noteMissing(event: MissingEvent, dueAt: number): boolean {
    if (this.#events.has(event.uuid)) return false
    this.#events.set(event.uuid, { ...event, isMissing: true })
    this.#setEvent(event.uuid, dueAt)
    return true
  }

  takeForLost(uuid: string): MissingEvent | null {
    const { isMissing, ...facts } = this.#events.get(uuid) ?? {}
    if (!isMissing) return null
    this.#events.set(uuid, { ...facts, isLost: true })
    this.#setEvent(uuid, null)
    return facts as unknown as MissingEvent
  }

  identity(): Identity | null {
    const facts = this.#facts('ORG') as Identity | null
    return facts === null ? null : { ...facts, tableVersion: facts.tableVersion ?? 1 }
  }

  putIdentity(identity: Identity, decision?: DecisionRecord, run?: Run): void {
    this.#check('ORG', identity.version)
    if (run !== undefined) this.#check(`RUN#${run.id}`, run.version)
    if (decision !== undefined) this.decided.push(decision)
    this.#write('ORG', null, identity, null)
    if (run !== undefined) this.putRun(run)
  }

  /** Every ledger as it is, without lag: for a witness. */
  ledgers(): Ledger[] {
    const rows = [...this.#rows.values()].filter(({ kind }) => kind === 'NAME')
    return rows.map(({ facts }) => ({ ...noLedger(String(facts['key'])), ...facts }) as Ledger)
  }

  mirrors(): Mirror[] {
    return [...this.#rows.values()]
      .filter(({ kind }) => kind === 'GROUP')
      .map(({ facts }) => facts as unknown as Mirror)
  }

  /** When the next row is due, without lag; Infinity for none. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#rows.values()) if (dueAt !== null && dueAt < next) next = dueAt
    return next
  }

  #facts(pk: string): Facts | null {
    const row = this.#rows.get(pk)
    return row === undefined ? null : { ...row.facts }
  }

  #isAt(pk: string, version: number): boolean {
    return (this.#rows.get(pk)?.facts.version ?? 0) === version
  }

  #check(pk: string, version: number): void {
    if (!this.#isAt(pk, version)) throw new Conflict(`row ${pk} is not at version ${version} any more`)
  }

  #write<T extends { version: number }>(
    pk: string,
    what: Row['what'],
    row: T,
    dueAt: number | null,
    setAside: SetAside | null = null,
  ): T {
    this.#check(pk, row.version)
    const facts = { ...row, version: row.version + 1 }
    this.#put(pk, what, null, facts, dueAt, setAside)
    return facts
  }

  #putLedger(ledger: Ledger, setAside: SetAside | null): Ledger {
    const facts = { ...ledger, version: ledger.version + 1 }
    this.#put(`NAME#${ledger.key}`, 'name', 'NAME', facts, ledgerDueAt(ledger), setAside)
    return facts
  }

  #putBudget(budget: Budget): void {
    this.#put('BUDGET', null, null, { ...budget, version: budget.version + 1 }, null)
  }

  #setEvent(uuid: string, dueAt: number | null): void {
    this.#put(`EVENT#${uuid}`, 'event', null, { version: 0 }, dueAt)
  }

  #put(
    pk: string,
    what: Row['what'],
    kind: Row['kind'],
    facts: { version: number },
    dueAt: number | null,
    setAside: SetAside | null = null,
  ): void {
    const due = dueAt === null ? null : setAside === null ? 'DUE' : 'ASIDE'
    this.#set(pk, { pk, what, kind, facts: facts as Row['facts'], due, dueAt })
  }

  #set(pk: string, row: Row): void {
    this.#rows.set(pk, row)
    this.#unindexed.push({ at: this.#now(), key: pk, row })
    if (row.dueAt !== null) this.#listener.due(row.dueAt)
  }

  #count(what: string): number {
    const count = (this.#counts.get(what) ?? 0) + 1
    this.#counts.set(what, count)
    return count
  }

  #index(): Map<string, Row> {
    const shown = this.#now() - this.lag
    const later = this.#unindexed.findIndex(({ at }) => at > shown)
    const done = later < 0 ? this.#unindexed.splice(0) : this.#unindexed.splice(0, later)
    for (const { key, row } of done) {
      if (row === null || (row.due === null && row.kind === null)) this.#indexed.delete(key)
      else this.#indexed.set(key, row)
    }
    return this.#indexed
  }
}

const SORT_KEYS: Record<string, string> = { GROUP: 'MIRROR', USER: 'USER', NAME: 'LEDGER', RUN: 'RUN', EVENT: 'EVENT' }
const PROJECTED = new Set(ALL_INDEX_ATTRIBUTES)

function projected(facts: Facts): Facts {
  const shown: Facts = {}
  for (const name of Object.keys(facts)) if (PROJECTED.has(name)) shown[name] = facts[name]
  return shown
}

function summaryOf(mirror: Mirror): MirrorSummary {
  const since = { changedSince: changedSince(mirror), unreadSince: unreadSince(mirror) }
  return { ...(projected({ ...mirror }) as unknown as MirrorSummary), ...since }
}

/** As a query answers: at least one page, be it empty. */
function pages<T>(rows: T[]): T[][] {
  const all: T[][] = [rows.slice(0, PAGE)]
  for (let from = PAGE; from < rows.length; from += PAGE) all.push(rows.slice(from, from + PAGE))
  return all
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set<string>()
  map.set(key, known)
  return known
}
