import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import type { Limits } from '../../shared/membership/guard.ts'
import type { Rules } from '../../shared/sync/rules.ts'
import type { Fate, Fault } from './faults.ts'
import type { OktaSides } from './okta.ts'
import { Random } from './random.ts'
import type { Scenario } from './scenario.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What happens at one time of a history. `slot` is a place where a group may be, `person` a place in the list of people. */
export type Happening =
  | { do: 'create' | 'rename'; slot: number; name: number }
  | { do: 'import'; slot: number; name: number }
  | { do: 'delete' | 'change case' | 'leave scope'; slot: number }
  | { do: 'swap'; slot: number; other: number }
  | { do: 'join' | 'leave'; slot: number; person: number; to?: number }
  | { do: 'suspend' | 'unsuspend' | 'deactivate' | 'activate' | 'replace'; person: number }
  | { do: 'address'; person: number; as: number | 'plus' | 'none' | 'new' }
  | { do: 'somebody else puts'; name: number }
  | { do: 'fault'; fault: Fault }
  | { do: 'index lags'; ms: number }
  | { do: 'hide' | 'show'; slot: number }
  | { do: 'cursor is refused' }
  | { do: 'deploy' }
  | { do: 'settings'; what: 'scope' | 'guard' }
  | { do: 'remove' | 'restore'; person: number }
  | { do: 'reconcile' | 'replay' | 'dead letters' }

/** When it happens, in milliseconds after the beginning. */
export type Step = Happening & { at: number }

/** What happens to deliveries, each with its probability. */
export interface Deliveries {
  lost: number
  late: number
  doubled: number
  split: number
  refused: number
}

/** A whole history, as it is drawn from a seed: the same plan leads to the same history. */
export interface Plan {
  seed: number
  start: number
  /** Nothing goes wrong but deliveries and lags: then removals are in time. */
  isCalm: boolean
  people: number
  /** People of each group at the beginning. */
  groups: { name: number; isImported: boolean; members: number[] }[]
  names: number
  okta: OktaSides
  switches: Switches
  rules: Rules
  deliveries: Deliveries
  hasHook: boolean
  nightly: boolean
  maxSkew: number
  indexLagMs: number
  twice: number
  /** How long a person takes to decide about a hold, and how often the people of it are let go. */
  dawdlesMs: number
  approves: number
  steps: Step[]
}

