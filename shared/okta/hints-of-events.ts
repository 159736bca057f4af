import type { Cause } from '../membership/mirror.ts'
import { type Hint, mergeHints, type Question } from '../queue/hint.ts'
import { CHANGES } from './event-types.ts'
import type { LogEvent } from './log-event.ts'

/** Okta's uuids have 36 characters, its ids 20, its types 60 at most: a longer text is none, and a message of the queue is bounded. */
const LONGEST = 100
/** A hint carries thousands of these, so that what is written for one in JSON is bounded, too. */
const UUID = /^[\w.:-]{1,40}$/

/** The hints of some events, and how many events gave none. */
export interface HintsOfEvents {
  /** One per group or user, however many events name it. */
  hints: Hint[]
  unknown: number
  failed: number
}

/** The hints of events, wherever they are from. */
export function hintsOfEvents(events: readonly LogEvent[], attribute: string): HintsOfEvents {
  const { hints, ...none } = hintsOfDelivery(events, attribute)
  return { ...none, hints: hints.map(({ delivered, ...hint }) => hint) }
}

/** The same of events that Okta delivered, which each hint names, so that it is known that they came. */
export function hintsOfDelivery(events: readonly LogEvent[], attribute: string): HintsOfEvents {
  const hints = new Map<string, Hint>()
  let unknown = 0
  let failed = 0
  // In the order of what happened, so that the later of two answers about a user stands.
  for (const event of events.toSorted((a, b) => textOf(a?.published).localeCompare(textOf(b?.published)))) {
    const says = CHANGES.get(event?.eventType ?? '')
    if (says === undefined || isOfOtherAttributes(event, attribute)) unknown++
    else if (event.outcome?.result === 'FAILURE') failed++
    else for (const hint of hintsOf(event, says)) add(hints, hint)
  }
  return { hints: [...hints.values()], unknown, failed }
}

function hintsOf(event: LogEvent, says: Question['says'] | null): Hint[] {
  const groups = idsOf(event, 'UserGroup')
  const users = idsOf(event, 'User')
  const user = users[0]
  const causes = [causeOf(event, user)]
  const questions = says !== null && user !== undefined ? [{ user, says }] : []
  const uuid = uuidOf(event)
  const delivered = uuid === null ? [] : [uuid]
  const hint = { books: true, again: false, causes, questions, delivered } as const
  if (groups.length > 0) return groups.map((id) => ({ ...hint, subject: 'group', id }))
  if (users.length > 0) {
    return users.map((id) => ({ ...hint, subject: 'user', id, questions: says ? [{ user: id, says }] : [] }))
  }
  return [{ ...hint, subject: 'org', id: '' }]
}

/** What names an event, in a delivery and in the System Log; null where nothing does that could be the key of a row. */
export function uuidOf(event: LogEvent): string | null {
  const uuid = textOf(event.uuid)
  return UUID.test(uuid) ? uuid : null
}

function idsOf(event: LogEvent, type: string): string[] {
  const targets = Array.isArray(event.target) ? event.target : []
  const ids = targets.filter((target) => target?.type === type).map((target) => textOf(target?.id))
  return [...new Set(ids.filter((id) => id !== ''))]
}

function causeOf(event: LogEvent, user: string | undefined): Cause {
  return {
    id: textOf(event.uuid),
    type: textOf(event.eventType),
    ...(textOf(event.actor?.id) ? { actor: textOf(event.actor?.id) } : {}),
    ...(user ? { user } : {}),
    ...(textOf(event.published) ? { published: textOf(event.published) } : {}),
  }
}

/** Whatever isn't a text says nothing: with it, a hint would be none to its consumer, or too large for the queue. */
function textOf(value: unknown): string {
  return typeof value === 'string' && value.length <= LONGEST ? value : ''
}

/** Whether a profile update says which attributes changed, and none of them can change a member's user id. */
function isOfOtherAttributes(event: LogEvent, attribute: string): boolean {
  const changed = event.debugContext?.debugData?.['changedAttributes']
  if (event.eventType !== 'user.account.update_profile' || typeof changed !== 'string' || changed.trim() === '')
    return false
  const names = changed.split(/[\s,]+/).map((name) => name.replace(/^.*\./, '').toLowerCase())
  return !['login', 'email', attribute.toLowerCase()].some((name) => names.includes(name))
}

function add(hints: Map<string, Hint>, hint: Hint): void {
  const key = `${hint.subject} ${hint.id}`
  const known = hints.get(key)
  hints.set(key, known ? mergeHints(known, hint) : hint)
}
