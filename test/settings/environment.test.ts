import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { surroundings } from '../../shared/settings/environment.ts'
import { loadSettings, SettingsError } from '../../shared/settings/load-settings.ts'

const SETTINGS_FILE = join(ROOT, 'settings/example.json')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'environment-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a function has the settings of its stage, and the variables that it names and no others', () => {
  const environment = { SETTINGS_FILE, TABLE_NAME: 'table', HINT_QUEUE_URL: 'hints', NAME_QUEUE_URL: 'names' }
  expect(surroundings(environment, 'TABLE_NAME', 'HINT_QUEUE_URL')).toEqual({
    settings: loadSettings(SETTINGS_FILE),
    TABLE_NAME: 'table',
    HINT_QUEUE_URL: 'hints',
  })
})

test('OKTA_ORG_URL goes before the URL of the settings', () => {
  const { settings } = surroundings({ SETTINGS_FILE, OKTA_ORG_URL: 'http://127.0.0.1:1' })
  const { okta, ...others } = loadSettings(SETTINGS_FILE)
  expect(settings).toEqual({ ...others, okta: { ...okta, orgUrl: 'http://127.0.0.1:1' } })
})

test('every variable that is missing or empty is named at once', () => {
  const look = () =>
    surroundings({ TABLE_NAME: 'table', HINT_QUEUE_URL: '' }, 'TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL')
  expect(look).toThrow(SettingsError)
  expect(look).toThrow('SETTINGS_FILE, HINT_QUEUE_URL, NAME_QUEUE_URL must be set in the environment')
})

test('settings that are not there, or do not fit, are an error that names the file', () => {
  const file = join(folder, 'settings.json')
  expect(() => surroundings({ SETTINGS_FILE: file })).toThrow(file)
  writeFileSync(file, '{"okta":')
  expect(() => surroundings({ SETTINGS_FILE: file })).toThrow(`${file} is not JSON`)
})
