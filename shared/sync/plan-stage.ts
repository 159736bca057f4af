import pMap from 'p-map'
import type { Budget } from '../membership/budget.ts'
import type { Bearer } from '../membership/claim.ts'
import { type Breach, tellBreach } from '../membership/guard.ts'
import { breachOfRun } from '../membership/judge.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { namesBorne } from '../membership/mirror.ts'
import { borneKey, claimOfSpelling, partsOf } from '../membership/spelling.ts'
import { isQuiet, isSaid, renameOf, type StagePlan, summaryOf } from '../membership/stage-plan.ts'
import type { Clock } from './clock.ts'
import { removalOf } from './hold-removals.ts'
import { checkNotStopped, otherOrg, type Stage, StoppedError } from './in-force.ts'
import { inMemory } from './in-memory.ts'
import { type LookAtAllPorts, lookAtAll, type Seen } from './look-at-all.ts'
import { modeOf, whyNoPut } from './mode.ts'
import { type Borne, planName } from './plan-name.ts'
import type { Snapshot, Telemetry, UserStore } from './ports.ts'
import type { MirrorSummary } from './rows.ts'
import { acceptedOf, differencesOf, fingerprintOf } from './rules.ts'

const AT_ONCE = 16

/**
 * What a reconcile would do now by these settings, accepted or not: Okta is read as it reads it, the guard is asked with the sum
 * of all removals and for each name as before a put, and nothing is written anywhere. Throws where the groups can't be listed, or
 * the stage is stopped.
 */
export async function planStage(
  given: Omit<LookAtAllPorts, 'rules'> & { userStore: UserStore; clock: Clock },
  stage: Stage,
): Promise<StagePlan> {
  const { rules } = stage
  const snapshot = await inMemory(given.snapshot)
  const ports = { ...given, rules, snapshot, telemetry: nobodyListens }
  const table = await checkNotStopped(snapshot, stage)
  const stopped = table && otherOrg(table, await ports.directory.orgId())
  if (stopped) throw new StoppedError(stopped)
  const { mirrors, ledgers } = await readIndex(snapshot)
  const seen = await lookAtAll(ports, mirrors)
  const bearers = bearersOf(seen)
  const ledgerOf = (key: string) => ledgers.get(key) ?? noLedger(key)
  const ours = [...ledgers.values()].filter((ledger) => ledger.ours).map(({ key }) => key)
  const spellings = [...bearers].flatMap(([key, borne]) => borneKey(ledgerOf(key), borne) ?? [])
  const keys = [...new Set([...bearers.keys(), ...ours, ...spellings])]
  const wantedFor = (key: string): Omit<Borne, 'ledger'> => {
    const { name, spelling } = partsOf(key)
    const first = ledgerOf(name)
    const borne = bearers.get(name) ?? []
    return { bearers: borne, claim: claimOfSpelling(key, first, borne), first: spelling === null ? null : first }
  }
  const budget = await snapshot.budget()
  const isLoud = (key: string) => budget.removed.length > 0 || !isQuiet(ledgers.get(key), wantedFor(key).claim)
  const names = await pMap(
    keys.filter(isLoud),
    async (key): Promise<Borne> => ({ ledger: (await snapshot.name(key)).ledger, ...wantedFor(key) }),
    { concurrency: AT_ONCE },
  )
  const now = ports.clock.now()
  const claims = keys.flatMap((key) => (ledgerOf(key).refusal?.reason === 'same' ? [] : (wantedFor(key).claim ?? [])))
  const counted = { memberships: claims.reduce((sum, { count }) => sum + count, 0), names: claims.length }
  const judged = await judgeRun(snapshot, names, { ...budget, totals: counted }, (left, by) =>
    breachOfRun(rules.guard, by, left, now),
  )
  const { breach } = judged
  const judging = { ...ports, snapshot: { ...snapshot, budget: async () => judged.budget } }
  const ifGone = breachesIfGone(seen)
  const plan = (name: Borne) => planName(judging, name, breach ?? ifGone.get(partsOf(name.ledger.key).name) ?? null)
  const changes = (await pMap(names, plan, { concurrency: AT_ONCE })).filter((name) => name !== null).filter(isSaid)
  const facts = {
    at: new Date(now).toISOString(),
    stopped: whyNoPut(modeOf(table, rules.mode)),
    settings: {
      fingerprint: fingerprintOf(acceptedOf(rules)),
      differences: table === null ? [] : differencesOf(table.accepted, acceptedOf(rules)),
    },
    groups: seen.filter(({ after }) => after.state === 'present').length,
    names: keys.length,
    changes: changes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    renames: seen.flatMap(({ before, after }) => renameOf(before, after) ?? []),
    unread: seen.flatMap(({ before, name, why }) => (why === null ? [] : [{ group: before.id, name, why }])),
    sum: breach && { ...breach, detail: tellBreach(breach, rules.guard) },
  }
  return { ...facts, summary: summaryOf(facts) }
}

async function readIndex(snapshot: Snapshot) {
  const mirrors: MirrorSummary[] = []
  const ledgers = new Map<string, Ledger>()
  for await (const page of snapshot.all()) {
    mirrors.push(...page.mirrors)
    for (const ledger of page.ledgers) ledgers.set(ledger.key, ledger)
  }
  return { mirrors, ledgers }
}

function bearersOf(seen: readonly Seen[]): Map<string, Bearer[]> {
  const bearers = new Map<string, Bearer[]>()
  for (const { after } of seen) {
    for (const key of namesBorne(after)) bearers.set(key, [...(bearers.get(key) ?? []), after])
  }
  return bearers
}

/** Asks the guard with the sum of all removals, of what there is before them. */
async function judgeRun(
  snapshot: Snapshot,
  names: readonly Borne[],
  { totals, ...budget }: Budget,
  breachOf: (taken: { left: number; emptied: number }, budget: Budget) => Breach | null,
): Promise<{ breach: Breach | null; budget: Budget }> {
  const removals = await pMap(names, ({ ledger, claim }) => removalOf(snapshot, ledger, claim), {
    concurrency: AT_ONCE,
  })
  const left = removals.reduce((sum, { leavers }) => sum + leavers.length, 0)
  const emptied = removals.filter(({ isEmptied }) => isEmptied).length
  const before = { memberships: totals!.memberships + left, names: totals!.names + emptied }
  return { breach: breachOf({ left, emptied }, { ...budget, totals: before }), budget: { ...budget, totals: before } }
}

/** Why those who leave are held with whom a group is gone that was missing already, by its names. */
function breachesIfGone(seen: readonly Seen[]): Map<string, Breach> {
  return new Map(
    seen
      .filter(({ after }) => after.state === 'gone')
      .flatMap(({ before }) => namesBorne(before).map((key) => [key, before.heldIfGone] as const))
      .filter((entry): entry is [string, Breach] => entry[1] !== null),
  )
}

const nobodyListens: Telemetry = { info() {}, warn() {}, error() {}, count() {} }
