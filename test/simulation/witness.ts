import type { Budget } from '../../shared/membership/budget.ts'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import type { Limit } from '../../shared/membership/guard.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import { digestOf, EMPTY } from '../../shared/membership/member-list.ts'
import type { Mirror } from '../../shared/membership/mirror.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { partsOf } from '../../shared/membership/spelling.ts'
import type { Change, DecisionRecord } from '../../shared/sync/records.ts'
import type { Okta } from './changes.ts'
import type { Plan } from './plan.ts'
import type { Table, TableListener } from './table.ts'
import { NOBODY, type StorePut, type UserStoreTwin } from './user-store.ts'
import type { World } from './world.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** What mustn't be, by the number of the invariant. */
export interface Violation {
  invariant: number
  at: number
  what: string
}

type People = ReadonlySet<string>

interface Taken {
  at: number
  key: string
  left: number
  emptied: number
}

/**
 * Watches a history as it happens: every write of the table and every put. What it knows, it knows of Okta's own state and of what
 * Okta's pages showed, not of the recipes.
 */
export class Witness implements TableListener {
  readonly violations: Violation[] = []
  /** Names of somebody else's, and who is in them. */
  readonly foreign = new Map<string, string[]>()
  /** Addresses that were ever removed by hand. */
  readonly removedEver = new Set<string>()
  /** Names that somebody else has written over. */
  readonly drifted = new Set<string>()
  /** Whether the settings may have taken any group out of scope. */
  scopeChanged = false
  onDue: (at: number) => void = () => {}
  onHold: (key: string, hold: string) => void = () => {}
  table!: Table
  store!: UserStoreTwin
  okta!: Okta
  readonly #world: World
  readonly #plan: Plan
  readonly #shown = new Map<string, Map<string, { people: People; users: number; whole: number; cut: number }>>()
  #readsSeen = 0
  readonly #looked = new Map<string, Set<string | null>>()
  #looksSeen = 0
  /** Digests of each group's mirror, as they came. */
  readonly #mirrors = new Map<string, string[]>()
  readonly #last = new Map<string, { owner: string | null; place: number }>()
  readonly #approved = new Map<string, Set<string>>()
  readonly #letGo = new Map<string, Set<string>>()
  readonly #taken: Taken[] = []
  readonly #sets = new Map<string, People>()
  readonly #holdsKnown = new Set<string>()

  constructor(world: World, plan: Plan) {
    this.#world = world
    this.#plan = plan
  }

