import { SettingsError } from '../shared/settings/load-settings.ts'
import { doctorHeading, doctorSummary, findingText } from './doctor/doctor-text.ts'
import { examine } from './doctor/examine.ts'
import type { Told } from './doctor/finding.ts'
import { probe, probeFaults } from './probe.ts'
import { findPlace, type Place } from './surroundings.ts'
import { write } from './terminal.ts'
import { DONE, FAILED, type Verb, wordFaults } from './verb.ts'

/** Looks at everything that a stage needs, also before it is deployed. */
export const doctor: Verb = {
  about: 'looks at all that the stage needs, and says of each what is wrong and how to mend it; it changes nothing',
  usage: ['doctor [--json]', 'doctor --probe [--yes] [--person ADDRESS] [--findings FILE] [--json]'],
  options: {
    json: { about: 'as one JSON object' },
    probe: { about: 'instead, finds out what nobody knows of Amazon Q Business, by throwaway groups that it deletes' },
    yes: { about: 'makes them without asking' },
    person: { value: 'ADDRESS', about: 'somebody who has signed in, and may be in throwaway groups for a minute' },
    findings: { value: 'FILE', about: 'where to write what was found; settings/NAME.findings.json unless told' },
  },
  faults: (given) => [...wordFaults(given), ...probeFaults(given)],
  async runAnywhere(where, given) {
    const json = given.options['json'] === true
    const place = placeOf(where)
    const name = place instanceof SettingsError ? `stage ${where.stage ?? ''}`.trim() : place.name
    const find = () => {
      if (place instanceof SettingsError) throw place
      return place
    }
    if (given.options['probe']) return probe(name, find, given)
    const at = new Date().toISOString()
    if (!json) write(`${doctorHeading(name, at)}\n`)
    const told: Told = (findings) => json || write(findingText(findings))
    const checks = await examine(find, told)
    const isWell = checks.every(({ is }) => is === 'well' || is === 'note')
    if (json) write(JSON.stringify({ stage: name, at, isWell, checks }, null, 2))
    else write(`\n${doctorSummary(checks)}`)
    return isWell ? DONE : FAILED
  },
}

/** The stage; or what is wrong with its settings, which is the first finding. */
function placeOf(where: Parameters<typeof findPlace>[0]): Place | SettingsError {
  try {
    return findPlace(where)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
}
