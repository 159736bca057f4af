import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commandEnvironment } from '../../local/command-environment.ts'
import { parseSettings, rulesOf } from '../../shared/settings/load-settings.ts'
import { acceptedOf, fingerprintOf } from '../../shared/sync/rules.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { stateOf } from '../support/state.ts'

// Where the command works, by which settings, and with which table.
let cloud: TestCloud
let folder: string
let user: string

beforeAll(async () => {
  cloud = await testCloud()
  user = await cloud.admin.createUser('ann@example.com', { login: 'ann-login@example.com' })
  await cloud.groupOf('Sales', user)
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
afterAll(() => cloud.close())

/** None of the variables that the functions have. */
const NOTHING = { SETTINGS_FILE: '', TABLE_NAME: '', HINT_QUEUE_URL: '', NAME_QUEUE_URL: '' }

describe('where', () => {
  test('nobody said: it says all three ways, and what is missing', async () => {
    const nowhere = await commandProcess(['held'], { env: NOTHING })
    expect(nowhere).toMatchObject({ status: 2, stdout: '' })
    for (const way of ['--stage NAME', '--local', '.local/env']) expect(nowhere.stderr).toContain(way)
    const half = await commandProcess(['held'], { env: { ...NOTHING, SETTINGS_FILE: 'x', TABLE_NAME: 'y' } })
    expect(half.stderr).toContain('HINT_QUEUE_URL, NAME_QUEUE_URL are missing')
  })

  test('--local finds the cloud that runs, by what it has written down', async () => {
    const none = await commandProcess(['held', '--local'], { env: NOTHING, cwd: folder })
    expect(none).toMatchObject({ status: 1, stdout: '' })
    expect(none.stderr).toBe('No local cloud runs here: start it by npm run local, in another terminal.\n')
    mkdirSync(join(folder, '.local'))
    const environment = commandEnvironment(process.env)
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(['SETTINGS_FILE', 'AWS_ENDPOINT_URL_STS']))
    const write = (pid: number) =>
      writeFileSync(join(folder, '.local', 'addresses.json'), JSON.stringify({ pid, environment }))
    write(process.pid)
    // A process of its own, without anything of this one.
    const env = Object.fromEntries(Object.keys(environment).map((name) => [name, undefined]))
    const found = await commandProcess(['plan', '--local'], { env: { ...env, AWS_PROFILE: 'nobody' }, cwd: folder })
    expect(found).toMatchObject({ status: 0, stderr: '' })
    expect(found.stdout).toMatch(/^Plan of the local cloud, /)
    write(2 ** 22)
    expect((await commandProcess(['plan', '--local'], { env, cwd: folder })).stderr).toContain(
      'No local cloud runs here',
    )
  })

  test('--stage takes the settings of the stage, and its table and queues from its function', async () => {
    const { applicationId, indexId, table, hintQueue, nameQueue } = cloud.addresses
    const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-AbCdEf`
    const settings = {
      okta: { orgUrl: 'https://example.okta.com', credentials: arn('okta'), hookSecret: arn('hook') },
      qBusiness: { applicationId, indexId },
    }
    mkdirSync(join(folder, 'settings'))
    const write = (changed: object) =>
      writeFileSync(join(folder, 'settings', 'prod.json'), JSON.stringify({ ...settings, ...changed }))
    write({})
    const deployed = fingerprintOf(acceptedOf(rulesOf(parseSettings(JSON.stringify(settings), 'prod.json'))))
    const Variables = {
      TABLE_NAME: table,
      HINT_QUEUE_URL: hintQueue,
      NAME_QUEUE_URL: nameQueue,
      SETTINGS_FINGERPRINT: deployed,
    }
    const asked: (string | undefined)[] = []
    const lambda = await startPlainServer((request, response) => {
      asked.push(request.url)
      if (request.url?.includes('prod-reconcile')) return respond(response, 200, { Environment: { Variables } })
      return respond(response, 404, { Message: 'none' }, { 'x-amzn-errortype': 'ResourceNotFoundException' })
    })
    const env = { ...NOTHING, AWS_ENDPOINT_URL_LAMBDA: lambda.url }
    const found = await commandProcess(['held', '--stage', 'prod'], { env, cwd: folder })
    expect(found).toEqual({ status: 0, stdout: 'Nobody is held.\n', stderr: '' })
    expect(asked).toEqual(['/2015-03-31/functions/q-group-sync-prod-reconcile/configuration'])
    // What is approved must be what the functions have.
    write({ members: { attribute: 'login' } })
    const here = ['approve', '--stage', 'prod', '--settings', 'abcdefabcdef', '--reason', 'x']
    expect((await commandProcess(here, { env, cwd: folder })).stderr).toBe(
      `The stage's functions have the settings ${deployed}, not abcdefabcdef: deploy them first.\n`,
    )
    writeFileSync(join(folder, 'settings', 'other.json'), JSON.stringify(settings))
    const other = await commandProcess(['held', '--stage', 'other'], { env, cwd: folder })
    expect(other.status).toBe(1)
    expect(other.stderr).toMatch(/^There is no function q-group-sync-other-reconcile in us-east-1: deploy the stage/)
    const none = await commandProcess(['held', '--stage', 'none'], { env, cwd: folder })
    expect(none.status).toBe(2)
    expect(none.stderr).toMatch(/settings\/none\.json is not there: copy settings\/example\.json/i)
    await lambda.close()
  })
})

