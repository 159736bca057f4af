import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import type { OktaSwitches, Sides } from './switch-story.ts'
import { DAY, MINUTE } from './time.ts'

/** What a side needs of other switches to be felt at all, and how late access comes then. */
type Needs = Partial<Switches> & Pick<Sides, 'late'>

/** One run of the story. */
interface Row extends Sides {
  title: string
}

/** The sides that aren't the default; of a number, the values that are tried. */
type Rows<All> = {
  [Name in keyof All]: [side: All[Name], needs?: Needs][]
}

/** Small enough to be gone over by a few people, and so that it is the service that refuses. In every row but that of the defaults. */
const memberLimit = 4
/** Longer than a function waits for a put, and than a change waits for the put before it. */
const processingMs = 5 * MINUTE

/** Of Amazon Q Business: which lists and people it takes, and whom they count for. */
const lists = {
  emptyList: [['refused']],
  memberLimit: [[memberLimit]],
  memberLimitCounts: [['apart']],
  overLimit: [['fails-later']],
  groupNames: [['case-insensitive']],
  unknownUsers: [['refused'], ['fails-later']],
  absentMemberType: [['DATASOURCE']],
  unseenPerson: [['empty'], ['not-found']],
  nestingDepth: [[1]],
  recreatedGroup: [['loses-acls']],
  identityType: [['AWS_IAM_IDP_SAML']],
} satisfies Partial<Rows<Switches>>

/** Of Amazon Q Business: when a put counts, and what is shown of it. */
const times = {
  overlap: [['reversed', { processingMs, late: 40 }]],
  overlapLagMs: [[20 * MINUTE, { overlap: 'reversed', processingMs, late: 150 }]],
  staleStatusMs: [
    [500, { overLimit: 'fails-later' }],
    [3 * MINUTE, { late: 2 }],
  ],
  processingMs: [[600], [processingMs, { late: 10 }], [DAY, { late: 1_500 }]],
  putWhileProcessing: [['conflict', { processingMs, late: 15 }]],
  // A list that fails is followed by another in the same second.
  lastUpdatedAt: [['seconds', { overLimit: 'fails-later' }]],
  lastUpdatedAtCounts: [['put']],
  statusHistory: [['last-only']],
} satisfies Partial<Rows<Switches>>

const sees: OktaSwitches['sees'] = ({ name }) => name !== 'Hidden'

const okta: { [Name in keyof OktaSwitches]: [side: OktaSwitches[Name], needs?: Partial<OktaSwitches>][] } = {
  countsDeprovisioned: [[false]],
  sees: [[sees]],
  unseenById: [['forbidden', { sees }]],
  nulls: [['absent']],
  nullTargets: [['all']],
  dpop: [['required']],
}

/** Everything that makes it harder, at once. */
const strict = {
  emptyList: 'refused',
  memberLimit,
  overLimit: 'fails-later',
  overlap: 'reversed',
  overlapLagMs: MINUTE,
  staleStatusMs: 20_000,
  processingMs,
  putWhileProcessing: 'conflict',
  absentMemberType: 'DATASOURCE',
  unseenPerson: 'not-found',
  lastUpdatedAt: 'seconds',
  lastUpdatedAtCounts: 'put',
  statusHistory: 'last-only',
  nestingDepth: 1,
  recreatedGroup: 'loses-acls',
} satisfies Partial<Switches>

export const listRows: Row[] = [{ title: 'every default' }, ...rowsOf(lists)]
export const timeRows: Row[] = rowsOf(times)
export const otherRows: Row[] = [
  ...Object.entries(okta).flatMap(([name, sides]) =>
    sides.map(([side, needs]) => ({
      title: `Okta: ${name} ${typeof side === 'function' ? 'some' : side}`,
      qbusiness: { memberLimit },
      okta: { [name]: side, ...needs },
      // Where events name no group, a reconcile finds what has changed.
      late: name === 'nullTargets' ? 70 : 0,
    })),
  ),
  ...(['refused', 'fails-later'] as const).map((unknownUsers) => ({
    title: `every strict side at once, and unknown people ${unknownUsers}`,
    qbusiness: { ...strict, unknownUsers },
    late: 40,
  })),
  {
    title: 'every strict side at once that lets puts overlap, where names are case-insensitive',
    qbusiness: {
      ...strict,
      overLimit: 'refused' as const,
      putWhileProcessing: 'taken' as const,
      groupNames: 'case-insensitive' as const,
    },
    late: 150,
  },
]

/** The names of the switches that have a row of their own, with the sides that are tried. */
export const tried: Record<string, unknown[]> = Object.fromEntries(
  Object.entries({ ...lists, ...times, ...okta }).map(([name, sides]) => [name, sides.map(([side]) => side)]),
)

function rowsOf(switches: Partial<Rows<Switches>>): Row[] {
  return Object.entries(switches).flatMap(([name, sides]) =>
    sides.map(([side, { late = 0, ...needs } = {} as Needs]) => ({
      title: `${name} ${side}, not ${defaultSwitches[name as keyof Switches]}`,
      qbusiness: { memberLimit, [name]: side, ...needs },
      late,
    })),
  )
}
