import type { Findings } from '../../shared/settings/findings.ts'
import { SettingsError } from '../../shared/settings/load-settings.ts'
import { withFindings } from '../../shared/settings/with-findings.ts'
import { findingsFileOf } from '../probe/findings-file.ts'
import type { Place } from '../surroundings.ts'
import { time } from '../terminal.ts'
import { Fault, type Sheet } from './finding.ts'

/** Whether somebody has probed the index, and whether the settings' findings are of it. */
export async function examineFindings(sheet: Sheet, place: Place): Promise<void> {
  await sheet.check('findings', async () => {
    const findings = findingsOf(place)
    if (findings === null) {
      return {
        found: 'none yet: what this index does where AWS does not say has not been probed',
        note: [
          `a probe settles it in five minutes, with throwaway groups, and writes ${findingsFileOf(place)}; docs/probe.md says what it touches:`,
          `npx q-group-sync doctor --probe${place.flag && ` ${place.flag}`}`,
        ],
        value: null,
      }
    }
    const all = Object.values(findings.findings)
    const settled = all.filter(({ side }) => side !== null).length
    return { found: `of ${time(findings.at)}: ${settled} of ${all.length} are settled`, value: findings }
  })
}

/** Throws what is wrong with them, where the settings came without. */
function findingsOf({ settings, settingsFile }: Place): Findings | null {
  try {
    return withFindings(settings, settingsFile).qBusiness.findings as Findings | null
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    throw new Fault(error.message)
  }
}
