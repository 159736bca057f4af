import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { bundle, FUNCTIONS } from '../../scripts/bundle.ts'
import { parseSettings, rulesOf } from '../../shared/settings/load-settings.ts'
import { acceptedOf, fingerprintOf } from '../../shared/sync/rules.ts'
import { built, functionOf, metafileOf, packaged, settings } from './packaged.ts'

const { okta, qBusiness } = settings
const fingerprint = fingerprintOf(acceptedOf(rulesOf(parseSettings(JSON.stringify(settings), 'example'))))

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  it('can be loaded under Node 24 with the variables that the template sets, and needs each of them', () => {
    const { Environment } = functionOf(name).Properties as { Environment: { Variables: object } }
    // The fingerprint and the hook's address are for the command, and the namespace for Powertools.
    const { SETTINGS_FILE, SETTINGS_FINGERPRINT, HOOK_URL, POWERTOOLS_METRICS_NAMESPACE, ...variables } =
      Environment.Variables as Record<string, unknown>
    expect(SETTINGS_FINGERPRINT).toBe(name === 'reconcile' ? fingerprint : undefined)
    expect(JSON.stringify(HOOK_URL ?? {})).toMatch(name === 'reconcile' ? /HttpApi.*execute-api.*\/okta"/ : /^\{\}$/)
    expect(SETTINGS_FILE).toBe('/var/task/settings.json')
    const given = Object.fromEntries(Object.keys(variables).map((variable) => [variable, `the ${variable}`]))
    const env = { ...given, SETTINGS_FILE: built(name, 'settings.json') }
    // The function is composed when it is loaded, and again without one variable after the other.
    const load = `
      const { handler, compose } = require(${JSON.stringify(built(name, 'index.js'))})
      const missed = Object.keys(process.env).filter((variable) => {
        try { compose({ ...process.env, [variable]: undefined }) } catch (error) {
          return error.name === 'SettingsError' && error.message.startsWith(variable + ' must be set')
        }
      })
      console.log(JSON.stringify({ node: process.versions.node, handler: typeof handler, missed: missed.sort() }))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', load], { env, encoding: 'utf8' })
    expect(stderr).toBe('')
    const node = expect.stringMatching(/^24\./)
    expect(JSON.parse(stdout)).toEqual({ node, handler: 'function', missed: Object.keys(env).sort() })
  })

  it('is zipped with its settings', () => {
    const files = unzipSync(readFileSync(built(`${name}.zip`)))
    expect(Object.keys(files)).toEqual(['index.js', 'settings.json'])
    expect(Buffer.from(files['index.js']!).equals(readFileSync(built(name, 'index.js')))).toBe(true)
    expect(JSON.parse(Buffer.from(files['settings.json']!).toString())).toMatchObject({ okta, qBusiness })
  })
})

describe('the bundles', () => {
  const inputsOf = (name: string) => Object.keys(metafileOf(name).inputs)

  it.each([
    ['okta-hook', '@okta/okta-sdk-nodejs'],
    ['okta-hook', '@aws-sdk/client-dynamodb'],
    ['okta-hook', '@aws-sdk/client-qbusiness'],
    ['put-group', '@okta/okta-sdk-nodejs'],
    ['put-group', '@aws-sdk/client-secrets-manager'],
    ['catch-up', '@aws-sdk/client-qbusiness'],
    ['read-group', '@aws-sdk/client-qbusiness'],
    ['reconcile', '@aws-sdk/client-qbusiness'],
    ['replay', '@aws-sdk/client-qbusiness'],
  ])('%s is without %s', (name, module) => {
    expect(inputsOf(name).filter((input) => input.includes(`node_modules/${module}/`))).toEqual([])
  })

  it('are without the command, and what only it needs', () => {
    const inputs = FUNCTIONS.flatMap(inputsOf)
    expect(inputs.filter((input) => /^cli\/|node_modules\/@aws-sdk\/client-sts\//.test(input))).toEqual([])
  })

  it('are zipped to the same bytes every time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-again-'))
    await bundle('put-group', folder, readFileSync(built('put-group', 'settings.json'), 'utf8'))
    expect(readFileSync(join(folder, 'put-group.zip')).equals(readFileSync(built('put-group.zip')))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it('have in them a shared/membership that imports nothing but itself and hashes', () => {
    const modules = FUNCTIONS.flatMap((name) => Object.entries(metafileOf(name).inputs))
    const pure = modules.filter(([path]) => path.startsWith('shared/membership/'))
    expect(pure.length).toBeGreaterThan(10)
    // <runtime> is esbuild's own.
    const isOwn = (path: string) => path === '<runtime>' || path.startsWith('shared/membership/')
    const imports = pure.flatMap(([, input]) => input.imports.map(({ path }) => path))
    expect([...new Set(imports)].filter((path) => !isOwn(path))).toEqual(['node:crypto'])
  })

  it.each([
    ['okta-hook', 450_000],
    ['put-group', 600_000],
    ['catch-up', 5_600_000],
    ['read-group', 5_600_000],
    ['reconcile', 5_600_000],
    ['replay', 5_600_000],
  ])('%s has %i bytes at most', (name, most) => {
    expect(statSync(built(name, 'index.js')).size).toBeLessThanOrEqual(most)
  })

  it('are listed with their sizes when they are packaged', () => {
    for (const name of FUNCTIONS) {
      expect(packaged.output).toMatch(new RegExp(`^ {2}${name} +[\\d,]+ KB +[\\d,]+ KB$`, 'm'))
    }
  })
})
