import { EMPTY, type MemberList } from './member-list.ts'
import { type Cause, type FormerName, GONE_AFTER, isSettled, type Mirror, namesBorne } from './mirror.ts'
import { nameKey } from './name-key.ts'
import { NO_FAILURES } from './set-aside.ts'

/** A group as Okta gives it, without its members. Dates as Okta writes them. */
export interface OktaGroup {
  id: string
  type: string
  name: string
  created: string
  lastUpdated: string
  lastMembershipUpdated: string
}

/** One whole read of a group. `readAt` is Okta's Date header when it began (epoch milliseconds). */
export type Look =
  | { readAt: number; saw: 'missing' }
  | { readAt: number; saw: 'outOfScope'; group: OktaGroup }
  | { readAt: number; saw: 'present'; group: OktaGroup; name: string; list: MemberList; lookAgainAt: number | null }

/** How many former names a group has at most: all its names are written in one transaction, which holds 100 rows. */
const MOST_FORMER_NAMES = 40
/** How many causes a row keeps: enough to tell a story, and bounded. */
const MOST_CAUSES = 20

/** The causes that are kept of a longer list: the newest, each once. */
export function keepCauses<T extends Cause>(causes: T[]): T[] {
  return [...new Map(causes.map((cause) => [cause.id + (cause.user ?? ''), cause])).values()].slice(-MOST_CAUSES)
}

/**
 * The mirror after a look: the newest read wins, nothing else is decided. Where what is wanted for any name has changed,
 * every name concerned (now, before, and former) is in `toRing`, to be written with the change.
 * @param now the writer's clock, for when unrung names are due
 * @param keepFor how long a former name is kept in step, in milliseconds
 */
export function observe(before: Mirror, look: Look, now: number, keepFor: number): Mirror {
  const seen = { ...before, ...whatIsSeen(before, look, keepFor), readAt: look.readAt, ...NO_FAILURES }
  const changed = isWantedOtherwise(before, seen)
  if (changed) {
    seen.changes = before.changes + 1
    seen.causes = keepCauses([...before.causes, ...before.heard.map((cause) => ({ ...cause, change: seen.changes }))])
    seen.heard = []
    seen.toRing = [...new Set([...before.toRing, ...namesBorne(before), ...namesBorne(seen)])]
    seen.toRingSince = now
  } else if (isSettled(seen) && seen.state !== 'missing') {
    // What was heard led to nothing here: it mustn't explain a later change.
    seen.heard = []
  }
  return seen
}

function whatIsSeen(before: Mirror, look: Look, keepFor: number): Partial<Mirror> {
  if (look.saw === 'missing') {
    const since = before.state === 'missing' ? before.missingSince! : look.readAt
    if (before.state === 'gone') return {}
    if (look.readAt < since + GONE_AFTER) return { state: 'missing', missingSince: since, lookAgainAt: null }
    return { state: 'gone', missingSince: since, heldIfGone: null, ...nothing }
  }
  const { type, created, lastUpdated, lastMembershipUpdated } = look.group
  const facts = { type, created, lastUpdated, lastMembershipUpdated, missingSince: null, heldIfGone: null }
  if (look.saw === 'outOfScope') return { state: 'outOfScope', ...facts, ...nothing }
  return {
    state: 'present',
    ...facts,
    name: look.name,
    formerNames: formerNames(before, look.name, look.readAt, keepFor),
    digest: look.list.digest,
    count: look.list.ids.length,
    withoutAttribute: look.list.withoutAttribute,
    lookAgainAt: look.lookAgainAt,
  }
}

const nothing = { name: null, formerNames: [], digest: EMPTY, count: 0, withoutAttribute: 0, lookAgainAt: null }

function formerNames(before: Mirror, name: string, readAt: number, keepFor: number): FormerName[] {
  const all = before.name === null ? [] : [{ name: before.name, until: readAt + keepFor }, ...before.formerNames]
  const kept = all.filter((former) => former.until > readAt && nameKey(former.name) !== nameKey(name))
  return kept.slice(0, MOST_FORMER_NAMES)
}

function isWantedOtherwise(before: Mirror, after: Mirror): boolean {
  const facts = ({ name, formerNames, digest }: Mirror) =>
    JSON.stringify([name, formerNames, name === null ? '' : digest])
  return facts(before) !== facts(after)
}
