import type { Switches } from '../../local/q-business/switches.ts'
import type { OktaSwitches, Sides } from './switch-story.ts'
import { DAY, MINUTE } from './time.ts'

/** One run of the story. */
interface Row extends Sides {
  title: string
}

/** Small enough to be gone over by a few people, and so that it is the service that refuses. In every row but that of the defaults. */
const memberLimit = 4
/** Longer than a function waits for a put, and than a change waits for the put before it. */
const processingMs = 5 * MINUTE

/** Sides of Amazon Q Business that are taken together, and how late access comes then. */
type Together = Partial<Switches> & Pick<Sides, 'late'>

/** Which lists and people it takes, and whom they count for. */
const lists: Together[] = [
  { memberLimit },
  { emptyList: 'refused', unseenPerson: 'empty' },
  { overLimit: 'fails-later', unseenPerson: 'not-found' },
  { groupNames: 'case-insensitive', nestingDepth: 1 },
  { unknownUsers: 'refused', recreatedGroup: 'loses-acls' },
  { unknownUsers: 'fails-later', identityType: 'AWS_IAM_IDP_SAML' },
  { memberLimitCounts: 'apart', absentMemberType: 'DATASOURCE' },
]

/** When a put counts, and what is shown of it. */
const times: Together[] = [
  { overlap: 'reversed', processingMs, late: 25 },
  { overlapLagMs: 20 * MINUTE, overlap: 'reversed', processingMs, late: 150 },
  { staleStatusMs: 500, overLimit: 'fails-later' },
  { staleStatusMs: 3 * MINUTE, late: 2 },
  { processingMs: 600, lastUpdatedAtCounts: 'put' },
  { processingMs, statusHistory: 'last-only', late: 10 },
  { processingMs: DAY, late: 1_500 },
  { putWhileProcessing: 'conflict', processingMs, late: 15 },
  // A list that fails is followed by another in the same second.
  { lastUpdatedAt: 'seconds', overLimit: 'fails-later' },
]

const sees: OktaSwitches['sees'] = ({ name }) => name !== 'Hidden'

const okta: Partial<OktaSwitches>[] = [
  { countsDeprovisioned: false, nulls: 'absent', dpop: 'required' },
  { sees },
  { unseenById: 'forbidden', sees },
  { nullTargets: 'all' },
]

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

export const listRows: Row[] = [{ title: 'every default' }, ...lists.map(rowOf)]
export const timeRows: Row[] = times.map(rowOf)
export const otherRows: Row[] = [
  ...okta.map((sides) => ({
    title: `Okta: ${titleOf(sides)}`,
    qbusiness: { memberLimit },
    okta: sides,
    // Where events name no group, a reconcile finds what has changed.
    late: 'nullTargets' in sides ? 70 : 0,
  })),
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

/** The names of all switches that are tried, with the sides. */
export const tried = new Map<string, unknown[]>()
for (const sides of [...lists, ...times, ...okta]) {
  for (const [name, side] of Object.entries(sides)) tried.set(name, [...(tried.get(name) ?? []), side])
}

function rowOf({ late = 0, ...sides }: Together): Row {
  return { title: titleOf(sides), qbusiness: { memberLimit, ...sides }, late }
}

function titleOf(sides: object): string {
  return Object.entries(sides)
    .map(([name, side]) => `${name} ${typeof side === 'function' ? 'some' : side}`)
    .join(', ')
}
