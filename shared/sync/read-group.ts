import type { Spent } from '../membership/budget.ts'
import type { Breach } from '../membership/guard.ts'
import type { Ledger } from '../membership/ledger.ts'
import { EMPTY } from '../membership/member-list.ts'
import { causeIds, isFollowedUp, type Mirror, mirrorDueAt, newestOf, unread } from '../membership/mirror.ts'
import { keepCauses, observe } from '../membership/observe.ts'
import { NO_FAILURES } from '../membership/set-aside.ts'
import type { ReceivedHint } from '../queue/hint.ts'
import { withFailure } from './back-off.ts'
import type { Clock } from './clock.ts'
import { errorFacts } from './error-facts.ts'
import { removalsOf, withHeld } from './hold-removals.ts'
import { inTime } from './in-time.ts'
import { lookAt } from './look-at.ts'
import { noteFailure } from './note-failure.ts'
import type { Directory, Doorbells, Snapshot, Telemetry } from './ports.ts'
import type { RecentLooks } from './recent-looks.ts'
import { restAfter } from './rest-after.ts'
import type { Run } from './rows.ts'
import type { Rules } from './rules.ts'
import { oktaWhat, tellSetAside } from './tell-set-aside.ts'
import { ringNames, updateMirror, writeLook } from './write-mirror.ts'

/** What reading a group needs. */
export interface ReadGroupPorts {
  directory: Directory
  snapshot: Snapshot
  doorbells: Doorbells
  telemetry: Telemetry
  clock: Clock
  /** How long the function may still run, milliseconds. */
  timeLeft(): number
  recent: RecentLooks
  rules: Rules
}

/** A ring for one group. */
export type GroupRing = Pick<ReceivedHint, 'id' | 'books' | 'again' | 'causes' | 'questions' | 'sentAt'> & {
  /**
   * The reconcile that rings: it reads each group that no reconcile has read that began as late. Until it is judged, what would
   * take people out of names only waits for that.
   */
  run?: Pick<Run, 'id' | 'startedAt' | 'breach'> & { isJudged: boolean }
  /** Okta's own count, where the caller has it. */
  usersCount?: number | null
}

/**
 * How a ring ended: whether names were rung, and whether the group could be read; or what it would take out of names, where
 * that waits for the guard to judge the run.
 */
export type Outcome = 'unchanged' | 'changed' | 'not read' | Spent

/** A read is given up with so much of the function's time left, to write that down. */
export const TIME_TO_WRITE = 10_000
/** While a read doesn't show what an event said, it is read again so long after the event was queued, and not later. */
const LOOK_AGAIN = [2_000, 10_000]
const SHOWN_BY = LOOK_AGAIN.at(-1)!
/** A longer rest isn't waited for within the function's time, but written down. */
const LONGEST_SLEEP = 5_000

/**
 * Asks Okta what a group is now, and writes it down: the newest read wins, nothing else is decided.
 *
 * 1. Where the last read shows what the ring is about, only the look a minute later is booked. Where the group rests, since
 *    its reads cost much, an event books a look for when it has rested.
 * 2. Else it is read whole, the mirror is written together with the names to ring, and the names are rung.
 * 3. While the read doesn't show what the event said: again after 2 s and 10 s.
 * 4. A read that fails is written down with a time to try again. Nobody is removed for it.
 */
export async function readGroup(ports: ReadGroupPorts, ring: GroupRing): Promise<Outcome> {
  try {
    return await readWhereNeeded(ports, ring)
  } catch (error) {
    await noteFailure(() => countFailure(ports, ring, error))
    throw error
  }
}

async function countFailure({ snapshot, telemetry, clock }: ReadGroupPorts, { id }: GroupRing, error: unknown) {
  const before = await snapshot.mirror(id)
  if (before === null) return
  const written = await updateMirror(snapshot, id, (mirror) => withFailure(mirror, clock.now(), error))
  tellSetAside(telemetry, oktaWhat('group', id), before, written)
}

