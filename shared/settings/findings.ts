import * as z from 'zod/mini'

/** What a probe found of one thing that nobody outside AWS knows: the side, null where it isn't settled, and what was seen. */
const finding = <Side extends z.ZodMiniType>(side: Side) =>
  z.optional(
    z.strictObject({
      side: z.nullable(side),
      seen: z.string(),
      /** What would settle it. */
      remedy: z.optional(z.string()),
    }),
  )
const count = z.int().check(z.minimum(0))
const bounded = (which: 'least' | 'most') => z.string().check(z.regex(new RegExp(`^at ${which} \\d+$`)))
const orMore = z.union([count, bounded('least')], `must be a whole number, or "at least N"`)
const orLess = z.union([count, bounded('most')], `must be a whole number, or "at most N"`)

/** The sides of each, named as the switches of the stand-in are: docs/stand-ins.md says what they mean. Times in milliseconds. */
const findings = z.strictObject({
  emptyList: finding(z.enum(['taken', 'refused'])),
  unknownUsers: finding(z.enum(['taken', 'refused', 'fails-later'])),
  memberLimit: finding(orMore),
  memberLimitCounts: finding(z.enum(['together', 'apart'])),
  overLimit: finding(z.enum(['refused', 'fails-later'])),
  groupNames: finding(z.enum(['case-sensitive', 'case-insensitive'])),
  absentMemberType: finding(z.enum(['INDEX', 'DATASOURCE'])),
  nestingDepth: finding(orMore),
  unseenPerson: finding(z.enum(['resolved', 'empty', 'not-found'])),
  processingMs: finding(orLess),
  staleStatusMs: finding(count),
  putWhileProcessing: finding(z.enum(['taken', 'conflict'])),
  overlap: finding(z.enum(['in-order', 'reversed'])),
  lastUpdatedAt: finding(z.enum(['fraction', 'seconds'])),
  lastUpdatedAtCounts: finding(z.enum(['status', 'put'])),
  statusHistory: finding(z.enum(['grows', 'last-only'])),
  recreatedGroup: finding(z.enum(['keeps-acls', 'loses-acls'])),
})

/** The file that `q-group-sync doctor --probe` writes: of which index, when, by what, and what it found. */
export const findingsSchema = z.strictObject({
  applicationId: z.string(),
  indexId: z.string(),
  region: z.string(),
  at: z.iso.datetime(),
  versions: z.record(z.string(), z.string()),
  findings,
})

export type Findings = z.infer<typeof findingsSchema>
export type FindingName = keyof Findings['findings']

/** Every finding there may be, in the order in which they are shown. */
export const FINDING_NAMES = Object.keys(findings.def.shape) as FindingName[]

/** What was found of one thing; null where nobody has probed, or where it isn't settled. */
export function foundIn<Name extends FindingName>({ findings }: { findings: string | Findings | null }, name: Name) {
  type Side = NonNullable<Findings['findings'][Name]>['side']
  const found = findings === null || typeof findings === 'string' ? undefined : findings.findings[name]
  return (found?.side ?? null) as Side
}
