import type { LogEvent } from '../../local/okta/log-event.ts'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import type { Scope } from '../../shared/membership/scope.ts'
import { inScope } from '../../shared/membership/scope.ts'
import { partsOf } from '../../shared/membership/spelling.ts'
import { CHANGES } from '../../shared/okta/event-types.ts'
import type { Okta } from './changes.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './stage.ts'
import type { StoredChange, Table } from './table.ts'
import { NOBODY, type StorePut, type UserStoreTwin } from './user-store.ts'
import { canonical, isNobody, tell, type Witness } from './witness.ts'
import type { World } from './world.ts'

const MINUTE = 60_000

/** How long somebody's leaving took, from when Okta shows it to when nobody counts them in any more. */
export interface Removal {
  took: number
  what: string
}

interface Facts {
  plan: Plan
  world: World
  okta: Okta
  table: Table
  store: UserStoreTwin
  witness: Witness
  stage: Stage
}

/** An outcome of a put that had no effect. */
const WITHOUT_EFFECT = ['refused', 'quota', 'throttled', 'conflict', 'denied', 'failed', 'overtaken']

/** Judges a history at its end. */
export class Judge {
  readonly #facts: Facts
  readonly #events: { event: LogEvent; at: number; groups: string[] }[] = []
  readonly #acknowledged = new Set<string>()
  readonly #leaving: { at: number; group: string; person: string; name: string }[] = []

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** The scope in force. */
  get scope(): Scope {
    return this.#facts.table.identity()?.accepted.scope ?? this.#facts.plan.rules.scope
  }

