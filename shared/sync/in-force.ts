import { isDeepStrictEqual } from 'node:util'
import { Conflict, type Directory, type Identity, type Snapshot, type Telemetry } from './ports.ts'
import type { AcceptedRules, Rules } from './rules.ts'

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
 * @param accept accepts the settings as they are now; throws where that can't be written down
 */
export async function inForce(
  ports: InForcePorts,
  stage: Stage,
  accept = false,
): Promise<{ rules: Rules; directory: Directory }> {
  const table = await ports.snapshot.identity()
  if (table !== null) checkIndex(table, stage)
  let orgId: string
  try {
    orgId = await ports.directoryFor(stage.rules.members.attribute).orgId()
  } catch (error) {
    if (accept) throw error
    return { rules: stage.rules, directory: unanswered(error) }
  }
  const rules =
    table === null ? await firstUse(ports, stage, orgId) : await laterUse(ports, stage, table, orgId, accept)
  return { rules, directory: ports.directoryFor(rules.members.attribute) }
}

async function firstUse({ snapshot }: InForcePorts, stage: Stage, orgId: string): Promise<Rules> {
  const { applicationId, indexId, rules } = stage
  await ifNobodyElse(snapshot, {
    version: 0,
    orgId,
    applicationId,
    indexId,
    accepted: acceptedOf(rules),
    stopped: null,
  })
  return rules
}

async function laterUse(
  ports: InForcePorts,
  { rules }: Stage,
  table: Identity,
  orgId: string,
  accept: boolean,
): Promise<Rules> {
  const { snapshot, telemetry } = ports
  if (table.orgId !== orgId) {
    const stopped = `the table was made for the Okta org ${table.orgId}, and the URL answers as ${orgId}: set okta.orgUrl to the org's, or use another stage for the other org`
    if (table.stopped !== stopped) await ifNobodyElse(snapshot, { ...table, stopped })
    telemetry.error('everything is stopped', { remedy: stopped })
    throw new StoppedError(stopped)
  }
  const settings = acceptedOf(rules)
  const isAccepted = accept || isDeepStrictEqual(table.accepted, settings)
  const next = { ...table, accepted: isAccepted ? settings : table.accepted, stopped: null }
  if (!isDeepStrictEqual(next, table)) await (accept ? snapshot.putIdentity(next) : ifNobodyElse(snapshot, next))
  if (isAccepted) return rules
  const remedy = 'the former settings stay in force until reconcile is invoked with {"acceptSettings": true}'
  telemetry.warn('the settings say otherwise whom the names hold', { remedy })
  const { scope, members, groups } = table.accepted
  return { ...rules, scope, members, groups: { ...rules.groups, name: groups.name } }
}

function acceptedOf({ scope, members, groups }: Rules): AcceptedRules {
  return { scope, members, groups: { name: groups.name } }
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

/** Throws StoppedError where nothing may be put: another application or index, or stopped. */
export async function checkNotStopped(
  snapshot: Snapshot,
  stage: Pick<Stage, 'applicationId' | 'indexId'>,
): Promise<void> {
  const table = await snapshot.identity()
  if (table === null) return
  checkIndex(table, stage)
  if (table.stopped !== null) throw new StoppedError(table.stopped)
}

function checkIndex(table: Identity, { applicationId, indexId }: Pick<Stage, 'applicationId' | 'indexId'>): void {
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
