import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { FINDING_NAMES, type Findings } from '../../shared/settings/findings.ts'
import { RefusedError } from '../../shared/sync/refused-error.ts'
import type { Place } from '../surroundings.ts'

const PACKAGE = join(import.meta.dirname, '..', '..', 'package.json')

/** Where findings are written unless somebody says otherwise: beside the stage's settings. */
export function findingsFileOf({ stage }: Place): string {
  return stage === null ? join('.local', 'findings.json') : join('settings', `${stage}.findings.json`)
}

/** Makes sure that the file can be written. Throws RefusedError where its folder isn't there. */
export function checkFolder(file: string): void {
  const folder = dirname(file)
  if (folder === '.local') mkdirSync(folder, { recursive: true })
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RefusedError(
      `there is no folder ${folder} for the findings: make it, or name another file with --findings`,
    )
  }
}

/** Writes what was found, whole or not at all. */
export function writeFindings(file: string, { settings }: Place, at: string, found: Findings['findings']): void {
  const { applicationId, indexId } = settings.qBusiness
  const { version, dependencies } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  const client = '@aws-sdk/client-qbusiness'
  const findings: Findings = {
    applicationId,
    indexId,
    region: process.env['AWS_REGION'] ?? '',
    at,
    versions: { 'q-group-sync': version, [client]: dependencies[client] },
    findings: inOrder(found),
  }
  const half = `${file}.${process.pid}`
  try {
    writeFileSync(half, `${JSON.stringify(findings, null, 2)}\n`)
    renameSync(half, file)
  } catch (error) {
    rmSync(half, { force: true })
    throw error
  }
}

/** What a person does next, so that the functions go by the findings. */
export function nextSteps({ settings, settingsFile, stage }: Place, file: string): string[] {
  if (stage === null) return []
  const path = relative(dirname(settingsFile), file)
  const deploy = ['package', 'deploy'].map((step) => `npm run ${step} -- --stage ${stage}`)
  if (settings.qBusiness.findings !== null) return ['the functions go by it once it is deployed:', ...deploy]
  return [
    `the functions go by it once qBusiness of ${settingsFile} has "findings": ${JSON.stringify(path)}:`,
    ...deploy,
  ]
}

/** In one order, so that two files can be compared. */
export function inOrder(found: Findings['findings']): Findings['findings'] {
  return Object.fromEntries(FINDING_NAMES.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])))
}
