import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { qBusinessClient } from '../shared/q-business/client.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { doctorSummary, findingText } from './doctor/doctor-text.ts'
import { examineApplication } from './doctor/examine-q-business.ts'
import { examineSettings } from './doctor/examine-settings.ts'
import { Enough, type Finding, Sheet } from './doctor/finding.ts'
import { announcement, examineRights } from './probe/examine-rights.ts'
import { checkFolder, findingsFileOf } from './probe/findings-file.ts'
import { probeHeading } from './probe/probe-text.ts'
import { type Ended, makeProbe, runProbe } from './probe/run-probe.ts'
import { tellEnd } from './probe/tell-end.ts'
import type { Place } from './surroundings.ts'
import { write } from './terminal.ts'
import { FAILED, type Given } from './verb.ts'

/** What goes with --probe only. */
const OF_PROBE = ['yes', 'person', 'findings']

/** Everything that is wrong with the options of a probe. */
export function probeFaults({ options }: Given): string[] {
  if (!options['probe'])
    return OF_PROBE.filter((name) => options[name] !== undefined).map((name) => `--${name} goes with --probe`)
  if (options['yes'] || (!options['json'] && process.stdin.isTTY && process.stdout.isTTY)) return []
  return ['--yes is missing: a probe makes throwaway groups and deletes them, and there is nobody to be asked']
}

/** Settles on an index what nobody outside AWS knows of Amazon Q Business. Answers the exit status. */
export async function probe(name: string, findPlace: () => Place, { options }: Given): Promise<number> {
  const isJson = options['json'] === true
  const at = new Date().toISOString()
  if (!isJson) write(`${probeHeading(name, at)}\n`)
  const sheet = new Sheet((findings: readonly Finding[]) => isJson || write(findingText(findings)))
  const ready = await prepare(sheet, findPlace, options)
  if (ready === null) {
    if (isJson) write(JSON.stringify({ stage: name, at, isDone: false, checks: sheet.findings }, null, 2))
    else write(`\n${doctorSummary(sheet.findings)}`)
    return FAILED
  }
  const { place, made, file } = ready
  if (!isJson) write(`\n${announcement(place.settings.qBusiness.indexId, made.id)}`)
  if (!options['yes'] && !(await isAgreed())) {
    write('Nothing was made.')
    return FAILED
  }
  const ended: Ended = await runProbe(made, place)
  return tellEnd({ name, at, place, file, ended, checks: sheet.findings, isJson })
}

/** All that must be as it should be before anything is made; null where it isn't. */
async function prepare(sheet: Sheet, findPlace: () => Place, options: Given['options']) {
  try {
    const place = await examineSettings(sheet, findPlace)
    if (place === null) return null
    const file = String(options['findings'] ?? findingsFileOf(place))
    checkFolder(file)
    const client = qBusinessClient()
    if ((await examineApplication(sheet, place, client)) === null) return null
    const given = {
      clock: systemClock,
      id: randomBytes(4).toString('hex'),
      person: (options['person'] as string) ?? null,
    }
    const made = makeProbe(client, place.settings.qBusiness, given)
    const rights = await examineRights(sheet, place, client, made.groups)
    return rights === null ? null : { place, file, made: { ...made, ...rights } }
  } catch (error) {
    if (error instanceof Enough) return null
    throw error
  }
}

/** Whether somebody says yes; who ends the input, or presses Ctrl-C, doesn't. */
async function isAgreed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve('\n'))
    terminal.question('Go on? [y/N] ').then(resolve, () => resolve('\n'))
  })
  terminal.close()
  if (answer === '\n') write()
  return /^y(es)?$/i.test(answer.trim())
}
