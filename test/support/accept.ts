import { randomUUID } from 'node:crypto'
import { loadSettings, rulesOf } from '../../shared/settings/load-settings.ts'
import { acceptSettings } from '../../shared/sync/accept-settings.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { acceptedOf, fingerprintOf } from '../../shared/sync/rules.ts'
import type { TestCloud } from './cloud.ts'

/** A person accepts the settings as they are deployed. Answers the id of the reconcile that follows. */
export async function acceptDeployed({ snapshot }: TestCloud): Promise<string> {
  const rules = rulesOf(loadSettings(process.env['SETTINGS_FILE']!))
  const why = { fingerprint: fingerprintOf(acceptedOf(rules)), by: 'arn:ann', reason: 'looked at' }
  return acceptSettings({ snapshot, clock: systemClock, newId: randomUUID }, rules, why)
}
