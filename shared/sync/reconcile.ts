import pMap from 'p-map'
import type { Spent } from '../membership/budget.ts'
import { tellBreach } from '../membership/guard.ts'
import { breachOfRun } from '../membership/judge.ts'
import { inScope } from '../membership/scope.ts'
import { backOff } from './back-off.ts'
import { compareNames, countNames } from './compare-names.ts'
import { errorFacts } from './error-facts.ts'
import { Conflict } from './ports.ts'
import { type GroupRing, isReadBy, type Outcome, type ReadGroupPorts, readGroup } from './read-group.ts'
import { ringChecks } from './ring-checks.ts'
import type { MirrorSummary, Run } from './rows.ts'
import { waitingRun } from './something-changed.ts'
import { takeTurn } from './take-turn.ts'

/** How a call ended: the run as it stands, `finished` or at the phase where catch-up takes it up. */
export type RunReport = Pick<Run, 'id' | 'phase' | 'counts' | 'unread'>

/** How many groups are read at once; Okta allows 75 requests at once in all. */
const AT_ONCE = 8
/** After so many failures in a row a run lists from the start. */
const MOST_CURSOR_FAILURES = 3
/** With less than this left, in milliseconds, the run is put down for catch-up to take up. */
const TIME_TO_STOP = 60_000
/** A run that nobody put down is taken up after this long: longer than a function may run. */
const TAKE_UP_AFTER = 16 * 60_000
/** A run that has to wait for another, or rings more names, goes on after this long. */
const WAIT = 60_000

/**
 * A full reconcile: compares Okta with the mirror, and the mirror with the ledger.
 *
 * 1. `listing`: every group in scope, page by page, is read; where it differs, the mirror is written and names are rung.
 *    What would take people out of names is only counted.
 * 2. `absent`: groups that the mirror has and Okta's listing hadn't are read by id, likewise.
 * 3. `judging`: the guard is asked with the sum of all that would be taken out.
 * 4. `applying`: what was only counted is read again, written and rung; over the guard's limits every leaver is held first.
 * 5. `comparing`: names whose ledger isn't what the mirrors want are rung, likewise.
 * 6. `checking`: at night every name is rung to be looked at for drift, some a minute.
 *
 * What is equal in both is done. The run's row says how far it came; of two functions on one run, one stops.
 */
export async function reconcile(ports: ReadGroupPorts, id: string, nightly = false): Promise<RunReport> {
  const { snapshot, telemetry, clock } = ports
  let run = (await snapshot.run(id)) ?? waitingRun(id, null, nightly)
  try {
    while (run.phase !== 'finished') {
      const next = await phases[run.phase](ports, run)
      const waits = next.phase === run.phase && (run.phase === 'waiting' || run.phase === 'checking')
      const isPutDown = next.phase !== 'finished' && (waits || ports.timeLeft() < TIME_TO_STOP)
      const takeUpAt = clock.now() + (waits ? WAIT : isPutDown ? 0 : TAKE_UP_AFTER)
      run = await snapshot.putRun({ ...next, failures: 0, takeUpAt: next.phase === 'finished' ? null : takeUpAt })
      if (isPutDown) return report(run)
    }
    telemetry.count('ReconcilesFinished')
    telemetry.count('GroupsUnread', run.unread.length)
    telemetry.info('a reconcile is finished', { run: run.id, ...run.counts, unread: run.unread })
  } catch (error) {
    if (error instanceof Conflict) telemetry.warn('another function goes on with this run', { run: id })
    else {
      telemetry.error('a reconcile could not go on; it is taken up later', {
        run: id,
        phase: run.phase,
        ...errorFacts(error),
      })
      // A cursor that Okta doesn't take any more would fail for ever; what was read is left out the second time.
      const cursor = run.failures < MOST_CURSOR_FAILURES ? run.cursor : null
      const takeUpAt = clock.now() + backOff(run.failures)
      await snapshot.putRun({ ...run, cursor, failures: run.failures + 1, takeUpAt })
    }
  }
  return report(run)
}

function report({ id, phase, counts, unread }: Run): RunReport {
  return { id, phase, counts, unread }
}

const phases: Record<Exclude<Run['phase'], 'finished'>, (ports: ReadGroupPorts, run: Run) => Promise<Run>> = {
  waiting: takeTurn,
  listing: readListed,
  absent: readAbsent,
  judging: judgeRun,
  applying: readWaiting,
  comparing: async (ports, run) => {
    const namesRung = await compareNames(ports, run)
    const phase = run.nightly ? 'checking' : 'finished'
    return { ...run, phase, counts: { ...run.counts, namesRung } }
  },
  checking: async (ports, run) => {
    const cursor = await ringChecks(ports, run)
    return { ...run, cursor, phase: cursor === null ? 'finished' : 'checking' }
  },
}

