import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../cli/doctor/finding.ts'
import { SCOPES } from '../../local/okta/tokens.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { DELIVERED } from '../../shared/okta/event-types.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { stateOf } from '../support/state.ts'
import { MINUTE, passTime } from '../support/time.ts'

// The doctor with one fault after another planted: it names each, and what it prints mends it.
let cloud: TestCloud
let people: string[]
let sales: string
const undo: (() => unknown)[] = []

beforeAll(async () => {
  cloud = await testCloud()
  people = await Promise.all(['ann', 'bob', 'eve'].map((each) => cloud.admin.createUser(`${each}@example.com`)))
  sales = await cloud.groupOf('Sales', ...people)
  await cloud.groupOf('Design', people[0]!)
  await command(['hook', 'register'])
  await cloud.catchUp()
})
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
afterAll(() => cloud.close())

interface Report {
  stage: string
  isWell: boolean
  checks: Finding[]
}

async function doctor(): Promise<Report> {
  const { status, stdout, stderr } = await command(['doctor', '--json'])
  const report = JSON.parse(stdout) as Report
  expect({ status, stderr }).toEqual({ status: report.isWell ? 0 : 1, stderr: '' })
  return report
}

/** What the doctor says of one check. */
const saidOf = async (check: string) => (await doctor()).checks.find((each) => each.check === check)!

/** Sets a variable of the environment until the test is over. */
function withVariable(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  undo.push(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

/** Deploys other settings until the test is over. */
async function withSettings(settings: Record<string, unknown>): Promise<void> {
  undo.push(() => cloud.deploy({}))
  await cloud.deploy(settings)
}

/** Does what the finding prints: commands of ours are run, and functions invoked. */
async function mend({ mend: lines }: Finding): Promise<void> {
  for (const line of lines) {
    if (line.startsWith('npx q-group-sync ')) {
      const words = line.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, '$1'))
      const { status, stderr } = await command(words.slice(2))
      expect({ line, stderr, isDone: status === 0 || status === 3 }).toEqual({ line, stderr: '', isDone: true })
    }
    const [, name, payload] = /functions\/([\w-]+)\/invocations" -d '([^']+)'/.exec(line) ?? []
    if (name !== undefined) await cloud.invoke(name as 'replay', JSON.parse(payload!))
  }
  await cloud.catchUp()
  await cloud.settled()
}

/** An address where nobody listens any more. */
async function nobodyAt(): Promise<string> {
  const server = await startPlainServer((_, response) => respond(response, 200, {}))
  await server.close()
  return server.url
}

const faulty = (found: RegExp) => ({ is: 'fault', found: expect.stringMatching(found) })
const hooks = () => cloud.okta.org.hooks.all()

