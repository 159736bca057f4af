import { isDeepStrictEqual } from 'node:util'
import { Conflict, type Identity, type Snapshot, type Telemetry } from './ports.ts'
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

/**
 * The rules in force: those that the table was made with, or that a person has accepted since. Settings that say otherwise
 * whom the names hold wait for that person. Throws StoppedError where the org behind the URL isn't the table's.
 * @param accept accepts the settings as they are now
 */
export async function rulesInForce(
  { snapshot, telemetry, orgId }: { snapshot: Snapshot; telemetry: Telemetry; orgId(): Promise<string> },
  { applicationId, indexId, rules }: Stage,
  accept = false,
): Promise<Rules> {
  const found = await orgId()
  const settings: AcceptedRules = { scope: rules.scope, members: rules.members, groups: { name: rules.groups.name } }
  const table = await snapshot.identity()
  const fresh = {
    version: table?.version ?? 0,
    orgId: found,
    applicationId,
    indexId,
    accepted: settings,
    stopped: null,
  }
  if (table === null) {
    await ifNobodyElse(snapshot, fresh)
    return rules
  }
  checkIndex(table, { applicationId, indexId })
  if (table.orgId !== found) {
    const stopped = `the table was made for the Okta org ${table.orgId}, and the URL answers as ${found}: set okta.orgUrl to the org's, or use another stage for the other org`
    if (table.stopped !== stopped) await ifNobodyElse(snapshot, { ...table, stopped })
    throw new StoppedError(stopped)
  }
  if (table.stopped !== null || (accept && !isDeepStrictEqual(table.accepted, settings))) {
    await ifNobodyElse(snapshot, { ...table, accepted: accept ? settings : table.accepted, stopped: null })
  }
  if (accept || isDeepStrictEqual(table.accepted, settings)) return rules
  const remedy = 'the former settings stay in force until reconcile is invoked with {"acceptSettings": true}'
  telemetry.warn('the settings say otherwise whom the names hold', { remedy })
  const { scope, members, groups } = table.accepted
  return { ...rules, scope, members, groups: { ...rules.groups, name: groups.name } }
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