async function readListed(ports: ReadGroupPorts, run: Run): Promise<Run> {
  const { readAt, groups, next } = await ports.directory.groups(run.cursor)
  const inside = groups.filter((group) => inScope(group, ports.rules.scope))
  const read = await readAll(ports, { ...run, startedAt: run.startedAt || readAt }, inside)
  if (!read.all) return read.run
  const counts = { ...read.run.counts, groups: run.counts.groups + inside.length }
  return { ...read.run, counts, cursor: next, phase: next === null ? 'absent' : 'listing' }
}

async function readAbsent(ports: ReadGroupPorts, run: Run): Promise<Run> {
  const candidates: { id: string }[] = []
  for await (const { mirrors } of ports.snapshot.all()) {
    candidates.push(...mirrors.filter((mirror) => isAbsent(mirror, run)))
  }
  // The index may not show yet what this run has read.
  const rows = await pMap(candidates, ({ id }) => ports.snapshot.mirror(id), { concurrency: AT_ONCE })
  const absent = rows.filter((mirror) => mirror !== null).filter((mirror) => isAbsent(mirror, run))
  const read = await readAll(ports, run, absent)
  const counts = { ...read.run.counts, absent: run.counts.absent + absent.length }
  return read.all ? { ...read.run, counts, phase: 'judging' } : read.run
}

async function judgeRun({ snapshot, telemetry, clock, rules }: ReadGroupPorts, run: Run): Promise<Run> {
  const { left, emptied } = sum(run.removals, await countNames(snapshot))
  const breach = breachOfRun(rules.guard, await snapshot.budget(), { left, emptied }, clock.now())
  if (breach !== null) {
    telemetry.error('every removal of a reconcile is held until a person lets it go', {
      run: run.id,
      left,
      emptied,
      detail: tellBreach(breach, rules.guard),
      remedy: 'see whether Okta showed all there is; then q-group-sync held, approve or reject',
    })
  }
  return { ...run, breach, phase: 'applying' }
}

async function readWaiting(ports: ReadGroupPorts, run: Run): Promise<Run> {
  const groups = run.waiting.map((id) => ({ id }))
  const { all, ...read } = await readAll(ports, run, groups, true)
  return all ? { ...read.run, phase: 'comparing' } : read.run
}

/** Whether the run's listing hadn't a group that the mirror has. */
function isAbsent(mirror: Pick<MirrorSummary, 'id' | 'state' | 'run'>, run: Run): boolean {
  const isKnown = ['present', 'missing', 'unread'].includes(mirror.state)
  return isKnown && !isReadBy(run, mirror) && !run.unread.includes(mirror.id) && !run.waiting.includes(mirror.id)
}

/** Reads groups, those that this run has read already left out; stops where time is nearly up. */
async function readAll(
  ports: ReadGroupPorts,
  run: Run,
  listed: readonly { id: string; usersCount?: number | null }[],
  isJudged = false,
): Promise<{ run: Run; all: boolean }> {
  // Where the run was put down within a page, some of it waits already.
  const groups = isJudged ? listed : listed.filter(({ id }) => !run.waiting.includes(id))
  const causes = [{ id: run.id, type: 'reconcile' }]
  const ring = { books: false, again: false, causes, questions: [], sentAt: 0, run: { ...run, isJudged } }
  const outcomes = await pMap(
    groups,
    async ({ id, usersCount }): Promise<Outcome | 'put down'> =>
      ports.timeLeft() < TIME_TO_STOP ? 'put down' : readOne(ports, { ...ring, id, usersCount }),
    { concurrency: AT_ONCE },
  )
  const ended = (how: (outcome: Outcome | 'put down') => boolean) =>
    groups.filter((_, index) => how(outcomes[index]!)).map(({ id }) => id)
  const unread = ended((outcome) => outcome === 'not read')
  const waiting = ended((outcome) => typeof outcome === 'object')
  const removals = outcomes.filter((outcome) => typeof outcome === 'object')
  const changed = ended((outcome) => outcome === 'changed').length
  return {
    run: {
      ...run,
      unread: [...new Set([...run.unread, ...unread])],
      waiting: [...run.waiting, ...waiting],
      removals: removals.reduce(sum, run.removals),
      counts: { ...run.counts, changed: run.counts.changed + changed },
    },
    all: !outcomes.includes('put down'),
  }
}

function sum(a: Spent, b: Spent): Spent {
  return { left: a.left + b.left, emptied: a.emptied + b.emptied }
}

/** One group that can't be written down must not keep the others from being read. */
async function readOne(ports: ReadGroupPorts, ring: GroupRing): Promise<Outcome> {
  try {
    return await readGroup(ports, ring)
  } catch (error) {
    ports.telemetry.error('a group could not be reconciled', { group: ring.id, ...errorFacts(error) })
    return 'not read'
  }
}
