import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { loadSettings, parseSettings } from '../../shared/settings/load-settings.ts'

const file = join(ROOT, 'settings/example.json')
type Json = Record<string, unknown>
const example = (): Record<string, Json> => JSON.parse(readFileSync(file, 'utf8'))
/** What must be there; everything else has a default. */
const least = (): Record<string, Json> => {
  const { okta, qBusiness } = example()
  return { okta: okta!, qBusiness: qBusiness! }
}

/** The message for settings that don't fit. */
function messageOf(settings: unknown): string {
  try {
    parseSettings(typeof settings === 'string' ? settings : JSON.stringify(settings), 'x.json')
  } catch (error) {
    expect((error as Error).name).toBe('SettingsError')
    return (error as Error).message
  }
  throw new Error('these settings fit')
}

/** The example with one value put at a path, `scope.types.0` say. */
function withValue(path: string, value: unknown): unknown {
  const settings = example()
  const keys = path.split('.')
  const last = keys.pop()!
  let part: Json = settings
  for (const key of keys) part = part[key] as Json
  if (value === undefined) delete part[last]
  else part[last] = value
  return settings
}

describe('the example', () => {
  it('fits', () => {
    expect(loadSettings(file)).toEqual(example())
  })

  it('shows every default as it is', () => {
    expect(parseSettings(JSON.stringify(least()), 'x.json')).toEqual(example())
  })

  it('has none but example ids', () => {
    const text = readFileSync(file, 'utf8')
    expect(text.match(/\d{12}/g)).toEqual(expect.arrayContaining(['111122223333']))
    expect(new Set(text.match(/arn:aws:secretsmanager:us-east-1:(\d+)/g)).size).toBe(1)
    expect(text.match(/https?:\/\/[^"]*/g)).toEqual(['https://example.okta.com'])
  })
})

const arn = 'must be an ARN of secretsmanager, as arn:aws:secretsmanager:…'
const id = 'must be an id of 36 letters, digits and hyphens'
const text = 'Invalid input: expected string, received'
const number = 'Invalid input: expected number, received'
const empty = 'Too small: expected string to have >=1 characters'

describe('a limit of the guard that is none', () => {
  const paths = ['name', 'all', 'emptied'].flatMap((axis) =>
    [
      ['number', 0],
      ['number', 1_000_001],
      ['fraction', 0],
      ['fraction', 1],
      ['floor', 1_000_001],
    ].map(([limit, value]) => [axis, limit, value] as [string, string, number]),
  )

  it.each(paths)('guard.%s.%s of %d is refused, with what allows it', (axis, limit, value) => {
    const settings = withValue(`guard.${axis}.${limit}`, value) as ReturnType<typeof example>
    const told = `${value} is no limit: without it a mass removal isn't held; name "${axis}" in guard.iUnderstand if that is meant`
    expect(messageOf(settings)).toBe(`x.json has 1 fault:\n  guard.${axis}.${limit}: ${told}`)
    const others = ['name', 'all', 'emptied'].filter((other) => other !== axis)
    settings['guard']!['iUnderstand'] = others
    expect(messageOf(settings)).toContain(told)
    settings['guard']!['iUnderstand'] = [axis]
    expect(parseSettings(JSON.stringify(settings), 'x.json').guard.iUnderstand).toEqual([axis])
  })
})

describe('one fault', () => {
  it.each<[string, unknown, string, string?]>([
    [
      'extra',
      1,
      'Unrecognized key: "extra"; allowed are okta, qBusiness, mode, scope, members, groups, renames, guard, bulk, drift, refresh, history',
      '(all of it)',
    ],
    [
      'okta.orgURL',
      'https://example.okta.com',
      'Unrecognized key: "orgURL"; allowed are orgUrl, credentials, hookSecret',
      'okta',
    ],
    [
      'qBusiness.region',
      'us-east-1',
      'Unrecognized key: "region"; allowed are applicationId, indexId, findings',
      'qBusiness',
    ],
    ['scope.name', [], 'Unrecognized key: "name"; allowed are types, names, ids', 'scope'],
    ['members.status', [], 'Unrecognized key: "status"; allowed are attribute, statuses', 'members'],
    ['groups.adapt', [], 'Unrecognized key: "adapt"; allowed are name, adopt, deleteAfterDays', 'groups'],
    ['renames.keep', 1, 'Unrecognized key: "keep"; allowed are keepDays', 'renames'],
    ['bulk.users', 1, 'Unrecognized key: "users"; allowed are userHints', 'bulk'],
    ['drift.documents', 1, 'Unrecognized key: "documents"; allowed are document, sample, putsPerNight', 'drift'],
    ['refresh.day', 1, 'Unrecognized key: "day"; allowed are days', 'refresh'],
    ['history.day', 1, 'Unrecognized key: "day"; allowed are days', 'history'],
    ['okta', undefined, 'Invalid input: expected object, received undefined'],
    ['okta.orgUrl', 'example.okta.com', "must be the org's URL, as https://example.okta.com"],
    ['okta.orgUrl', 'ftp://example.okta.com', "must be the org's URL, as https://example.okta.com"],
    ['okta.credentials', undefined, `${text} undefined`],
    ['okta.credentials', 'arn:aws:ssm:us-east-1:111122223333:parameter/okta', arn],
    ['okta.credentials', '00aTokenThatIsNoArn', arn],
    ['okta.hookSecret', 'q-group-sync/hook', arn],
    ['qBusiness.applicationId', '11111111-2222', id],
    ['qBusiness.applicationId', '-1111111-2222-3333-4444-555555555555', id],
    ['qBusiness.indexId', '66666666_7777_8888_9999_000000000000', id],
    ['qBusiness.indexId', 5, `${text} number`],
    ['scope.types.0', 'GROUP', 'Invalid option: expected one of "OKTA_GROUP"|"APP_GROUP"|"BUILT_IN"'],
    ['scope.names', 'q-*', 'Invalid input: expected array, received string'],
    ['scope.names.0', '', empty],
    ['scope.ids.0', 7, `${text} number`],
    ['members.attribute', '', empty],
    ['members.statuses', [], 'Too small: expected array to have >=1 items'],
    [
      'members.statuses.0',
      'active',
      'Invalid option: expected one of "ACTIVE"|"PROVISIONED"|"RECOVERY"|"PASSWORD_EXPIRED"|"LOCKED_OUT"|"SUSPENDED"|"STAGED"|"DEPROVISIONED"',
    ],
    ['groups.name', 'okta', 'must have {name} or {id} in it'],
    ['groups.name', '{group}', 'must have {name} or {id} in it'],
    ['groups.adopt.0', '', empty],
    ['groups.deleteAfterDays', 0, 'Too small: expected number to be >=1'],
    ['groups.deleteAfterDays', 366, 'Too big: expected number to be <=365'],
    ['groups.deleteAfterDays', 1.5, 'Invalid input: expected int, received number'],
    ['renames.keepDays', -1, 'Too small: expected number to be >=0'],
    ['renames.keepDays', 3651, 'Too big: expected number to be <=3650'],
    ['bulk.userHints', 0, 'Too small: expected number to be >=1'],
    ['bulk.userHints', 100_001, 'Too big: expected number to be <=100000'],
    ['drift.document', '', 'must be the id of a document'],
    ['drift.sample', -1, 'Too small: expected number to be >=0'],
    ['drift.sample', 1001, 'Too big: expected number to be <=1000'],
    ['drift.putsPerNight', -1, 'Too small: expected number to be >=0'],
    ['refresh.days', 0, 'Too small: expected number to be >=1'],
    ['refresh.days', 366, 'Too big: expected number to be <=365'],
    ['history.days', 0, 'Too small: expected number to be >=1'],
    ['history.days', 3651, 'Too big: expected number to be <=3650'],
    ['history.days', '400', `${number} string`],
  ])('%s: %j is told with its path and what is allowed', (path, value, message, at = path) => {
    expect(messageOf(withValue(path, value))).toBe(`x.json has 1 fault:\n  ${at}: ${message}`)
  })

  it.each([
    ['okta.credentials', 'arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:okta-AbCdEf'],
    ['groups.name', 'okta-{id}'],
    ['groups.name', '{name} ({id})'],
    ['scope.names', []],
    ['scope.types', ['BUILT_IN']],
    ['members.statuses', ['DEPROVISIONED']],
    ['renames.keepDays', 0],
    ['drift.document', 's3://bucket/Büro/plan.pdf'],
    ['drift.putsPerNight', 0],
  ])('%s: %j is none', (path, value) => {
    expect(() => parseSettings(JSON.stringify(withValue(path, value)), 'x.json')).not.toThrow()
  })
})

describe('several faults', () => {
  it('are said at once, each with its path', () => {
    const settings = example()
    settings['okta']!['credentials'] = 'secret'
    settings['scope']!['types'] = ['OKTA_GROUP', 'GROUP']
    settings['history'] = { days: 0, hours: 1 }
    expect(messageOf(settings)).toBe(`x.json has 4 faults:
  okta.credentials: ${arn}
  scope.types.1: Invalid option: expected one of "OKTA_GROUP"|"APP_GROUP"|"BUILT_IN"
  history.days: Too small: expected number to be >=1
  history: Unrecognized key: "hours"; allowed are days`)
  })
})

describe('a file', () => {
  it('that is not JSON is told so', () => {
    expect(messageOf('{"okta": ')).toMatch(/^x\.json is not JSON: /)
  })

  it.each([['[]'], ['null'], ['"settings"']])('that holds %s and no object is told so', (content) => {
    expect(messageOf(content)).toMatch(
      /^x\.json has 1 fault:\n {2}\(all of it\): Invalid input: expected object, received /,
    )
  })
})
