import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { foundIn } from '../../shared/settings/findings.ts'
import { settingsSchema } from '../../shared/settings/schema.ts'
import { withFindings } from '../../shared/settings/with-findings.ts'

const folder = mkdtempSync(join(tmpdir(), 'findings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const index = { applicationId: 'a'.repeat(36), indexId: 'b'.repeat(36) }
const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`
const okta = { orgUrl: 'https://example.okta.com', credentials: secret('okta'), hookSecret: secret('hook') }
const settings = (findings: string | null) => settingsSchema.parse({ okta, qBusiness: { ...index, findings } })

const found = {
  ...index,
  region: 'us-east-1',
  at: '2026-11-21T12:00:00Z',
  versions: { node: 'v24.21.0' },
  findings: { emptyList: { side: 'refused', seen: 'a list with nobody in it is refused' } },
}
/** The settings with findings of this content beside them. */
const withFile = (content: string) => {
  writeFileSync(join(folder, 'prod.findings.json'), content)
  return () => withFindings(settings('prod.findings.json'), join(folder, 'prod.json'))
}

test('settings that point to no findings stay as they are, and know of none', () => {
  const without = settings(null)
  expect(withFindings(without, join(folder, 'prod.json'))).toBe(without)
  expect(foundIn(without.qBusiness, 'emptyList')).toBe(null)
})

test('findings are read from beside the settings, and what is not in them was not found', () => {
  const { qBusiness } = withFile(JSON.stringify(found))()
  expect(qBusiness).toEqual({ ...index, findings: found })
  expect(foundIn(qBusiness, 'emptyList')).toBe('refused')
  expect(foundIn(qBusiness, 'memberLimit')).toBe(null)
  // A path that nobody has followed yet says nothing.
  expect(foundIn(settings('prod.findings.json').qBusiness, 'emptyList')).toBe(null)
})

test('everything that is wrong with findings is told at once, with what to do', () => {
  const wrong = { ...found, indexId: 'c'.repeat(36), region: 7, findings: { emptyList: { side: 'never' }, more: {} } }
  const said =
    /has 5 faults:\n {2}region: .*\n {2}findings\.emptyList\.side: (.|\n)*indexId: is c+, and qBusiness\.indexId of the settings is b+\n {2}probe the index/
  expect(withFile(JSON.stringify(wrong))).toThrow(said)
})

test('findings that are not there, or no JSON, are told with their file', () => {
  const said = /\.json, to which qBusiness\.findings points, has 1 fault:\n {2}it can't be read: /
  expect(() => withFindings(settings('none.json'), join(folder, 'prod.json'))).toThrow(said)
  expect(withFile('{')).toThrow(said)
})

test('findings that are no object are one fault', () => {
  expect(withFile('null')).toThrow(/has 1 fault:\n {2}\(all of it\): /)
})
