import { isDeepStrictEqual } from 'node:util'
import pMap from 'p-map'
import { claimOf } from '../membership/claim.ts'
import { tellBreach } from '../membership/guard.ts'
import type { Ledger } from '../membership/ledger.ts'
import { type Mirror, namesBorne } from '../membership/mirror.ts'
import { nameKey } from '../membership/name-key.ts'
import { isInStep } from '../membership/plan.ts'
import { type PlannedName, type Rename, type StagePlan, summaryOf, sumOf } from '../membership/stage-plan.ts'
import type { Clock } from './clock.ts'
import { checkNotStopped, otherOrg, type Stage, StoppedError } from './in-force.ts'
import { inMemory } from './in-memory.ts'
import { type LookAtAllPorts, lookAtAll, type Seen } from './look-at-all.ts'
import { planName } from './plan-name.ts'
import type { Identity, MirrorSummary, Telemetry, UserStore } from './ports.ts'
import { acceptedOf, fingerprintOf, type Rules } from './rules.ts'

const AT_ONCE = 16

/**
 * What a run would do now by these settings, accepted or not: Okta is read as a reconcile reads it, each name is judged as
 * before a put, and nothing is written anywhere. Throws where the groups can't be listed, or the stage is stopped.
 */
export async function planStage(
  given: Omit<LookAtAllPorts, 'rules'> & { userStore: UserStore; clock: Clock },
  stage: Stage,
): Promise<StagePlan> {
  const { rules } = stage
  const ports = { ...given, rules, telemetry: nobodyListens, snapshot: await inMemory(given.snapshot) }
  await checkNotStopped(ports.snapshot, stage)
  const table = await ports.snapshot.identity()
  const stopped = table && otherOrg(table, await ports.directory.orgId())
  if (stopped) throw new StoppedError(stopped)
  const mirrors: MirrorSummary[] = []
  const ledgers = new Map<string, Ledger>()
  for await (const page of ports.snapshot.all()) {
    mirrors.push(...page.mirrors)
    for (const ledger of page.ledgers) ledgers.set(ledger.key, ledger)
  }
  const seen = await lookAtAll(ports, mirrors)
  const bearers = Map.groupBy(
    seen.flatMap(({ after }) => namesBorne(after).map((key) => ({ key, after }))),
    ({ key }) => key,
  )
  const keys = [...new Set([...bearers.keys(), ...ledgers.keys()])].filter((key) => isKnown(key, bearers, ledgers))
  const budget = await ports.snapshot.budget()
  const plan = async (key: string): Promise<PlannedName[]> => {
    const borne = (bearers.get(key) ?? []).map(({ after }) => after)
    if (budget.removed.length === 0 && isQuiet(ledgers.get(key), borne)) return []
    const planned = await planName(ports, (await ports.snapshot.name(key)).ledger, borne)
    return isSaid(planned) ? [planned] : []
  }
  const planned = (await pMap(keys, plan, { concurrency: AT_ONCE })).flat()
  const now = ports.clock.now()
  const changes = planned.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const breach = sumOf(changes, rules.guard, budget, now)
  const facts = {
    at: new Date(now).toISOString(),
    settings: { fingerprint: fingerprintOf(acceptedOf(rules)), differences: differencesOf(table, rules) },
    groups: seen.filter(({ after }) => after.state === 'present').length,
    names: keys.length,
    changes,
    renames: seen.flatMap(renameOf).toSorted((a, b) => (a.from < b.from ? -1 : 1)),
    unread: seen.flatMap(({ before, name, why }) => (why === null ? [] : [{ group: before.id, name, why }])),
    sum: breach && { ...breach, detail: tellBreach(breach, rules.guard) },
  }
  return { ...facts, summary: summaryOf(facts) }
}

/** A name that was given up, and that nobody wants, is none. */
function isKnown(key: string, bearers: ReadonlyMap<string, unknown>, ledgers: ReadonlyMap<string, Ledger>): boolean {
  return bearers.has(key) || ledgers.get(key)?.ours === true
}

/** Whether nothing is to be said of a name, by what the index has of its row. */
function isQuiet(ledger: Ledger | undefined, borne: readonly Mirror[]): boolean {
  if (ledger === undefined) return false
  const claim = claimOf(ledger.key, ledger.owner, borne)
  if (claim === null || claim.doubles.length > 0 || ledger.adjusted !== null) return false
  return ledger.holds.length === 0 && ledger.refusal === null && isInStep(ledger, claim)
}

function isSaid({ joins, leaves, isNew, putAgain, deleteAt, refused, doubles, held, wouldHold, keptOut }: PlannedName) {
  const people = [joins, leaves, doubles, held, keptOut].some((list) => list.length > 0)
  return people || isNew || [putAgain, deleteAt, refused, wouldHold].some((fact) => fact !== null)
}

function renameOf({ before, after }: Seen): Rename[] {
  if (before.name === null || after.name === null || nameKey(before.name) === nameKey(after.name)) return []
  const former = after.formerNames.find(({ name }) => name === before.name)
  const until = former ? new Date(former.until).toISOString() : null
  return [{ group: after.id, from: before.name, to: after.name, until }]
}

function differencesOf(table: Identity | null, rules: Rules): StagePlan['settings']['differences'] {
  if (table === null) return []
  const flat = ({ scope, members, groups }: ReturnType<typeof acceptedOf>) => ({
    'scope.types': scope.types,
    'scope.names': scope.names,
    'scope.ids': scope.ids,
    'members.attribute': members.attribute,
    'members.statuses': members.statuses,
    'groups.name': groups.name,
  })
  const [inForce, here] = [flat(table.accepted), flat(acceptedOf(rules))]
  return (Object.keys(here) as (keyof typeof here)[])
    .filter((key) => !isDeepStrictEqual(inForce[key], here[key]))
    .map((key) => ({ key, inForce: inForce[key], here: here[key] }))
}

const nobodyListens: Telemetry = { info() {}, warn() {}, error() {}, count() {} }