async function readWhereNeeded(ports: ReadGroupPorts, ring: GroupRing): Promise<Outcome> {
  const { snapshot, clock, recent } = ports
  const mirror = await snapshot.mirror(ring.id)
  if (!needsRead(ports, ring, mirror)) return book(ports, ring)
  const rest = ring.books && !ring.again ? (mirror?.restUntil ?? 0) - clock.now() : 0
  if (rest > LONGEST_SLEEP) return book(ports, ring, true)
  const pause = Math.max(rest, recent.pause(ring.id, clock.now()))
  if (pause > 0) {
    // Many changes a second cost one read a second, and that read may be somebody else's.
    await clock.sleep(pause)
    if (!needsRead(ports, ring, await snapshot.mirror(ring.id))) return book(ports, ring)
  }
  let { outcome, restUntil } = await readOnce(ports, ring)
  for (const age of LOOK_AGAIN) {
    if (outcome === 'not read' || ring.questions.length === 0 || recent.shows(ring.id, ring.questions)) break
    const wait = age - (recent.readAt(ring.id) - ring.sentAt)
    const pause = Math.max(Math.min(wait, age), restUntil - clock.now())
    if (wait <= 0 || pause > SHOWN_BY || ports.timeLeft() < pause + 2 * TIME_TO_WRITE) continue
    await clock.sleep(pause)
    const again = await readOnce(ports, { ...ring, usersCount: undefined })
    restUntil = again.restUntil
    if (again.outcome !== 'unchanged') outcome = again.outcome
  }
  return outcome
}

function needsRead({ recent, clock }: ReadGroupPorts, ring: GroupRing, mirror: Mirror | null): boolean {
  if (ring.again) return true
  if (ring.run !== undefined) return !isReadBy(ring.run, mirror)
  if (mirror === null || mirror.state === 'unread') return true
  if (!ring.books) {
    const due = mirrorDueAt({ ...mirror, toRing: [] })
    // The System Log's: it doesn't book a look where the event is old enough for this read to be the last one.
    return (due !== null && due <= clock.now()) || !isFollowedUp(mirror, newestOf(ring.causes))
  }
  if (ring.questions.length === 0) return mirror.readAt < ring.sentAt
  if (mirror.readAt >= ring.sentAt + SHOWN_BY) return false
  return !recent.isOf(mirror) || !recent.shows(ring.id, ring.questions)
}

async function book(ports: ReadGroupPorts, ring: GroupRing, asks = false): Promise<Outcome> {
  const booked = (before: Mirror) => ({ ...withRing(before, ring), asked: before.asked || asks })
  const mirror = await updateMirror(ports.snapshot, ring.id, booked)
  return (await ringNames(ports, mirror, false)) ? 'changed' : 'unchanged'
}

