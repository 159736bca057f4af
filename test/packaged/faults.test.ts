import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { runPackage } from './run-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-faults-'))
const out = join(folder, 'out')
const example = JSON.parse(readFileSync(join(ROOT, 'settings/example.json'), 'utf8'))

afterAll(() => rmSync(folder, { recursive: true }))

/** What packaging says of settings or arguments with which it can't go on; it must not have written anything. */
function faultsOf(settings: unknown, ...args: string[]): string {
  const file = join(folder, 'settings.json')
  writeFileSync(file, JSON.stringify(settings))
  const { status, stdout, stderr } = runPackage('--out', out, '--settings', file, ...args)
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(existsSync(out)).toBe(false)
  return stderr.replace(file, 'FILE')
}

describe('npm run package', () => {
  it('says everything that is wrong with the settings at once, and writes nothing', () => {
    const { okta, qBusiness } = example
    const faulty = {
      okta: { ...okta, orgUrl: 'example' },
      qBusiness: { ...qBusiness, index: 1 },
      renames: { keepDays: -1 },
    }
    expect(faultsOf(faulty)).toBe(`FILE has 3 faults:
  okta.orgUrl: must be the org's URL, as https://example.okta.com
  qBusiness: Unrecognized key: "index"; allowed are applicationId, indexId, findings
  renames.keepDays: Too small: expected number to be >=0
`)
  })

  it('says what cannot be deployed: a secret that is not one secret, an org without TLS', () => {
    const hookSecret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:*'
    const faulty = { ...example, okta: { ...example.okta, orgUrl: 'http://example.okta.com', hookSecret } }
    expect(faultsOf(faulty)).toBe(`FILE can't be deployed:
  okta.orgUrl: must begin with https:// where it is deployed
  okta.hookSecret: must be the whole ARN of one secret, as arn:aws:secretsmanager:us-east-1:111122223333:secret:name-AbCdEf
`)
  })

  it('takes secrets of one region only, which is where the stage goes', () => {
    const hookSecret = example.okta.hookSecret.replace('us-east-1', 'eu-west-1')
    expect(faultsOf({ ...example, okta: { ...example.okta, hookSecret } })).toContain(
      'okta.hookSecret: is in eu-west-1, and okta.credentials in us-east-1',
    )
  })

  it('takes findings of the index only that the settings name', () => {
    const { applicationId, indexId } = example.qBusiness
    const file = {
      applicationId,
      indexId: 'another',
      region: '',
      at: '2026-01-31T00:00:00Z',
      versions: {},
      findings: {},
    }
    writeFileSync(join(folder, 'findings.json'), JSON.stringify(file))
    const settings = { ...example, qBusiness: { ...example.qBusiness, findings: 'findings.json' } }
    expect(faultsOf(settings)).toContain(`has 1 fault:
  indexId: is another, and qBusiness.indexId of the settings is ${indexId}
  probe the index that the settings name (npx q-group-sync doctor --probe), or take qBusiness.findings out of them
`)
  })

  it('names the file that is not there', () => {
    const { status, stderr } = runPackage('--out', out, '--stage', 'nowhere')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'settings/nowhere.json is not there: copy settings/example.json, and see docs/settings.md for every key\n',
    })
    expect(existsSync(out)).toBe(false)
  })

  it.each([['../example'], ['Example'], [''], ['a'.repeat(33)]])('takes no stage named %j', (stage) => {
    expect(faultsOf(example, '--stage', stage)).toContain('is no name of a stage: write 1 to 32 lower-case letters')
  })

  it('takes no option it does not know', () => {
    expect(faultsOf(example, '--stag', 'example')).toContain("Unknown option '--stag'")
  })
})
