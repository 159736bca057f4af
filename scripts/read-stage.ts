import { existsSync } from 'node:fs'
import { loadSettings, rulesOf, SettingsError } from '../shared/settings/load-settings.ts'
import type { Settings } from '../shared/settings/schema.ts'
import { acceptedOf, fingerprintOf } from '../shared/sync/rules.ts'

/** A stage as it is packaged: its settings, complete, their fingerprint, and the region of its secrets. */
export interface Stage {
  region: string
  fingerprint: string
  settings: Settings
}

// A policy names the secret by this ARN, so it must be one secret's, to its last character.
const SECRET = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/

/**
 * Reads a stage's settings. Throws SettingsError with everything that is wrong, all at once.
 * @param follow answers the settings with the findings that they point to
 */
export function readStage(file: string, follow: (settings: Settings, file: string) => Settings): Stage {
  if (!existsSync(file)) {
    throw new SettingsError(`${file} is not there: copy settings/example.json, and see docs/settings.md for every key`)
  }
  const settings = loadSettings(file)
  const { orgUrl, credentials, hookSecret } = settings.okta
  const [regions, faults]: [string[], string[]] = [[], []]
  if (!orgUrl.startsWith('https:')) faults.push('okta.orgUrl: must begin with https:// where it is deployed')
  for (const [key, arn] of Object.entries({ credentials, hookSecret })) {
    const region = SECRET.exec(arn)?.[1]
    if (region) regions.push(region)
    else {
      faults.push(
        `okta.${key}: must be the whole ARN of one secret, as arn:aws:secretsmanager:us-east-1:111122223333:secret:name-AbCdEf`,
      )
    }
  }
  const [region, other] = regions
  if (other !== undefined && other !== region) {
    faults.push(`okta.hookSecret: is in ${other}, and okta.credentials in ${region}; both must be where the stage is`)
  }
  if (faults.length > 0)
    throw new SettingsError(`${file} can't be deployed:\n${faults.map((f) => `  ${f}`).join('\n')}`)
  const fingerprint = fingerprintOf(acceptedOf(rulesOf(settings)))
  return { region: region!, fingerprint, settings: follow(settings, file) }
}
