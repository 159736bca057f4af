import pMap from 'p-map'
import { GONE_AFTER, type Mirror, unread } from '../membership/mirror.ts'
import { type Look, type OktaGroup, observe } from '../membership/observe.ts'
import { inScope } from '../membership/scope.ts'
import { errorFacts } from './error-facts.ts'
import { lookAt } from './look-at.ts'
import type { Directory, Snapshot } from './ports.ts'
import type { MirrorSummary } from './rows.ts'
import type { Rules } from './rules.ts'

/** What looking at every group needs. */
export interface LookAtAllPorts {
  directory: Directory
  snapshot: Snapshot
  rules: Rules
  clock: { now(): number }
  /** Is told how many of how many groups are read. */
  progress?(read: number, of: number): void
}

/** A group as its mirror says, and as Okta says now; where it can't be read, both are the same and `why` says why. */
export interface Seen {
  before: Mirror
  after: Mirror
  why: string | null
  name: string | null
}

/** How many groups are read at once; Okta allows 75 requests at once in all. */
const AT_ONCE = 8

/**
 * Looks at every group in scope, and at every one that a mirror has, as a reconcile does, and writes nothing down. A group that
 * Okta doesn't know counts as gone, as it would a minute later.
 */
export async function lookAtAll(ports: LookAtAllPorts, mirrors: readonly MirrorSummary[]): Promise<Seen[]> {
  const listed = await listAll(ports.directory)
  const inside = [...listed.values()].filter(({ group }) => inScope(group, ports.rules.scope))
  const ids = new Set(inside.map(({ group }) => group.id))
  const others = mirrors.filter(({ id, state }) => !ids.has(id) && ['present', 'missing', 'unread'].includes(state))
  let read = 0
  const all = [...inside.map(({ group }) => group.id), ...others.map(({ id }) => id)]
  const lookAtOne = async (id: string): Promise<Seen> => {
    const before = (await ports.snapshot.mirror(id)) ?? unread(id)
    const known = listed.get(id)
    try {
      const look = await lookOf(ports, before, known)
      return { before, after: eventually(before, look, ports), why: null, name: known?.group.name ?? null }
    } catch (error) {
      return { before, after: before, why: reasonOf(error), name: known?.group.name ?? before.name }
    } finally {
      ports.progress?.(++read, all.length)
    }
  }
  return pMap(all, lookAtOne, { concurrency: AT_ONCE })
}

type Listed = { readAt: number; group: OktaGroup & { usersCount: number | null } }

async function listAll(directory: Directory): Promise<Map<string, Listed>> {
  const listed = new Map<string, Listed>()
  for (let cursor: string | null = null; ; ) {
    const { readAt, groups, next } = await directory.groups(cursor)
    for (const group of groups) listed.set(group.id, { readAt, group })
    if (next === null) return listed
    cursor = next
  }
}

async function lookOf(ports: LookAtAllPorts, before: Mirror, known: Listed | undefined): Promise<Look> {
  // Whose name is out of scope isn't looked at closer.
  if (known !== undefined && !inScope(known.group, ports.rules.scope)) return { ...known, saw: 'outOfScope' }
  const { look } = await lookAt(ports, before, known?.group.usersCount)
  if (look.saw === 'present') await ports.snapshot.putList(look.list.digest, look.list.ids)
  return look
}

function eventually(before: Mirror, look: Look, { clock, rules }: LookAtAllPorts): Mirror {
  const seen = (mirror: Mirror, by: Look) => observe(mirror, by, clock.now(), rules.renames.keepFor)
  const after = seen(before, look)
  return after.state === 'missing' ? seen(after, { ...look, readAt: look.readAt + GONE_AFTER }) : after
}

function reasonOf(error: unknown): string {
  const { error: name, status, errorCode } = errorFacts(error)
  return [name, status, errorCode].filter((fact) => fact !== undefined).join(' ')
}