  say(invariant: number, what: string): void {
    this.violations.push({ invariant, at: this.#world.now, what })
  }

  /** Somebody is removed by hand. */
  removes(user: string): void {
    this.removedEver.add(canonicalId(user))
  }

  due(at: number): void {
    this.onDue(at)
  }

  decision({ verb, people, about, hold }: DecisionRecord, before: Ledger | null): void {
    if (verb !== 'approve' || before === null || people === undefined) return
    const held = this.#listOf(before.holds.find(({ id }) => id === hold)?.people ?? EMPTY)
    const { name: key } = about as { name: string }
    const approved = this.#approved.get(key) ?? new Set<string>()
    for (const person of this.#listOf(people)) {
      if (!held.has(person)) this.say(4, `an approval of hold ${hold} of “${key}” lets ${person} go, who wasn't in it`)
      approved.add(person)
    }
    this.#approved.set(key, approved)
  }

  /** A mirror is written: its list is one that a whole read showed, and of an earlier read than the last there is none. */
  mirror(before: Mirror, after: Mirror): void {
    if (after.digest === before.digest && before.version > 0) return
    this.#catchUpWithOkta()
    const { id } = after
    if (after.readAt < before.readAt)
      this.say(2, `the list of ${id} is one that was read earlier than the one before it`)
    if (after.digest !== EMPTY && after.digest !== '' && !this.#shown.get(id)?.has(after.digest)) {
      this.say(2, `no whole read of ${id} showed ${this.#tell(after.digest)}`)
    }
    this.#mirrors.set(id, [...(this.#mirrors.get(id) ?? []), after.digest])
  }

  ledger(before: Ledger, after: Ledger, change: Change | undefined, budget: Budget | undefined): void {
    for (const { id, rejected } of after.holds) {
      const place = `${after.key} ${id}`
      if (rejected !== null || this.#holdsKnown.has(place)) continue
      this.#holdsKnown.add(place)
      this.onHold(after.key, id)
    }
    if (change !== undefined) this.#intent(before, after, change, budget)
  }

  /** A put or a deletion of ours takes effect. */
  put({ name, ids }: StorePut): void {
    const key = nameKey(name)
    for (const other of this.foreign.keys()) {
      if (this.#isSame(other, name))
        this.say(3, `“${name}” is somebody else's, and was ${ids === null ? 'deleted' : 'put'}`)
    }
    const digest = ids === null || isNobody(ids) ? EMPTY : digestOf(ids)
    const records = [...this.table.changes]
      .filter(([of]) => partsOf(of).name === key)
      .flatMap(([, all]) => [...all.values()])
    if (!records.some((record) => record.after === digest && record.name === name)) {
      this.say(6, `“${name}” was put with ${this.#tell(digest)}, and no change record says so`)
    }
  }

  #isSame(a: string, b: string): boolean {
    return this.#plan.switches.groupNames === 'case-sensitive' ? a === b : nameKey(a) === nameKey(b)
  }

  #intent(before: Ledger, after: Ledger, change: Change, budget: Budget | undefined): void {
    this.#catchUpWithOkta()
    const next = this.#listOf(change.after)
    const previous = this.#listOf(change.before ?? EMPTY)
    // A put that FAILED leaves what was meant before it.
    const stood = [before.meant, before.before?.meant ?? null, before.before?.meantBefore ?? null, before.formerly]
    if (!stood.includes(change.before))
      this.say(6, `the record of “${change.name}” says that it had another list before`)
    const left = [...previous].filter((person) => !next.has(person))
    const joined = [...next].filter((person) => !previous.has(person))
    const isDeletion = change.because === 'nobody has wanted it'
    if (!isDeletion && (left.length !== change.left || joined.length !== change.joined)) {
      this.say(6, `the record of “${change.name}” says ${change.left} left and ${change.joined} joined`)
    }
    if (!isDeletion && after.meant !== change.after)
      this.say(6, `the record of “${change.name}” isn't of what is meant`)
    if (change.after !== change.before) this.#checkShown(before, after, change, next, previous)
    if (left.length > 0) this.#checkGuard(before, change, left, previous, next, budget)
  }

  /** The list is one that one whole read showed, plus who is held, minus who had left since. */
  #checkShown(before: Ledger, after: Ledger, change: Change, next: People, previous: People): void {
    const key = partsOf(change.key).name
    const held = new Set([...before.holds, ...after.holds].flatMap(({ people }) => [...this.#listOf(people)]))
    const bearers = [...(this.okta.bearers.get(key) ?? [])]
    const removed = this.removedEver
    const isIn = (of: People) => (person: string) => of.has(person) || held.has(person)
    const isWhole = (list: People) => {
      return [...next].every(isIn(list)) && [...list].every((person) => next.has(person) || removed.has(person))
    }
    const isReduced = (list: People) =>
      // Somebody who was removed by hand comes back when the time is over.
      [...next].every((person) => (previous.has(person) || removed.has(person)) && isIn(list)(person)) &&
      [...previous].every((person) => !list.has(person) || next.has(person) || removed.has(person))
    const lists = bearers.flatMap((id) => [...(this.#shown.get(id)?.values() ?? [])].map(({ people }) => people))
    const nobody = new Set<string>()
    // Where nothing was confirmed before a refusal, nobody may be in it.
    if (this.#mayBeEmpty(key, bearers) || after.refusal !== null) lists.push(nobody)
    if (!lists.some((list) => isWhole(list) || isReduced(list))) {
      this.say(2, `“${change.name}” is to have ${tell(next)}, which no whole read of a group of this name showed`)
    }
    const owner = change.owner
    const digests = owner === null ? [] : (this.#mirrors.get(owner) ?? [])
    const place = digests.lastIndexOf('')
    const last = this.#last.get(change.key)
    if (
      last !== undefined &&
      last.owner === owner &&
      next.size > 0 &&
      after.refusal === null &&
      place >= 0 &&
      place < last.place
    ) {
      this.say(2, `“${change.name}” is to have ${tell(next)}, which is older than what it was to have before`)
    }
    if (place >= 0) this.#last.set(change.key, { owner, place })
    if (last === undefined || last.owner === owner) this.#checkProven(change, next, previous)
  }

  /** Nobody leaves by a list that was cut short, where Okta's own count says that there are more. */
  #checkProven(change: Change, next: People, previous: People): void {
    const shown = change.owner === null ? undefined : this.#shown.get(change.owner)
    const key = partsOf(change.key).name
    if (shown === undefined || !this.#plan.okta.countsDeprovisioned) return
    if (this.#mayBeEmpty(key, [...(this.okta.bearers.get(key) ?? [])])) return
    const inOkta = canonical(this.okta.twin.membersAt(change.owner!).ids)
    const counted = this.okta.twin.org.memberIds(change.owner!).length
    for (const person of previous) {
      // By Okta's count, too, who has left has left.
      if (!inOkta.has(person) || next.has(person) || this.removedEver.has(person)) continue
      const without = [...shown.values()].filter(({ people }) => !people.has(person))
      const cut = without.reduce((sum, each) => sum + each.cut, 0)
      // Where Okta counts no more than that, nothing tells that it was cut.
      const isTold = without.every(({ users }) => users < counted)
      if (!without.some(({ whole }) => whole > 0) && cut === 1 && isTold) {
        this.say(2, `${person} leaves “${change.name}” by a list that was cut short once`)
      }
    }
  }

  #mayBeEmpty(key: string, bearers: string[]): boolean {
    const isElsewhere = (id: string) =>
      [...(this.#looked.get(id) ?? [])].some((name) => name === null || nameKey(name) !== key)
    return this.scopeChanged || bearers.length === 0 || bearers.some(isElsewhere)
  }

  #checkGuard(
    before: Ledger,
    change: Change,
    left: string[],
    previous: People,
    next: People,
    budget: Budget | undefined,
  ): void {
    const { key } = change
    const approved = this.#listOf(before.approval?.people ?? EMPTY)
    const known = this.#approved.get(key) ?? new Set<string>()
    const held = new Set(before.holds.flatMap(({ people }) => [...this.#listOf(people)]))
    const letGo = this.#letGo.get(key) ?? new Set<string>()
    this.#letGo.set(key, letGo)
    const judged: string[] = []
    for (const person of left) {
      const isApproved = approved.has(person) && known.has(person)
      if (held.has(person) && !isApproved && !this.removedEver.has(person)) {
        this.say(4, `${person} was held in “${change.name}”, and nobody let them go`)
      }
      if (!isApproved && !this.removedEver.has(person) && !letGo.has(person)) judged.push(person)
      letGo.add(person)
    }
    for (const person of next) letGo.delete(person)
    const { now } = this.#world
    const slack = 2 * this.#plan.maxSkew
    const emptied = judged.length > 0 && next.size === 0 ? 1 : 0
    if (judged.length === 0) return
    this.#taken.push({ at: now, key, left: judged.length, emptied })
    const sum = (recent: Taken[], of: 'left' | 'emptied') => recent.reduce((total, taken) => total + taken[of], 0)
    const day = this.#taken.filter(({ at }) => at > now - DAY + slack)
    const together = this.#taken.filter((taken) => taken.key === key)
    const { name, all, emptied: names } = this.#plan.rules.guard
    const isOver = ({ number }: Limit, count: number) => number > 0 && count > number
    const why =
      isOver(name, sum(together.slice(-1), 'left')) || isOver(name, this.#sinceFirst(together))
        ? `${this.#sinceFirst(together)} left “${change.name}” within a quarter of an hour`
        : isOver(all, sum(day, 'left'))
          ? `${sum(day, 'left')} memberships were taken away within a day`
          : emptied > 0 && isOver(names, sum(day, 'emptied'))
            ? `${sum(day, 'emptied')} names were emptied within a day`
            : null
    if (why !== null)
      this.say(
        4,
        `${why}; the guard lets ${name.number}, ${all.number} and ${names.number} go (${tell(previous)} → ${tell(next)})`,
      )
    if (budget === undefined) this.say(4, `${judged.length} left “${change.name}”, and nothing was spent for it`)
  }

  /** How many have left with the first of them: a quarter of an hour after whom it begins anew. */
  #sinceFirst(together: Taken[]): number {
    const apart = 2 * this.#plan.maxSkew
    const counts = [-apart, 0, apart].map((slack) => {
      let since = Number.NEGATIVE_INFINITY
      let count = 0
      for (const { at, left } of together) {
        if (since + 15 * MINUTE + slack <= at) [since, count] = [at, 0]
        count += left
      }
      return count
    })
    // Whose clock says when it is over isn't known.
    return Math.min(...counts)
  }

  #catchUpWithOkta(): void {
    const { reads, looks } = this.okta.twin
    for (; this.#readsSeen < reads.length; this.#readsSeen++) {
      const { group, digest, ids, users, isCut } = reads[this.#readsSeen]!
      const ofGroup = this.#shown.get(group) ?? new Map()
      this.#shown.set(group, ofGroup)
      const known = ofGroup.get(digest) ?? { people: canonical(ids), users: 0, whole: 0, cut: 0 }
      known[isCut ? 'cut' : 'whole']++
      known.users = Math.max(known.users, users)
      ofGroup.set(digest, known)
    }
    for (; this.#looksSeen < looks.length; this.#looksSeen++) {
      const { group, name } = looks[this.#looksSeen]!
      const known = this.#looked.get(group) ?? new Set<string | null>()
      this.#looked.set(group, known.add(name))
    }
  }

  /** Who is in a list of the table, as ids are compared. */
  #listOf(digest: string): People {
    let people = this.#sets.get(digest)
    if (people === undefined) {
      people = canonical(this.table.list(digest))
      this.#sets.set(digest, people)
    }
    return people
  }

  #tell(digest: string): string {
    try {
      return tell(this.#listOf(digest))
    } catch {
      return digest
    }
  }
}

export function canonical(ids: readonly string[]): People {
  return new Set(ids.map(canonicalId))
}

export function isNobody(ids: readonly string[]): boolean {
  return ids.length === 0 || (ids.length === 1 && ids[0] === NOBODY)
}

export function tell(people: Iterable<string>): string {
  const all = [...people].map((person) => person.replace('@example.com', ''))
  return all.length === 0 ? 'nobody' : all.sort().join(', ')
}
