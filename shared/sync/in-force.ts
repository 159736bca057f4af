import { isDeepStrictEqual } from 'node:util'
import { Conflict, type Directory, type Snapshot, type Telemetry } from './ports.ts'
import type { Identity } from './rows.ts'
import { type AcceptedRules, acceptedOf, fingerprintOf, type Rules } from './rules.ts'
import { checkVersion, TABLE_VERSION } from './table-version.ts'

/** Everything stops: the table was made for another org, application or index, or was stopped since another org answered. */
export class StoppedError extends Error {
  override name = 'StoppedError'
}

/** What a stage is for, by its settings. */
export interface Stage {
  applicationId: string
  indexId: string
  rules: Rules
}

/** What is needed to tell what is in force. `directoryFor` gives Okta by the profile attribute that is a user's id. */
export interface InForcePorts {
  snapshot: Snapshot
  telemetry: Telemetry
  directoryFor(attribute: string): Directory
}

/**
 * The rules in force, and Okta by them: those that the table was made with, or that a person has accepted since. Settings
 * that say otherwise whom the names hold wait for that person. Throws StoppedError where the org behind the URL isn't the
 * table's. Where Okta doesn't answer, neither does the directory, so that what was to be read is written down for later.
 */
export async function inForce(ports: InForcePorts, stage: Stage): Promise<{ rules: Rules; directory: Directory }> {
  const table = await ports.snapshot.identity()
  if (table !== null) checkTable(table, stage)
  let orgId: string
  try {
    orgId = await ports.directoryFor(stage.rules.members.attribute).orgId()
  } catch (error) {
    return { rules: stage.rules, directory: unanswered(error) }
  }
  const rules = table === null ? await firstUse(ports, stage, orgId) : await laterUse(ports, stage, table, orgId)
  return { rules, directory: ports.directoryFor(rules.members.attribute) }
}

/**
 * The same for a person's command, which says what stands and changes nothing of it. Throws StoppedError where the stage is
 * stopped or another org answers, and what Okta's silence throws.
 */
export async function asInForce(
  { snapshot, directoryFor }: Omit<InForcePorts, 'telemetry'>,
  stage: Stage,
): Promise<{ rules: Rules; directory: Directory }> {
  await checkNotStopped(snapshot, stage)
  const table = await snapshot.identity()
  const rules = table === null ? stage.rules : withAccepted(stage.rules, table.accepted)
  const directory = directoryFor(rules.members.attribute)
  const stopped = table && otherOrg(table, await directory.orgId())
  if (stopped) throw new StoppedError(stopped)
  return { rules, directory }
}

async function firstUse({ snapshot }: InForcePorts, stage: Stage, orgId: string): Promise<Rules> {
  const { applicationId, indexId, rules } = stage
  await ifNobodyElse(snapshot, {
    version: 0,
    tableVersion: TABLE_VERSION,
    orgId,
    applicationId,
    indexId,
    accepted: acceptedOf(rules),
    stopped: null,
    puts: null,
  })
  return rules
}

async function laterUse(ports: InForcePorts, { rules }: Stage, table: Identity, orgId: string): Promise<Rules> {
  const { snapshot, telemetry } = ports
  const stopped = otherOrg(table, orgId)
  if (stopped !== null) {
    if (table.stopped !== stopped) await ifNobodyElse(snapshot, { ...table, stopped })
    telemetry.error('everything is stopped', { remedy: stopped })
    throw new StoppedError(stopped)
  }
  if (table.stopped !== null) await ifNobodyElse(snapshot, { ...table, stopped: null })
  const settings = acceptedOf(rules)
  if (isDeepStrictEqual(table.accepted, settings)) return rules
  const fingerprint = fingerprintOf(settings)
  const remedy = `the former settings stay in force until somebody has looked at q-group-sync plan, and runs approve --settings ${fingerprint}`
  telemetry.warn('the settings say otherwise whom the names hold', { fingerprint, remedy })
  return withAccepted(rules, table.accepted)
}

/** Why nothing may be done where another org answers than the table's; null where it is the table's. */
export function otherOrg({ orgId }: Identity, answers: string): string | null {
  if (orgId === answers) return null
  return `the table was made for the Okta org ${orgId}, and the URL answers as ${answers}: set okta.orgUrl to the org's, or use another stage for the other org`
}

function withAccepted(rules: Rules, { scope, members, groups }: AcceptedRules): Rules {
  return { ...rules, scope, members, groups: { ...rules.groups, name: groups.name } }
}

function unanswered(error: unknown): Directory {
  const reject = () => Promise.reject(error)
  return {
    orgId: reject,
    group: reject,
    members: reject,
    usersCount: reject,
    groupsOfUser: reject,
    groups: reject,
    log: reject,
    time: reject,
    // biome-ignore lint/correctness/useYield: it rejects before there is anything to yield.
    async *events() {
      throw error
    },
  }
}

/**
 * Throws StoppedError or TableVersionError where nothing may be done: another application or index, another org, or another
 * release's table. Answers the table's row, null where nothing has run yet.
 */
export async function checkNotStopped(
  snapshot: Snapshot,
  stage: Pick<Stage, 'applicationId' | 'indexId'>,
): Promise<Identity | null> {
  const table = await snapshot.identity()
  if (table === null) return null
  checkTable(table, stage)
  if (table.stopped !== null) throw new StoppedError(table.stopped)
  return table
}

function checkTable(table: Identity, { applicationId, indexId }: Pick<Stage, 'applicationId' | 'indexId'>): void {
  checkVersion(table)
  if (table.applicationId === applicationId && table.indexId === indexId) return
  throw new StoppedError(
    `the table was made for application ${table.applicationId} and index ${table.indexId}, and the settings name ${applicationId} and ${indexId}: another index is another stage`,
  )
}

/** Another function may say the same at the same time; what it wrote is read by the next call. */
async function ifNobodyElse(snapshot: Snapshot, identity: Identity): Promise<void> {
  try {
    await snapshot.putIdentity(identity)
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
  }
}
