import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Findings, findingsSchema } from './findings.ts'
import { SettingsError } from './load-settings.ts'
import type { Settings } from './schema.ts'

/**
 * The settings with the findings that they point to, by a path from their own file, read. Throws SettingsError with everything
 * that is wrong with them, all at once.
 */
export function withFindings(settings: Settings, settingsFile: string): Settings {
  const { qBusiness } = settings
  if (typeof qBusiness.findings !== 'string') return settings
  const findings = readFindings(resolve(dirname(settingsFile), qBusiness.findings), qBusiness)
  return { ...settings, qBusiness: { ...qBusiness, findings } }
}

function readFindings(file: string, index: Settings['qBusiness']): Findings {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw faulty(file, [`  it can't be read: ${(error as Error).message}`], error)
  }
  const parsed = findingsSchema.safeParse(json)
  const faults = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `  ${path.join('.') || '(all of it)'}: ${message}`,
  )
  for (const key of ['applicationId', 'indexId'] as const) {
    const found = (json as Partial<Findings> | null)?.[key]
    if (typeof found !== 'string' || found === index[key]) continue
    faults.push(`  ${key}: is ${found}, and qBusiness.${key} of the settings is ${index[key]}`)
  }
  if (faults.length > 0) throw faulty(file, faults)
  return parsed.data!
}

function faulty(file: string, faults: string[], cause?: unknown): SettingsError {
  const remedy =
    'probe the index that the settings name (npx q-group-sync doctor --probe), or take qBusiness.findings out of them'
  return new SettingsError(
    `${file}, to which qBusiness.findings points, has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.join('\n')}\n  ${remedy}`,
    { cause },
  )
}
