import * as z from 'zod/mini'
import { type Axis, DEFAULTS, type Limit, withoutEffect } from '../membership/guard.ts'
import { findingsSchema } from './findings.ts'

const arn = (service: string) =>
  z
    .string()
    .check(z.regex(new RegExp(`^arn:aws[a-z-]*:${service}:`), `must be an ARN of ${service}, as arn:aws:${service}:…`))
// ApplicationId and IndexId of the Q Business model.
const id = z.string().check(z.regex(/^[a-zA-Z0-9][a-zA-Z0-9-]{35}$/, 'must be an id of 36 letters, digits and hyphens'))
const globs = z.array(z.string().check(z.minLength(1)))
const days = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most))

/** Okta's user statuses (Okta API). */
const STATUSES = [
  'ACTIVE',
  'PROVISIONED',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'LOCKED_OUT',
  'SUSPENDED',
  'STAGED',
  'DEPROVISIONED',
] as const

/** The limits of one axis of the guard, each with its default. */
const limit = (axis: Axis) => {
  const { number, fraction, floor } = DEFAULTS[axis]
  return z._default(
    z.strictObject({
      number: z._default(z.int().check(z.minimum(0)), number),
      fraction: z._default(z.number().check(z.minimum(0), z.maximum(1)), fraction),
      floor: z._default(z.int().check(z.minimum(0)), floor),
    }),
    DEFAULTS[axis],
  )
}

const guardSchema = z
  .strictObject({
    /** Members leaving one name. */
    name: limit('name'),
    /** Memberships taken away from all names in 24 hours. */
    all: limit('all'),
    /** Names emptied in 24 hours. */
    emptied: limit('emptied'),
    /** Axes that may have a limit which is none. */
    iUnderstand: z._default(z.array(z.enum(['name', 'all', 'emptied'])), []),
  })
  .check(({ value, issues }) => {
    const { iUnderstand, ...limits } = value
    for (const [axis, limit] of Object.entries(limits) as [Axis, Limit][]) {
      if (iUnderstand.includes(axis)) continue
      for (const [path, input] of withoutEffect(limit)) {
        const message = `${input} is no limit: without it a mass removal isn't held; name "${axis}" in guard.iUnderstand if that is meant`
        issues.push({ code: 'custom', path: [axis, path], message, input })
      }
    }
  })

/** One stage's settings file, strict: a key that isn't named here is an error. */
export const settingsSchema = z.strictObject({
  okta: z.strictObject({
    /** `https://example.okta.com`, without a path. */
    orgUrl: z
      .string()
      .check(z.regex(/^https?:\/\/[^/?#\s]+\/?$/, "must be the org's URL, as https://example.okta.com")),
    /** Secret `{"clientId", "privateKey", "keyId"}` of a service app, or `{"token"}`. */
    credentials: arn('secretsmanager'),
    /** Secret with which Okta signs its deliveries: a text, or a JSON list of two while it is rotated. */
    hookSecret: arn('secretsmanager'),
  }),
  qBusiness: z.strictObject({
    applicationId: id,
    indexId: id,
    /** The file that q-group-sync doctor --probe wrote, by its path from this one; when packaged, what it holds. */
    findings: z._default(
      z.nullable(
        z.union([z.string().check(z.minLength(1)), findingsSchema], 'must be the path of a findings file, or null'),
      ),
      null,
    ),
  }),
  /** Whether anything is put before a person has said so, by q-group-sync go. */
  mode: z._default(z.enum(['observe', 'put']), 'observe'),
  scope: z._default(
    z.strictObject({
      types: z._default(z.array(z.enum(['OKTA_GROUP', 'APP_GROUP', 'BUILT_IN'])), ['OKTA_GROUP', 'APP_GROUP']),
      /** Globs over names in Okta; `*` is any run of characters. */
      names: z._default(globs, ['*']),
      /** Okta ids of groups, besides those that `names` takes. */
      ids: z._default(z.array(z.string()), []),
    }),
    { types: ['OKTA_GROUP', 'APP_GROUP'], names: ['*'], ids: [] },
  ),
  members: z._default(
    z.strictObject({
      /** The profile attribute that is the person's `Email` session tag. */
      attribute: z._default(z.string().check(z.minLength(1)), 'email'),
      statuses: z._default(z.array(z.enum(STATUSES)).check(z.minLength(1)), [...STATUSES.slice(0, 5)]),
    }),
    { attribute: 'email', statuses: [...STATUSES.slice(0, 5)] },
  ),
  groups: z._default(
    z.strictObject({
      /** The user store's name of a group. */
      name: z._default(z.string().check(z.regex(/\{(name|id)\}/, 'must have {name} or {id} in it')), '{name}'),
      /** Globs over names that are taken over where the user store has them already. */
      adopt: z._default(globs, []),
      /** A name that nobody has wanted for so long is deleted. */
      deleteAfterDays: z._default(days(1, 365), 14),
    }),
    { name: '{name}', adopt: [], deleteAfterDays: 14 },
  ),
  /** How long the old name of a renamed group is kept in step. */
  renames: z._default(z.strictObject({ keepDays: z._default(days(0, 3650), 90) }), { keepDays: 90 }),
  /** How many may leave before a person is asked. */
  guard: z._default(guardSchema, { ...DEFAULTS, iUnderstand: [] }),
  /** Of more changes of users in ten minutes, the others are left to one reconcile. */
  bulk: z._default(z.strictObject({ userHints: z._default(z.int().check(z.minimum(1), z.maximum(100_000)), 500) }), {
    userHints: 500,
  }),
  drift: z._default(
    z.strictObject({
      /** The id of a document by which people's groups are asked; null takes the first that ListDocuments shows. */
      document: z._default(
        z.nullable(z.string().check(z.regex(/^\P{C}{1,1825}$/u, 'must be the id of a document'))),
        null,
      ),
      /** How many people are asked about a night. */
      sample: z._default(z.int().check(z.minimum(0), z.maximum(1000)), 50),
      /** How many names are put for drift a day; the others wait for the next. */
      putsPerNight: z._default(z.int().check(z.minimum(0)), 200),
    }),
    { document: null, sample: 50, putsPerNight: 200 },
  ),
  /** Every name is put anew within so many days, a share of them a night. */
  refresh: z._default(z.strictObject({ days: z._default(days(1, 365), 30) }), { days: 30 }),
  /** How long change records are kept. */
  history: z._default(z.strictObject({ days: z._default(days(1, 3650), 400) }), { days: 400 }),
})

/** A stage's settings, complete. */
export type Settings = z.infer<typeof settingsSchema>
