import * as z from 'zod/mini'

const ids = z.array(z.string().check(z.minLength(1))).check(z.minLength(1))
const time = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((text) => new Date(text)),
)
const dryRun = z.optional(z.boolean())

/** What replay is invoked with: one of groups, users, since with until, deadLetters. Okta ids; times in ISO 8601. */
export const replayRequest = z.union([
  z.strictObject({ groups: ids, dryRun }),
  z.strictObject({ users: ids, dryRun }),
  z.strictObject({ since: time, until: time, all: z.optional(z.boolean()), dryRun }),
  z.strictObject({ deadLetters: z.literal(true), dryRun }),
])

/** The same for a person who got it wrong. */
export const replayUsage =
  'one of {"groups": [Okta ids]}, {"users": [Okta ids]}, {"since": time, "until": time, "all"?: true} or {"deadLetters": true}, ' +
  'each with "dryRun"?: true; a time is 2026-01-31T00:00:00Z'