test('where all is well it says so of each check, changes nothing, and shows no secret', async () => {
  const before = await stateOf(cloud)
  const { status, stdout, stderr } = await commandProcess(['doctor'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { checks, isWell } = await doctor()
  expect(isWell).toBe(true)
  for (const { check, is } of checks) expect([check, is]).toEqual([check, check === 'findings' ? 'note' : 'well'])
  expect(stdout).toMatch(/^Doctor of q-group-sync, .* UTC\. Nothing is changed\.\n\n/)
  expect(stdout).toContain('✓ identity          people sign in by IAM federation, OIDC')
  expect(stdout).toContain('✓ groups            it sees 3 groups, Everyone too; 2 in scope\n')
  expect(stdout).toContain('✓ members           in 2 groups, as many are read as Okta counts\n')
  expect(stdout).toMatch(/✓ registration {6}“q” is active and verified, with \d+ event types\n/)
  expect(stdout).toMatch(/! findings {10}none yet: .*\n(.*\n)+ +npx q-group-sync doctor --probe\n/)
  expect(stdout).toMatch(/\n\nAll is well in \d+ checks, 1 thing to know\.\n$/)
  expect(stdout).not.toContain(cloud.addresses.hookSecret)
  expect(stdout).not.toContain('PRIVATE')
  expect(await stateOf(cloud)).toEqual(before)
  expect(
    cloud.okta.requests.list
      .slice(-30)
      .filter(({ method }) => method !== 'GET')
      .every(({ target }) => target === '/oauth2/v1/token'),
  ).toBe(true)
})

describe('before anything is deployed', () => {
  let folder: string
  let lambda: Awaited<ReturnType<typeof startPlainServer>>
  let nobody: string
  const NOTHING = { SETTINGS_FILE: '', TABLE_NAME: '', HINT_QUEUE_URL: '', NAME_QUEUE_URL: '', AWS_REGION: '' }
  const settings = (region: string, over: object = {}) => {
    const arn = (name: string) => `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-AbCdEf`
    const okta = { orgUrl: nobody.replace('http:', 'https:'), credentials: arn('okta'), hookSecret: arn('hook') }
    const { applicationId, indexId } = cloud.addresses
    return { okta, qBusiness: { applicationId, indexId }, ...over }
  }
  const examined = async (content: object) => {
    writeFileSync(join(folder, 'settings', 'prod.json'), JSON.stringify(content))
    const given = { env: { ...NOTHING, AWS_ENDPOINT_URL_LAMBDA: lambda.url }, cwd: folder }
    const { status, stdout } = await commandProcess(['doctor', '--stage', 'prod'], given)
    // As if the terminal had no end.
    return { status, stdout: stdout.replace(/\n {20}(?! *(→|aws))/g, ' ') }
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'))
    mkdirSync(join(folder, 'settings'))
    nobody = await nobodyAt()
    lambda = await startPlainServer((_, response) =>
      respond(response, 404, { Message: 'none' }, { 'x-amzn-errortype': 'ResourceNotFoundException' }),
    )
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await lambda.close()
  })

  test('it says what can be said by then: secrets that are missing, and that nothing is deployed', async () => {
    const { status, stdout } = await examined(settings('us-east-1'))
    expect(status).toBe(1)
    expect(stdout).toMatch(/✓ settings/)
    expect(stdout).toMatch(/✓ application/)
    expect(stdout).toMatch(
      /✗ okta\.credentials +there is no secret arn:aws:secretsmanager:us-east-1:0+:secret:okta-AbCdEf/,
    )
    expect(stdout).toContain(
      'aws secretsmanager create-secret --region us-east-1 --name hook --secret-string file://FILE\n',
    )
    expect(stdout).toMatch(/✗ deployment +there is no function q-group-sync-prod-reconcile in us-east-1/)
    expect(stdout).toMatch(/· not yet +hook, registration: mend the deployment first/)
    expect(stdout).toMatch(
      /✗ org .*\n.*\n· not yet +clock, sign-in, groups, members: mend the org first\n(.*\n)*\n4 faults, 1 thing to know, 12 not looked at yet\.\n$/,
    )
  })

  test('a region without Amazon Q Business is named', async () => {
    const { stdout } = await examined(settings('eu-central-1'))
    expect(stdout).toMatch(
      /✗ region +eu-central-1: Amazon Q Business isn't there, but in us-east-1, us-west-2, eu-west-1, .*\n.*\n\n1 fault\.\n$/,
    )
  })

  test('secrets of another account, and settings that do not fit, are named in one go', async () => {
    const other = JSON.parse(JSON.stringify(settings('us-east-1')).replaceAll('000000000000', '111122223333'))
    expect((await examined(other)).stdout).toMatch(
      /✗ account +you are arn:aws:iam::000000000000:user\/local, of the account 000000000000, and the secrets are of 111122223333/,
    )
    const { status, stdout } = await examined({ ...settings('us-east-1', { scopes: 1, qBusiness: {} }) })
    expect(status).toBe(1)
    expect(stdout).toMatch(/✗ settings +settings\/prod\.json has 3 faults: /)
    for (const fault of ['qBusiness.applicationId', 'Unrecognized key: "scopes"']) expect(stdout).toContain(fault)
    expect(stdout).toMatch(/\n\n1 fault\.\n$/)
  })
})

describe('of Amazon Q Business it names', () => {
  afterEach(() => {
    cloud.qbusiness.faults.clear()
    Object.assign(cloud.qbusiness.switches, defaultSwitches)
    cloud.qbusiness.dataSources.splice(0)
  })

  test('an application or an index that is not there, with where to look', async () => {
    const { applicationId, indexId } = cloud.addresses
    await withSettings({ qBusiness: { applicationId: applicationId.replace('a', 'c'), indexId } })
    const { checks } = await doctor()
    const application = checks.find(({ check }) => check === 'application')!
    expect(application).toMatchObject(faulty(/^there is no application c0000000.* in us-east-1 of this account$/))
    expect(application.mend).toContain('aws qbusiness list-applications --region us-east-1')
    expect(checks.find(({ check }) => check === 'index')).toMatchObject({ is: 'not looked at' })
    expect(checks.find(({ check }) => check === 'table')).toMatchObject(faulty(/was made for application a0/))
    await cloud.deploy({ qBusiness: { applicationId, indexId: indexId.replace('b', 'c') } })
    expect(await saidOf('index')).toMatchObject(faulty(/^there is no index c0/))
  })

  test('a permission that is missing', async () => {
    cloud.qbusiness.faults.add({ operation: 'GetApplication', kind: 'answer', error: 'AccessDeniedException' })
    expect(await saidOf('application')).toMatchObject(faulty(/^These credentials may not do that: /))
  })

  test.each([
    ['AWS_IAM_IDC', /IAM Identity Center: there SCIM brings the groups/],
    ['AWS_QUICKSIGHT_IDP', /don't come by IAM federation, but AWS_QUICKSIGHT_IDP/],
  ] as const)('people who come by %s, and stops', async (identityType, said) => {
    cloud.qbusiness.switches.identityType = identityType
    const { checks } = await doctor()
    expect(checks.at(-1)).toMatchObject({ check: 'identity', ...faulty(said) })
  })

  test('data sources that take no notice of groups, which is no fault', async () => {
    const types = ['S3', 'CONFLUENCEV2', 'WEBCRAWLERV2', ...Array.from({ length: 9 }, () => 'CUSTOM')]
    cloud.qbusiness.dataSources.push(
      ...types.map((type, index) => ({ dataSourceId: `d${index}`.padEnd(36, '0'), displayName: `${index}`, type })),
    )
    expect(await saidOf('data sources')).toMatchObject({
      is: 'note',
      found: '2 of 12 take no notice of groups of the user store: 0 (S3), 2 (WEBCRAWLERV2)',
    })
    expect((await doctor()).isWell).toBe(true)
  })
})

describe('of the secrets it names', () => {
  const secretOf = (name: 'okta' | 'hook', value: string) => {
    const good =
      name === 'hook'
        ? cloud.addresses.hookSecret
        : JSON.stringify({ clientId: cloud.okta.clientId, privateKey: cloud.okta.privateKey })
    undo.push(() => cloud.secrets.put(name, good))
    cloud.secrets.put(name, value)
  }

  test('one that holds something else, without showing it', async () => {
    secretOf('okta', '{"clientId": "hidden"}')
    const said = await saidOf('okta.credentials')
    expect(said).toMatchObject(faulty(/^it holds something else than the credentials/))
    expect(JSON.stringify(said)).not.toContain('hidden')
  })

  test('one that is empty, that is being rotated, and a store that does not answer', async () => {
    secretOf('hook', ' ')
    cloud.secrets.put('hook', '[]')
    expect(await saidOf('okta.hookSecret')).toMatchObject(faulty(/^the secret is empty$/))
    cloud.secrets.put('hook', JSON.stringify([cloud.addresses.hookSecret, 'old']))
    expect(await saidOf('okta.hookSecret')).toMatchObject({ is: 'note', found: expect.stringMatching(/^2 texts/) })
    withVariable('AWS_MAX_ATTEMPTS', '1')
    cloud.secrets.faults.down = true
    undo.push(() => {
      cloud.secrets.faults.down = false
    })
    expect(await saidOf('okta.hookSecret')).toMatchObject(faulty(/^It failed: InternalServiceError/))
  })
})

describe('of the stage it names, and mends as it prints', () => {
  test.each<[string, string, RegExp, () => Promise<unknown>]>([
    [
      'a table of another version',
      'table',
      /^the table is of version 1/,
      async () => cloud.snapshot.putIdentity({ ...(await cloud.snapshot.identity())!, tableVersion: 1 }),
    ],
    [
      'settings that are not in force',
      'in force',
      /^former settings are in force: groups\.name is another here$/,
      async () => cloud.deploy({ groups: { name: '{name} of Okta' } }),
    ],
    [
      'puts that are stopped',
      'puts',
      /^puts are stopped since .* \(“a test”\)$/,
      () => command(['stop', '--reason', 'a test']),
    ],
    [
      'a System Log that nobody reads',
      'log',
      /^Okta's System Log was last read at /,
      async () => passTime(20 * MINUTE),
    ],
    [
      'messages that failed',
      'queues',
      /^1 message failed five times and is in the dead-letter queues$/,
      () =>
        cloud.sqs.send(
          new SendMessageCommand({
            QueueUrl: cloud.deadLetterQueues.names,
            MessageBody: JSON.stringify({ key: 'sales', again: false }),
            MessageGroupId: 'g',
            MessageDeduplicationId: 'd',
          }),
        ),
    ],
  ])('%s', async (_, check, said, plant) => {
    await plant()
    const found = await saidOf(check)
    expect(found).toMatchObject(faulty(said))
    await mend(found)
    expect(await saidOf(check)).toMatchObject({ is: 'well' })
    if (check === 'in force') {
      await cloud.deploy({})
      await mend(await saidOf(check))
    }
  })

  test('a table or a queue that is not there', async () => {
    withVariable('TABLE_NAME', 'another')
    withVariable('NAME_QUEUE_URL', `${cloud.addresses.nameQueue}-not`)
    const { checks } = await doctor()
    expect(checks.find(({ check }) => check === 'table')).toMatchObject(faulty(/^there is no table another$/))
    expect(checks.find(({ check }) => check === 'puts')).toMatchObject({ is: 'not looked at' })
    expect(checks.find(({ check }) => check === 'queues')).toMatchObject(faulty(/^there is no queue http/))
  })

  test('rows that keep failing, and people who are held', async () => {
    const ledger = await cloud.ledger('Sales')
    await cloud.snapshot.putLedger({
      ...ledger,
      failures: 10,
      retryAt: Date.now() + 9 * MINUTE,
      setAside: { since: 0, error: {} },
    })
    expect(await saidOf('failing')).toMatchObject(faulty(/^1 group, user or name keeps failing and is set aside$/))
    const { version } = await cloud.ledger('Sales')
    const hold = {
      id: '1',
      people: ledger.meant!,
      count: 3,
      axis: 'name' as const,
      detail: 'x',
      since: 0,
      rejected: null,
    }
    await cloud.snapshot.putLedger({ ...ledger, version, holds: [hold] })
    expect(await saidOf('puts')).toMatchObject({
      is: 'note',
      found: 'are made; 3 people are held until somebody decides',
    })
    await cloud.snapshot.putLedger({ ...ledger, version: version + 1 })
    expect((await doctor()).isWell).toBe(true)
  })
})

describe('of Okta it names', () => {
  afterEach(() => {
    cloud.okta.faults.reset()
    cloud.okta.tokens.scopes = SCOPES
  })

  test('an address that does not answer, is no org, or is another org', async () => {
    const good = process.env['OKTA_ORG_URL']!
    withVariable('OKTA_ORG_URL', await nobodyAt())
    expect(await saidOf('org')).toMatchObject(faulty(/^http:\/\/127\.0\.0\.1:\d+ doesn't answer: ECONNREFUSED$/))
    const page = await startPlainServer((_, response) => respond(response, 200, { id: 7 }))
    undo.push(page.close)
    withVariable('OKTA_ORG_URL', page.url)
    expect(await saidOf('org')).toMatchObject(faulty(/answers, but isn't an Okta org$/))
    withVariable('OKTA_ORG_URL', good)
    const table = (await cloud.snapshot.identity())!
    await cloud.snapshot.putIdentity({ ...table, orgId: '00oOther' })
    expect(await saidOf('org')).toMatchObject(
      faulty(/^the table was made for the Okta org 00oOther, and the URL answers/),
    )
    await cloud.snapshot.putIdentity({ ...table, version: table.version + 1 })
  })

  test('a clock that is off', async () => {
    cloud.okta.faults.clockAheadMs = 5 * MINUTE
    expect(await saidOf('clock')).toMatchObject(faulty(/^this machine's clock is (299|300) s behind Okta's/))
  })

  test('a key that it does not take, and scopes that are not granted', async () => {
    const { clientId, privateKey } = cloud.okta
    cloud.secrets.put('okta', JSON.stringify({ clientId: '0oaOther', privateKey }))
    undo.push(() => cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey })))
    expect(await saidOf('sign-in')).toMatchObject(
      faulty(/^Okta gives the service app 0oaOther no token: invalid_client, /),
    )
    cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey }))
    cloud.okta.tokens.scopes = ['okta.groups.read', 'okta.users.read']
    const { checks } = await doctor()
    expect(checks.find(({ check }) => check === 'sign-in')).toMatchObject(
      faulty(/^the service app lacks okta\.logs\.read, okta\.eventHooks\.manage$/),
    )
    expect(checks.find(({ check }) => check === 'registration')).toMatchObject({ is: 'not looked at' })
    cloud.okta.tokens.scopes = [...SCOPES.slice(0, 3), 'okta.eventHooks.read']
    expect((await doctor()).isWell).toBe(true)
    const { status, stderr } = await command(['hook', 'register'])
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^Okta gives the service app 0oa\w+ no token for okta\.eventHooks\.manage \(invalid_scope\): grant/,
    )
  })

  test('an admin role that is missing; and an administrator’s token stands in for the app where it may not see hooks', async () => {
    const forbidden = { errorCode: 'E0000006', errorSummary: 'You do not have permission' }
    const org = await startPlainServer((request, response) =>
      request.url === '/.well-known/okta-organization'
        ? respond(response, 200, { id: cloud.okta.org.id }, { date: new Date().toUTCString() })
        : respond(response, 403, forbidden, { date: new Date().toUTCString() }),
    )
    undo.push(org.close)
    const { clientId, privateKey, token } = cloud.okta
    undo.push(() => cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey })))
    cloud.secrets.put('okta', '{"token": "x"}')
    const good = process.env['OKTA_ORG_URL']!
    withVariable('OKTA_ORG_URL', org.url)
    const { checks } = await doctor()
    expect(checks.find(({ check }) => check === 'groups')).toMatchObject(faulty(/^Okta refuses to list groups \(403\)/))
    expect(checks.find(({ check }) => check === 'registration')).toMatchObject(
      faulty(/^Okta refuses to list event hooks/),
    )
    withVariable('OKTA_ORG_URL', good)
    cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey }))
    cloud.okta.tokens.scopes = SCOPES.slice(0, 3)
    expect((await doctor()).isWell).toBe(false)
    withVariable('OKTA_CLIENT_TOKEN', token)
    expect((await doctor()).isWell).toBe(true)
    expect(await command(['hook', 'register'])).toMatchObject({ status: 0, stderr: '' })
  })

  test('an API token as something to know', async () => {
    const { clientId, privateKey, token } = cloud.okta
    cloud.secrets.put('okta', JSON.stringify({ token }))
    undo.push(() => cloud.secrets.put('okta', JSON.stringify({ clientId, privateKey })))
    expect(await saidOf('okta.credentials')).toMatchObject({ is: 'note', found: 'an API token' })
    expect((await doctor()).isWell).toBe(true)
  })

  test('groups that the role does not see', async () => {
    cloud.okta.faults.sees = [sales]
    expect(await saidOf('groups')).toMatchObject(
      faulty(/^it doesn't see 1 group that is known or named in scope\.ids: Design \(00g\w+\)$/),
    )
    cloud.okta.faults.sees = []
    expect(await saidOf('groups')).toMatchObject(faulty(/^it sees no group at all$/))
    cloud.okta.faults.sees = cloud.okta.org.state.groups
      .all()
      .filter(({ name }) => name !== 'Everyone')
      .map(({ id }) => id)
    expect(await saidOf('groups')).toMatchObject(faulty(/^it sees 2 groups, but not Everyone, which every org has/))
  })

  test('members that are counted and not read: of most groups as a fault, of few as something to know', async () => {
    cloud.okta.faults.lag.members = 90 * MINUTE
    expect(await saidOf('members')).toMatchObject(
      faulty(/^of 2 groups, fewer are read than Okta counts in 2; in \w+, 0 are read and \d counted$/),
    )
    cloud.okta.faults.reset()
    cloud.okta.faults.next({ answer: 'truncated', path: new RegExp(`/groups/${sales}/users`), keep: 1, times: 1 })
    expect(await saidOf('members')).toMatchObject({
      is: 'note',
      found: expect.stringContaining('fewer are read than Okta counts in 1; in Sales, 1 are read and 3 counted'),
    })
    cloud.okta.faults.lag.counts = 90 * MINUTE
    expect(await saidOf('members')).toMatchObject({
      is: 'well',
      found: 'no group in scope has any, or Okta counts none',
    })
  })
})