const COUNTING = ['ACTIVE', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT']
const OPEN = { number: 0, fraction: 0, floor: 0 }
const NO_GUARD: Limits = { name: OPEN, all: OPEN, emptied: OPEN }

/** Draws a history. */
export function drawPlan(seed: number, scenario: Scenario = 'any'): Plan {
  const random = new Random(seed)
  const isCalm = random.chance({ any: 0.3, calm: 1, rough: 0, guard: 0, crash: 0 }[scenario])
  const hasHook = random.chance(0.9)
  const hasLog = !hasHook || random.chance(0.55)
  const people = random.seldom(random.between(3, 8), [20, 40], 0.15)
  const names = random.between(2, 4)
  const hasGuard = random.chance(scenario === 'guard' ? 1 : 0.35)
  const guard = hasGuard ? drawGuard(random) : NO_GUARD
  const groups = Array.from({ length: random.between(1, 4) }, () => ({
    name: random.nat(names),
    isImported: random.chance(0.2),
    members: drawMembers(random, people),
  }))
  const nightly = random.chance(0.4)
  const steps = drawSteps(random, { isCalm, people, names, hasGuard, slots: 4, dies: scenario === 'crash' })
  const share = (usual: number, ...others: number[]) => random.seldom(usual, others, 0.5)
  return {
    seed,
    start: Date.UTC(2026, 9, random.between(1, 28), random.nat(24), random.nat(60)),
    isCalm,
    people,
    groups,
    names,
    okta: drawOkta(random, isCalm, hasLog),
    switches: drawSwitches(random, isCalm, hasGuard),
    rules: {
      mode: 'put',
      scope: { types: ['OKTA_GROUP', 'APP_GROUP'], names: ['Team *', 'TEAM *', 'team *'], ids: [] },
      members: { attribute: random.chance(0.5) ? 'email' : 'address', statuses: COUNTING },
      groups: { name: '{name}', adopt: [], deleteAfter: random.pick([6 * HOUR, DAY]) },
      renames: { keepFor: random.pick([2 * HOUR, 20 * HOUR, 90 * DAY]) },
      guard,
      bulk: { userHints: random.seldom(500, [2], 0.15) },
      drift: { sample: 0, putsPerNight: 200 },
      refresh: { within: 30 * DAY },
      mostMembers: 1000,
    },
    deliveries: {
      lost: hasLog ? share(0, 0.1, 0.6) : 0,
      late: share(0, 0.1, 0.5),
      doubled: share(0, 0.2),
      split: share(0, 0.5, 1),
      refused: share(0, 0.1),
    },
    hasHook,
    nightly,
    maxSkew: random.pick([0, 0, 2 * SECOND, 30 * SECOND]),
    indexLagMs: random.seldom(0, [500, 5 * SECOND, 40 * SECOND], 0.4),
    twice: isCalm ? 0 : random.seldom(0, [0.02], 0.3),
    dawdlesMs: random.pick([MINUTE, 20 * MINUTE, 5 * HOUR, DAY]),
    approves: random.pick([0, 0.7, 1]),
    steps,
  }
}

function drawMembers(random: Random, people: number): number[] {
  // A power law: many small groups, and a few that hold nearly everybody.
  const size = Math.min(people, Math.floor(1 / (random.next() + 1 / (people + 1))))
  const all = Array.from({ length: people }, (_, person) => person)
  return all.filter(() => random.chance((size + 1) / people))
}

function drawGuard(random: Random): Limits {
  const limit = (...numbers: number[]) => ({ number: random.pick(numbers), fraction: 0, floor: 0 })
  return { name: limit(0, 1, 2), all: limit(0, 2, 4), emptied: limit(0, 1) }
}

function drawOkta(random: Random, isCalm: boolean, hasLog: boolean): OktaSides {
  return {
    lagMs: random.pick([0, 500, 5 * SECOND, 30 * SECOND]),
    logLagMs: hasLog ? random.pick([0, 2 * SECOND, 20 * SECOND]) : Number.POSITIVE_INFINITY,
    clockAheadMs: random.seldom(0, [-20 * SECOND, -2 * SECOND, 2 * SECOND, 20 * SECOND]),
    page: random.pick([2, 3, 50]),
    countsDeprovisioned: isCalm || random.chance(0.8),
    nulls: random.pick(['present', 'absent']),
    nullTargets: random.seldom<readonly string[] | 'all'>([], [['group.user_membership.add'], 'all'], 0.1),
    unseenById: random.pick(['not-found', 'forbidden']),
  }
}

/** What nobody knows of Amazon Q Business. A put lands a day later at most: later, nothing could be done about it. */
function drawSwitches(random: Random, isCalm: boolean, hasGuard: boolean): Switches {
  const processingMs = isCalm
    ? random.pick([0, 20, 3 * SECOND])
    : random.weighted([
        [10, 20],
        [8, random.pick([0, 0, 3 * SECOND, 3 * SECOND, 90 * SECOND, 10 * MINUTE])],
        [0.4, random.pick([3 * HOUR, 20 * HOUR])],
      ])
  return {
    ...defaultSwitches,
    emptyList: random.pick(['taken', 'refused']),
    // Who is held in a list that is refused for good keeps it from being put: that isn't judged here.
    memberLimit: isCalm || hasGuard ? 1000 : random.seldom(1000, [3], 0.1),
    overLimit: random.pick(['refused', 'fails-later']),
    groupNames: random.pick(['case-sensitive', 'case-insensitive']),
    overlap: isCalm || processingMs > 10 * HOUR ? 'in-order' : random.pick(['in-order', 'reversed']),
    overlapLagMs: random.pick([0, 5 * SECOND, 20 * MINUTE]),
    staleStatusMs: isCalm ? random.pick([0, 2 * SECOND]) : random.seldom(0, [2 * SECOND, 5 * MINUTE]),
    processingMs,
    // It is tried again every minute: for hours that is only long.
    putWhileProcessing: isCalm || processingMs > HOUR ? 'taken' : random.pick(['taken', 'conflict']),
    lastUpdatedAt: random.pick(['fraction', 'seconds']),
    lastUpdatedAtCounts: random.pick(['status', 'put']),
    statusHistory: random.pick(['grows', 'last-only']),
  }
}

function drawSteps(
  random: Random,
  facts: { isCalm: boolean; people: number; names: number; hasGuard: boolean; slots: number; dies: boolean },
): Step[] {
  const steps: Step[] = []
  let at = MINUTE
  for (let left = random.between(6, 24); left > 0; left--) {
    const isFault = !facts.isCalm && random.chance(0.4)
    const trouble = () => (facts.dies ? drawDeath(random) : drawTrouble(random, facts))
    const happening = isFault ? trouble() : drawChange(random, facts)
    steps.push({ ...happening, at })
    const pause = random.weighted([
      [8, [0, 3 * SECOND]],
      [5, [3 * SECOND, 90 * SECOND]],
      [4, [90 * SECOND, 20 * MINUTE]],
      [1, [20 * MINUTE, 10 * HOUR]],
    ] as const)
    at += random.between(pause[0], pause[1])
  }
  return steps
}

function drawChange(
  random: Random,
  {
    people,
    names,
    slots,
    isCalm,
    hasGuard,
  }: { people: number; names: number; slots: number; isCalm: boolean; hasGuard: boolean },
): Happening {
  const slot = random.nat(slots)
  const name = random.nat(names)
  const person = random.nat(people)
  const verb = random.weighted([
    [3, 'create'],
    [1, 'import'],
    [2, 'rename'],
    [1, 'delete'],
    [1, 'change case'],
    [1, 'leave scope'],
    [1, 'swap'],
    [8, 'join'],
    [9, 'leave'],
    [1, 'suspend'],
    [1, 'unsuspend'],
    [1, 'deactivate'],
    [1, 'activate'],
    [1, 'replace'],
    [2, 'address'],
  ] as const)
  switch (verb) {
    case 'create':
    case 'import':
    case 'rename':
      return { do: verb, slot, name: random.chance(0.05) && !isCalm ? names : name }
    case 'delete':
    case 'change case':
    case 'leave scope':
      return { do: verb, slot }
    case 'swap':
      return { do: verb, slot, other: random.nat(slots) }
    case 'join':
    case 'leave':
      // A rule, or an administrator with a list, changes several at once.
      return { do: verb, slot, person, ...(random.chance(hasGuard ? 0.4 : 0.1) && { to: random.nat(people) }) }
    case 'address':
      return { do: verb, person, as: random.pick([random.nat(people), 'plus', 'none', 'new', 'new']) }
    default:
      return { do: verb, person }
  }
}

const OKTA_METHODS = ['group', 'members', 'usersCount', 'groupsOfUser', 'groups', 'log', 'org'] as const
/** Rows that transactions write, too: DynamoDB may refuse any write of them. */
const IN_TRANSACTIONS = ['putMirror', 'putLedger', 'putIdentity', 'decide']
const WRITES = ['putMirror', 'putLedger', 'putUser', 'putRun', 'putCursor', 'putIdentity', 'decide']

function drawTrouble(
  random: Random,
  { people, slots, hasGuard }: { people: number; slots: number; hasGuard: boolean },
): Happening {
  const verb = random.weighted([
    [14, 'fault'],
    [2, 'index lags'],
    [1, 'hide'],
    [1, 'show'],
    [1, 'cursor is refused'],
    [2, 'deploy'],
    [1, 'settings'],
    [1, 'remove'],
    [1, 'restore'],
    [1, 'reconcile'],
    [1, 'replay'],
    [1, 'dead letters'],
    [1, 'somebody else puts'],
  ] as const)
  if (verb === 'fault') return { do: verb, fault: drawFault(random) }
  if (verb === 'index lags') return { do: verb, ms: random.pick([0, 2 * SECOND, 30 * SECOND]) }
  if (verb === 'hide' || verb === 'show') return { do: verb, slot: random.nat(slots) }
  if (verb === 'settings') return { do: verb, what: hasGuard ? 'guard' : 'scope' }
  if (verb === 'remove' || verb === 'restore') return { do: verb, person: random.nat(people) }
  if (verb === 'somebody else puts') return { do: verb, name: random.nat(3) }
  return { do: verb }
}

/** A function dies, or stands still, at one of the calls that matter. */
function drawDeath(random: Random): Happening {
  const [port, method] = random.pick([
    ['okta', 'members'],
    ['table', 'putMirror'],
    ['table', 'putLedger'],
    ['queue', 'SendMessageBatchCommand'],
    ['store', 'put'],
  ] as const)
  const when = random.pick(['before', 'after'] as const)
  const ms = random.pick([20 * SECOND, 3 * MINUTE, 25 * MINUTE])
  const fate: Fate = random.chance(0.5) ? { kind: 'crash', when } : { kind: 'freeze', when, ms }
  return { do: 'fault', fault: { port, methods: [method], fate, skip: random.nat(4), times: 1 } }
}

function drawFault(random: Random): Fault {
  const skip = random.weighted([
    [3, 0],
    [3, random.nat(5)],
    [2, random.nat(40)],
  ])
  const times = random.weighted([
    [5, 1],
    [1, random.between(2, 6)],
  ])
  const port = random.weighted([
    [3, 'okta'],
    [4, 'table'],
    [2, 'queue'],
    [6, 'store'],
  ] as const)
  const when = random.pick(['before', 'after'] as const)
  const common: readonly (readonly [number, Fate])[] = [
    [3, { kind: 'crash', when }],
    [2, { kind: 'error', when }],
    [1, { kind: 'slow', ms: random.pick([3 * SECOND, 20 * SECOND, 70 * SECOND]) }],
    [1, { kind: 'freeze', when, ms: random.pick([MINUTE, 7 * MINUTE, 25 * MINUTE]) }],
  ]
  if (port === 'okta') {
    if (random.chance(0.3)) {
      return { port, methods: ['members'], fate: { kind: 'cut', keep: random.nat(3) }, skip: random.nat(4), times: 1 }
    }
    return {
      port,
      methods: random.chance(0.5) ? [] : [random.pick(OKTA_METHODS)],
      fate: random.weighted(common),
      skip,
      times,
    }
  }
  if (port === 'table') {
    if (random.chance(0.2)) return { port, methods: IN_TRANSACTIONS, fate: { kind: 'conflict' }, skip, times }
    return {
      port,
      methods: random.pick([[], WRITES, WRITES, ['putMirror'], ['putLedger']]),
      fate: random.weighted(common),
      skip,
      times,
    }
  }
  if (port === 'queue' && random.chance(0.3)) {
    return { port, methods: ['SendMessageBatchCommand'], fate: { kind: 'left' }, skip, times }
  }
  if (port === 'queue')
    return { port, methods: ['SendMessageBatchCommand'], fate: random.weighted(common), skip, times }
  const afterMs = random.pick([SECOND, MINUTE, 10 * MINUTE, 2 * HOUR, 12 * HOUR])
  const error = random.pick(['throttled', 'conflict', 'quota', 'denied', 'unknown', 'unknown'] as const)
  const puts: readonly (readonly [number, Fate])[] = [
    [2, { kind: 'put', fate: { kind: 'error', error, takesEffect: error === 'unknown' && random.chance(0.5) } }],
    [3, { kind: 'put', fate: { kind: 'late', afterMs } }],
    [1, { kind: 'put', fate: { kind: 'overlapped', afterMs } }],
    [
      1,
      {
        kind: 'put',
        fate: {
          kind: 'fails',
          detail: { errorCode: random.pick(['InternalError', 'InvalidRequest']), errorMessage: 'as drawn' },
        },
      },
    ],
  ]
  if (random.chance(0.6)) {
    return {
      port,
      methods: [random.seldom('put', ['delete'], 0.1)],
      fate: random.weighted(puts),
      skip: Math.min(skip, 6),
      times,
    }
  }
  return {
    port,
    methods: [random.pick(['put', 'put', 'status', 'delete'])],
    fate: random.weighted(common),
    skip,
    times,
  }
}