test('what is wrong is told in one go, with how it should be', async () => {
  const { status, stdout, stderr } = await commandProcess([
    'approve',
    '--bla',
    'a',
    'b',
    '--hold',
    '--stage',
    'x',
    '--local',
  ])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr.split('\n\n')[0]).toBe(
    [
      '--hold needs a value: --hold ID.',
      'There is no option --bla.',
      '--stage and --local are two places: give one.',
      '“b” is too much.',
      '--reason is missing.',
    ].join('\n'),
  )
  const verb = await command(['aprove'])
  expect(verb).toMatchObject({ status: 2, stdout: '' })
  expect(verb.stderr).toMatch(/^There is no verb “aprove”\.\n\nnpx q-group-sync VERB/)
  expect(await command([])).toMatchObject({ status: 2, stdout: '' })
  const help = await command(['--help'])
  expect(help).toMatchObject({ status: 0, stderr: '' })
  for (const name of [
    'doctor',
    'hook',
    'plan',
    'go',
    'stop',
    'held',
    'approve',
    'reject',
    'remove',
    'restore',
    'upgrade',
  ]) {
    expect(help.stdout).toContain(`\n  ${name}`)
    const one = await command([name, '--help'])
    expect(one).toMatchObject({ status: 0, stderr: '' })
    expect(one.stdout).toMatch(new RegExp(`^npx q-group-sync ${name}`))
  }
})

test('settings that change whom the names hold are put in force when they were looked at, and not before', async () => {
  await cloud.deploy({ members: { attribute: 'login' } })
  await cloud.reconcile()
  expect(cloud.members('Sales')).toEqual(['ann@example.com'])
  const before = await stateOf(cloud)
  const { status, stdout } = await command(['plan'])
  expect(status).toBe(3)
  const fingerprint = /approve --settings (\w{12}) /.exec(stdout)![1]!
  expect(stdout).toContain('\n  members.attribute: "email" → "login"\n')
  expect(stdout).toMatch(/\nSales +00g\w+\n {2}\+ ann-login@example\.com\n {2}− ann@example\.com\n/)
  expect(await stateOf(cloud)).toEqual(before)
  const other = await command(['approve', '--settings', '000000000000', '--reason', 'x'])
  expect(other).toMatchObject({ status: 1, stdout: '' })
  expect(other.stderr).toBe(
    `The settings have the fingerprint ${fingerprint}, not 000000000000: look at q-group-sync plan again.\n`,
  )
  expect(await stateOf(cloud)).toEqual(before)
  const accepted = await command(['approve', '--settings', fingerprint, '--reason', 'we sign in by login now'])
  expect(accepted).toMatchObject({ status: 0, stderr: '' })
  expect(accepted.stdout).toContain(`the settings ${fingerprint} are in force`)
  await cloud.catchUp()
  expect(cloud.members('Sales')).toEqual(['ann-login@example.com'])
  expect((await command(['plan'])).status).toBe(0)
  expect((await command(['approve', '--settings', fingerprint, '--reason', 'x'])).stderr).toBe(
    `The settings ${fingerprint} are in force already.\n`,
  )
})

test('a table of another version is refused by every verb and every function, until it is upgraded', async () => {
  const versioned = async (tableVersion: number) =>
    cloud.snapshot.putIdentity({ ...(await cloud.snapshot.identity())!, tableVersion })
  await versioned(1)
  const told =
    /^The table is of version 1, and this release is made for 2: deploy this release, then run `npx q-group-sync upgrade --stage NAME`\.\n$/
  const verbs = [
    ['plan'],
    ['held'],
    ['approve', 'x', '--hold', '1'],
    ['reject', 'x', '--hold', '1'],
    ['remove', 'x'],
    ['restore', 'x'],
  ]
  for (const verb of verbs) {
    const args = verb.length > 1 ? [...verb, '--reason', 'x'] : verb
    const { status, stderr } = await command(args)
    expect({ verb, status }).toEqual({ verb, status: 1 })
    expect(stderr).toMatch(told)
  }
  for (const name of ['reconcile', 'catch-up', 'replay'] as const) {
    const event = name === 'replay' ? { groups: ['00g1'] } : {}
    await expect(cloud.invoke(name, event)).rejects.toThrow(/The table is of version 1/i)
  }
  for (const name of ['read-group', 'put-group'] as const) {
    await expect(cloud.invoke(name, { Records: [] })).rejects.toThrow(/The table is of version 1/i)
  }
  expect(await command(['upgrade'])).toEqual({
    ...{ status: 0, stdout: '✓ The table is of version 2; it was of version 1.\n', stderr: '' },
  })
  expect((await command(['upgrade'])).stdout).toBe('The table is of version 2 already.\n')
  expect((await command(['held'])).status).toBe(0)
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished' })
  await versioned(3)
  expect((await command(['upgrade'])).stderr).toMatch(
    /^The table is of version 3, and this release is made for 2: a newer release/,
  )
  await versioned(2)
})

test('another org behind the URL stops the command, and nothing is written of it', async () => {
  const { startOkta } = await import('../../local/okta/server.ts')
  const other = await startOkta({ now: () => Date.now() })
  cloud.secrets.put('okta', JSON.stringify({ token: other.token }))
  const before = await stateOf(cloud)
  const { status, stderr } = await commandProcess(['plan'], { env: { OKTA_ORG_URL: other.url } })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^The table was made for the Okta org 00o\w+, and the URL answers as 00o\w+: set okta\.orgUrl/)
  expect(await stateOf(cloud)).toEqual(before)
  cloud.secrets.put('okta', JSON.stringify({ token: cloud.okta.token }))
  await other.close()
})