describe('of the hook it names, and hook register mends', () => {
  const admin = (method: string, step = '', body?: unknown) =>
    cloud.admin.call(method, `/api/v1/eventHooks/${hooks()[0]!.id}${step}`, body)
  const body = (uri: string, secret: string, items: string[]) => ({
    name: 'q-group-sync',
    events: { type: 'EVENT_TYPE', items },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: { uri, headers: [], authScheme: { type: 'HEADER', key: 'Authorization', value: secret } },
    },
  })
  const replaced = async (over: Partial<{ uri: string; secret: string; items: string[] }>, verified = true) => {
    const { hook, hookSecret } = cloud.addresses
    const { uri, secret, items } = { uri: hook, secret: hookSecret, items: [...DELIVERED.keys()], ...over }
    await admin('PUT', '', body(uri, secret, items))
    if (verified) await admin('POST', '/lifecycle/verify')
  }

  test.each<[string, RegExp, () => Promise<unknown>]>([
    [
      'none at all',
      /^no event hook in Okta leads here$/,
      async () => {
        await admin('POST', '/lifecycle/deactivate')
        await admin('DELETE')
      },
    ],
    ['one that is inactive', /^the event hook “.*”: it is INACTIVE$/, () => admin('POST', '/lifecycle/deactivate')],
    ['one that is not verified', /: it is UNVERIFIED$/, () => replaced({ secret: 'another' }, false)],
    [
      'event types that are missing',
      /: it lacks 20 event types: group\.user_membership\.remove, /,
      () => replaced({ items: ['group.user_membership.add'] }),
    ],
    [
      'one that leads elsewhere',
      /: it leads to https:\/\/example\.com\/okta, and not to http.*; it is UNVERIFIED$/,
      () => replaced({ uri: 'https://example.com/okta' }, false),
    ],
    [
      'deliveries that are refused, since it has another secret',
      /is verified, but \d+ deliver(y|ies) failed in the last hour, the last at .* UTC: .*401$/,
      async () => {
        await replaced({ secret: 'another' })
        await cloud.admin.join(sales, await cloud.admin.createUser('late@example.com'))
        await cloud.okta.deliveriesSettled()
      },
    ],
  ])('%s', async (_, said, plant) => {
    await plant()
    const found = await saidOf('registration')
    expect(found).toMatchObject(faulty(said))
    expect(found.mend.at(-1)).toBe('npx q-group-sync hook register')
    await mend(found)
    expect(await saidOf('registration')).toMatchObject({ is: 'well' })
    expect(hooks()).toMatchObject([{ status: 'ACTIVE', verificationStatus: 'VERIFIED' }])
    expect(hooks()[0]!.eventTypes).toEqual(expect.arrayContaining([...DELIVERED.keys()]))
    const before = cloud.okta.deliveries.made.length
    await cloud.admin.rename(sales, 'Sales')
    await cloud.admin.rename(sales, 'Sales!')
    await cloud.admin.rename(sales, 'Sales')
    await cloud.okta.deliveriesSettled()
    expect(cloud.okta.deliveries.made.slice(before).flatMap(({ replies }) => replies)).toContain(200)
    await cloud.settled()
  })

  test('an address that does not answer, or answers something else', async () => {
    const good = process.env['HOOK_URL']!
    withVariable('HOOK_URL', await nobodyAt())
    expect(await saidOf('hook')).toMatchObject(faulty(/^http:\/\/127\.0\.0\.1:\d+ doesn't answer: ECONNREFUSED$/))
    const page = await startPlainServer((_, response) => respond(response, 200, {}))
    undo.push(page.close)
    withVariable('HOOK_URL', page.url)
    expect(await saidOf('hook')).toMatchObject(faulty(/answers 200, and not with the challenge$/))
    const { status, stderr } = await command(['hook', 'register'])
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^Okta answered 400 to the hook: .*the challenge did not come back; q-group-sync doctor says/,
    )
    withVariable('HOOK_URL', good)
    await command(['hook', 'register'])
    withVariable('HOOK_URL', '')
    expect(await saidOf('hook')).toMatchObject(faulty(/doesn't say where its hook is/))
  })

  test('a secret that the function does not take yet', async () => {
    const { hookSecret } = cloud.addresses
    undo.push(() => cloud.secrets.put('hook', hookSecret))
    expect(await saidOf('hook')).toMatchObject({ is: 'well' })
    cloud.secrets.put('hook', JSON.stringify([hookSecret, 'newer']))
    expect(await saidOf('hook')).toMatchObject(
      faulty(/answers 401 to a delivery with the 2\. text of okta\.hookSecret$/),
    )
    passTime(MINUTE)
    expect(await saidOf('hook')).toMatchObject({ is: 'well' })
  })
})