async function readOnce(ports: ReadGroupPorts, ring: GroupRing): Promise<{ outcome: Outcome; restUntil: number }> {
  const { snapshot, telemetry, clock, recent, rules } = ports
  const what = oktaWhat('group', ring.id)
  for (;;) {
    const before = (await snapshot.mirror(ring.id)) ?? unread(ring.id)
    const beganAt = clock.now()
    const deadline = ports.timeLeft() - TIME_TO_WRITE
    const seen = await inTime(clock, lookAt(ports, before, ring.usersCount), deadline).catch((error: unknown) => ({
      error,
    }))
    const restUntil = restAfter(before.restUntil, beganAt, clock.now())
    const heard = (mirror: Mirror) => ({
      ...withRing(mirror, ring),
      restUntil: Math.max(mirror.restUntil, restUntil),
      asked: false,
    })
    if ('error' in seen) {
      const failed = (mirror: Mirror) =>
        withFailure({ ...heard(mirror), ...(ring.again ? NO_FAILURES : {}) }, clock.now(), seen.error)
      const written = await updateMirror(snapshot, ring.id, failed)
      telemetry.count('ReadsFailed')
      const facts = {
        group: ring.id,
        failures: written.failures,
        causes: causeIds(ring.causes),
        ...errorFacts(seen.error),
      }
      telemetry.warn('a group could not be read: nobody is removed for it, and it is read again later', facts)
      tellSetAside(telemetry, what, before, written)
      return { outcome: 'not read', restUntil }
    }
    const { look, raw } = seen
    telemetry.count('ReadsDone')
    if (look.saw === 'present' && look.list.digest !== before.digest) {
      await snapshot.putList(look.list.digest, look.list.ids)
    }
    const { run } = ring
    const read = run === undefined ? null : { id: run.id, startedAt: run.startedAt }
    const keepFor = rules.renames.keepFor
    if (run !== undefined && !run.isJudged) {
      const removal = await wouldRemove(snapshot, before, observe(before, look, clock.now(), keepFor))
      if (removal.left > 0) return { outcome: removal, restUntil }
    }
    const isRead = (mirror: Mirror) => ({
      ...heard(mirror),
      run: read ?? mirror.run,
      heldIfGone: (run?.isJudged ? run.breach : null) ?? mirror.heldIfGone,
    })
    const hold = (mirror: Mirror, after: Mirror) => heldBy(ports, mirror, after, run?.breach ?? mirror.heldIfGone)
    const written = await writeLook(snapshot, before, look, isRead, { now: clock.now(), keepFor, hold })
    if (written === null) continue
    recent.remember({ ...written, readAt: look.readAt }, beganAt, raw)
    if (written.changes !== before.changes) tellChange(telemetry, written)
    tellSetAside(telemetry, what, before, written)
    return { outcome: (await ringNames(ports, written, ring.again)) ? 'changed' : 'unchanged', restUntil }
  }
}

/**
 * Whether a run need not read a group: it did, or one that began later. What it read before it was begun anew doesn't count, since
 * others rely on when it says that it began.
 */
export function isReadBy(run: Pick<Run, 'id' | 'startedAt'>, mirror: Pick<Mirror, 'run'> | null): boolean {
  const last = mirror?.run ?? null
  if (last === null) return false
  return last.id === run.id ? last.startedAt >= run.startedAt : last.startedAt > run.startedAt
}

/** How many people a change of a mirror would take out of names, and how many names it would empty. */
async function wouldRemove(snapshot: Snapshot, before: Mirror, seen: Mirror): Promise<Spent> {
  // Who is missing once is gone a minute later.
  const after = seen.state === 'missing' ? { ...seen, name: null, formerNames: [], digest: EMPTY } : seen
  if (seen.changes === before.changes && seen.state !== 'missing') return { left: 0, emptied: 0 }
  const removals = await removalsOf(snapshot, before, after)
  const left = removals.reduce((sum, { leavers }) => sum + leavers.length, 0)
  return { left, emptied: removals.filter(({ isEmptied }) => isEmptied).length }
}

/** The ledgers of the names that a change takes people out of, with them held; none where there is no reason to. */
async function heldBy(
  { snapshot, clock, rules }: ReadGroupPorts,
  before: Mirror,
  after: Mirror,
  breach: Breach | null,
): Promise<Ledger[]> {
  if (breach === null || after.changes === before.changes) return []
  const removals = await removalsOf(snapshot, before, after)
  return Promise.all(removals.map((removal) => withHeld(snapshot, removal, breach, rules.guard, clock.now())))
}

function tellChange(telemetry: Telemetry, mirror: Mirror): void {
  const { id, state, count, withoutAttribute, digest, toRing, causes, changes } = mirror
  telemetry.count('MirrorsChanged')
  telemetry.count('UsersWithoutAttribute', withoutAttribute)
  telemetry.info('a group has changed', {
    ...{ group: id, state, count, withoutAttribute, digest, names: toRing.length },
    causes: causeIds(causes.filter(({ change }) => change === changes)),
  })
}

function withRing(mirror: Mirror, ring: GroupRing): Mirror {
  return {
    ...mirror,
    newestHint: ring.books ? Math.max(mirror.newestHint, ring.sentAt) : mirror.newestHint,
    heard: keepCauses([...mirror.heard, ...ring.causes]),
  }
}