  /** Okta writes an event down: which groups it is about is known now. */
  event(event: LogEvent): void {
    const { okta, world } = this.#facts
    const { members, users } = okta.twin.org.state
    const ids = (type: string) => (event.target ?? []).filter((target) => target.type === type).map(({ id }) => id)
    const groups = ids('UserGroup')
    const user = ids('User')[0]
    const ofUser = groups.length === 0 && user !== undefined ? members.groupsOf(user) : []
    if (CHANGES.has(event.eventType)) this.#events.push({ event, at: world.now, groups: [...groups, ...ofUser] })
    if (event.eventType !== 'group.user_membership.remove') return
    const person = users.get(user!)?.profile[okta.twin.attribute]
    const group = okta.twin.org.state.groups.get(groups[0]!)
    if (typeof person !== 'string' || group === undefined) return
    if (this.#facts.table.ledger(nameKey(group.name)).owner !== group.id) return
    this.#leaving.push({ at: world.now, group: group.id, person: canonicalId(person.trim()), name: group.name })
  }

  acknowledged(events: readonly LogEvent[]): void {
    for (const { uuid } of events) this.#acknowledged.add(uuid)
  }

  /** Before anything is reconciled: every event that was acknowledged has led to a look, and what was told is in the user store. */
  beforeReconcile(isAllTold: boolean): void {
    const { okta, witness, stage, plan } = this.#facts
    const { groups: all } = okta.twin.org.state
    const letters = [...stage.queues.hintLetters.messages].map(({ body }) => body).join()
    const areTargetsTold = plan.okta.nullTargets !== 'all' && plan.okta.nullTargets.length === 0
    for (const { event, at, groups } of this.#events) {
      if (!this.#acknowledged.has(event.uuid) || letters.includes(event.uuid) || !areTargetsTold) continue
      for (const id of groups) {
        const group = all.get(id, at)
        const isOut = group === undefined || !inScope(group, this.scope) || okta.everOut.has(id) || witness.scopeChanged
        if (isOut) continue
        const isSeen = okta.twin.reads.some((read) => read.group === id && read.asOf >= at)
        if (!isSeen) {
          witness.say(
            5,
            `${event.eventType} of “${group.name}” was acknowledged, and no read shows what happened at ${time(at)}`,
          )
        }
      }
    }
    if (isAllTold && stage.queues.hintLetters.messages.length + stage.queues.nameLetters.messages.length === 0) {
      this.#equal(5, 'before any reconcile, ')
    }
  }

  needsAnotherNight(): boolean {
    return this.#facts.witness.drifted.size > 0
  }

  atTheEnd(): void {
    const { stage, witness, store } = this.#facts
    const { hintLetters, nameLetters } = stage.queues
    for (const { messages, name } of [hintLetters, nameLetters]) {
      if (messages.length > 0) witness.say(5, `${messages.length} are among the ${name} once nothing goes wrong`)
    }
    this.#equal(1, '')
    for (const [name, members] of witness.foreign) {
      if (tell(store.store.members(name) ?? []) !== tell(members)) {
        witness.say(3, `“${name}” is somebody else's, and has ${tell(store.store.members(name) ?? [])}`)
      }
    }
    for (const [key, records] of this.#facts.table.changes) this.#undo(key, [...records.values()])
    if (!this.#facts.plan.isCalm) return
    const bound = this.bound()
    for (const { took, what } of this.removals()) {
      if (took > bound) witness.say(7, `${what} took ${Math.round(took / 1000)} s; the bound is ${bound / 1000} s`)
    }
  }

  /** Every name that we own has what Okta says, plus who is held and minus who was removed by hand. */
  #equal(invariant: number, when: string): void {
    const { okta, table, store, witness, plan, world } = this.#facts
    const { org } = okta.twin
    const groups = org.state.groups.all().filter((group) => inScope(group, this.scope))
    const byKey = Map.groupBy(groups, ({ name }) => nameKey(name))
    const removed = new Set(
      table
        .budget()
        .removed.filter(({ until }) => until > world.now)
        .map(({ id }) => id),
    )
    const ledgers = table.ledgers()
    const limit = Math.min(plan.switches.memberLimit, 1000)
    for (const [key, bearers] of byKey) {
      const ledger = ledgers.find((each) => each.key === key)
      const isForeign = [...witness.foreign.keys()].some((name) => nameKey(name) === key)
      if (isForeign) continue
      const isTooLong = bearers.every(({ id }) => okta.twin.membersAt(id).ids.length > limit)
      const isRefused =
        ledger?.refusal != null && (isTooLong || (bearers.length > 1 && plan.switches.memberLimit < 1000))
      if (isRefused) continue
      if (ledger === undefined || !ledger.ours) {
        witness.say(invariant, `${when}“${bearers[0]!.name}” is a group of Okta's, and isn't put`)
      }
    }
    for (const ledger of ledgers.filter(({ ours }) => ours)) {
      const key = partsOf(ledger.key).name
      const first = ledgers.find((each) => each.key === key)!
      if (ledger.refusal?.reason === 'same') continue
      // What somebody else writes is found at night.
      if (invariant === 5 && witness.drifted.has(ledger.name)) continue
      const bearers = byKey.get(key) ?? []
      const allowed: string[][] = []
      const owner = first.owner
      const isBorne = bearers.some(({ id }) => id === owner)
      if (owner !== null && isBorne) allowed.push(okta.twin.membersAt(owner).ids)
      else if (bearers.length > 0) allowed.push(...bearers.map(({ id }) => okta.twin.membersAt(id).ids))
      else allowed.push(...this.#ofFormer(key, owner))
      // What is refused for the new owner leaves the former one's, without who left.
      if (ledger.refusal !== null && ledger.owner !== null) allowed.push(okta.twin.membersAt(ledger.owner).ids)
      const held = canonical(ledger.holds.flatMap(({ people }) => table.list(people)))
      const has = canonical((store.store.members(ledger.name) ?? []).filter((id) => id !== NOBODY))
      const isRight = (ids: string[]) => {
        const wanted = canonical(ids)
        const isTooLong = new Set([...wanted, ...held]).size > limit || ledger.refusal !== null
        const isAllowed = [...has].every((person) => !removed.has(person) && (wanted.has(person) || held.has(person)))
        const isComplete = [...wanted, ...held].every(
          (person) => has.has(person) || removed.has(person) || (isTooLong && !held.has(person)),
        )
        return isAllowed && isComplete
      }
      if (allowed.some(isRight)) continue
      const instead = allowed.map((ids) => tell(canonical(ids))).join(' or ')
      const also = held.size > 0 ? `, with ${tell(held)} held` : ''
      witness.say(invariant, `${when}“${ledger.name}” has ${tell(has)} instead of ${instead}${also}`)
    }
  }

  /** Of a name that no group bears now: it goes with the group that bore it, or nobody is in it. */
  #ofFormer(key: string, owner: string | null): string[][] {
    const { okta, plan, world } = this.#facts
    const { groups } = okta.twin.org.state
    const nobody: string[] = []
    const group = owner === null ? undefined : groups.get(owner)
    if (group === undefined || !inScope(group, this.scope)) return [nobody]
    const isKept = plan.rules.renames.keepFor > world.now - plan.start
    const certain =
      isKept && !okta.everOut.has(owner!) && !this.#facts.witness.scopeChanged && okta.bearers.get(key)?.size === 1
    return certain ? [okta.twin.membersAt(owner!).ids] : [okta.twin.membersAt(owner!).ids, nobody]
  }

  /** Undoing the change records from what is meant now gives every earlier state, down to nothing. */
  #undo(key: string, records: StoredChange[]): void {
    const { table, witness, store } = this.#facts
    const inOrder = records.sort((a, b) => versionOf(a) - versionOf(b))
    let state = table.ledger(key).meant
    const failed = new Set<string>()
    for (const record of inOrder.toReversed()) {
      const { after, before, outcome, because, name, at } = record
      if (because === 'nobody has wanted it') {
        state = before
        continue
      }
      // What had no effect changed nothing, unless another worker took it over, who meant the same.
      if (WITHOUT_EFFECT.includes(outcome)) failed.add(after)
      // The same list may have been put several times: that it FAILED is said of the last.
      const hasFailed = WITHOUT_EFFECT.includes(outcome) || failed.has(after)
      if (hasFailed && state !== after) continue
      if (state !== after && state !== null) {
        witness.say(6, `the record of “${name}” at ${time(at)} (${outcome}) doesn't lead to what came after it`)
        return
      }
      state = before
      const put = store.puts.find(({ requestId }) => requestId === record.requestId)
      if (
        record.requestId !== undefined &&
        (put === undefined || put.name !== name || !isPutOf(put, table.list(after)))
      ) {
        witness.say(6, `the record of “${name}” at ${time(at)} says that its list was accepted, and another was`)
        return
      }
      if ((outcome === 'accepted' || outcome === 'confirmed') && record.requestId === undefined) {
        const isKnown = store.puts.some((each) => each.name === name && isPutOf(each, table.list(after)))
        if (!isKnown) {
          witness.say(6, `the record of “${name}” at ${time(at)} says ${outcome}, and it wasn't put`)
          return
        }
      }
    }
  }

  /** The longest that a removal takes where nothing fails: catch-up's bound. */
  bound(): number {
    const { okta, switches } = this.#facts.plan
    const hidden = okta.lagMs + (Number.isFinite(okta.logLagMs) ? okta.logLagMs : 0)
    return 8 * MINUTE + hidden + switches.processingMs + 2 * this.#facts.plan.maxSkew
  }

  /** How long people who left were still in, where it was told and nobody kept them. */
  removals(): Removal[] {
    const { plan, okta, store, table } = this.#facts
    if (!plan.isCalm) return []
    const isTold = Number.isFinite(plan.okta.logLagMs)
    // What an event doesn't name is found by a reconcile, of which there is one an hour.
    if (plan.okta.nullTargets.length > 0) return []
    const found: Removal[] = []
    for (const { at, group, person, name } of this.#leaving) {
      const ledger = table.ledger(nameKey(name))
      if (ledger.owner !== group || okta.everOut.has(group)) continue
      if (!isTold && plan.deliveries.lost + plan.deliveries.late + plan.deliveries.refused > 0) continue
      if (plan.rules.guard.name.number + plan.rules.guard.all.number + plan.rules.guard.emptied.number > 0) continue
      const puts = store.puts.filter((put) => put.name === ledger.name)
      const before = puts.findLast((put) => put.at <= at)
      if (before === undefined || !isIn(before, person)) continue
      // Who is back before Okta showed it never left.
      if (okta.twin.membersAt(group, at + plan.okta.lagMs + 2 * MINUTE).ids.some((id) => canonicalId(id) === person))
        continue
      if (okta.twin.org.state.groups.get(group, at + 10 * MINUTE)?.name !== name) continue
      const out = puts.find((put) => put.at > at && !isIn(put, person))
      const end = out === undefined ? Number.POSITIVE_INFINITY : out.arrivesAt + plan.switches.processingMs
      found.push({ took: end - at, what: `that ${person} left “${name}” at ${time(at)}` })
    }
    return found
  }
}

function isIn({ ids }: StorePut, person: string): boolean {
  return (ids ?? []).some((id) => canonicalId(id) === person)
}

function isPutOf({ ids }: StorePut, list: readonly string[]): boolean {
  if (ids === null) return false
  return list.length === 0 ? isNobody(ids) : ids.join() === list.join()
}

function versionOf({ id }: StoredChange): number {
  return Number(id.split('#').at(-1))
}

function time(at: number): string {
  return new Date(at).toISOString()
}
