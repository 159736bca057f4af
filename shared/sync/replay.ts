import { newestOf, SETTLE } from '../membership/mirror.ts'
import { hintsOfEvents } from '../okta/hints-of-events.ts'
import type { Hint } from '../queue/hint.ts'
import type { DeadLetters, Directory, Doorbells, Snapshot, Telemetry } from './ports.ts'

/** What is to be replayed; `all` doesn't leave out groups that were read since. */
export type ReplayRequest = { dryRun?: boolean } & (
  | { groups: string[] }
  | { users: string[] }
  | { since: Date; until: Date; all?: boolean }
  | { deadLetters: true }
)

/** What replaying needs. `id` names this call in the change records. */
export interface ReplayPorts {
  directory: Directory
  snapshot: Snapshot
  doorbells: Doorbells
  deadLetters: DeadLetters
  telemetry: Telemetry
  attribute: string
  id: string
}

/** How many hints were sent, or with `dryRun` would be, and how many groups were left out since they were read after. */
export interface ReplayReport {
  hints: number
  leftOut: number
  dryRun: boolean
}

/** Rings doorbells again, by hand. Since a doorbell only says where to look, replaying twice is harmless. */
export async function replay(ports: ReplayPorts, request: ReplayRequest): Promise<ReplayReport> {
  const dryRun = request.dryRun ?? false
  if ('deadLetters' in request) {
    const hints = dryRun ? await ports.deadLetters.count() : await ports.deadLetters.replay()
    return { hints, leftOut: 0, dryRun }
  }
  const { hints, leftOut } =
    'since' in request ? await hintsOfLog(ports, request) : { hints: byHand(ports, request), leftOut: 0 }
  if (!dryRun) await ports.doorbells.ringHints(hints)
  ports.telemetry.info('replayed', { replay: ports.id, hints: hints.length, leftOut, dryRun })
  return { hints: hints.length, leftOut, dryRun }
}

function byHand({ id }: ReplayPorts, request: { groups: string[] } | { users: string[] }): Hint[] {
  const [subject, ids] = 'groups' in request ? (['group', request.groups] as const) : (['user', request.users] as const)
  const hint = { subject, books: false, again: true, causes: [{ id, type: 'by hand' }], questions: [] }
  return [...new Set(ids)].map((subjectId) => ({ ...hint, id: subjectId }))
}

async function hintsOfLog(
  { directory, snapshot, attribute }: ReplayPorts,
  { since, until, all }: { since: Date; until: Date; all?: boolean },
): Promise<{ hints: Hint[]; leftOut: number }> {
  const events = []
  for await (const page of directory.events(since, until)) events.push(...page)
  const found = hintsOfEvents(events, attribute).hints
  const hints: Hint[] = []
  for (const hint of found) {
    const readAt = hint.subject === 'group' && !all ? ((await snapshot.mirror(hint.id))?.readAt ?? 0) : 0
    // What the events said long ago is no question to a read of now, and books no look after it.
    if (readAt < newestOf(hint.causes) + SETTLE) hints.push({ ...hint, books: false, again: true, questions: [] })
  }
  return { hints, leftOut: found.length - hints.length }
}
