import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../local/q-business/faults.ts'
import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import { readStage } from '../../scripts/read-stage.ts'
import { FINDING_NAMES, type FindingName, type Findings, findingsSchema } from '../../shared/settings/findings.ts'
import { parseSettings } from '../../shared/settings/load-settings.ts'
import { withFindings } from '../../shared/settings/with-findings.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { DAY, HOUR, passTime, sleepByPassingTime } from '../support/time.ts'

// The probe finds on the local cloud what its switches say, and leaves nothing behind, however it ends.
const PREFIX = 'q-group-sync-probe-'
const KNOWN = 'ann@example.com'
let cloud: TestCloud
let folder: string
let file: string

beforeAll(async () => {
  cloud = await testCloud({ hook: false })
  cloud.qbusiness.store.putDocument({ id: 'handbook' })
  cloud.qbusiness.store.createUser(KNOWN)
  folder = mkdtempSync(join(tmpdir(), 'probe-'))
  file = join(folder, 'findings.json')
  sleepByPassingTime()
})
beforeEach(() => {
  // Longer than this machine may take between two puts, and no wait: who sleeps lets time pass.
  Object.assign(cloud.qbusiness.switches, defaultSwitches, { processingMs: 400 })
  cloud.qbusiness.faults.clear()
  cloud.qbusiness.calls.length = 0
})
afterEach(() => {
  // Whatever was under way has landed by then.
  passTime(HOUR)
  const left = throwaway()
  for (const name of left) cloud.qbusiness.store.deleteGroup(name)
  expect(left).toEqual([])
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await cloud.close()
})

const throwaway = () => cloud.qbusiness.store.groupNames().filter((name) => name.startsWith(PREFIX))
const puts = () => cloud.qbusiness.calls.filter(({ operation }) => operation === 'PutGroup')

interface Told {
  isDone: boolean
  findings: Findings['findings']
  groups: { made: number; left: string[] }
  checks: { check: string; is: string; found: string; mend: string[] }[]
  file: string | null
}

async function probe(...args: string[]): Promise<Told & { status: number | null }> {
  const { status, stdout, stderr } = await command([
    'doctor',
    '--probe',
    '--yes',
    '--json',
    '--findings',
    file,
    ...args,
  ])
  expect(stderr).toBe('')
  return { status, ...JSON.parse(stdout) }
}

/** The sides that were found, null where one isn't settled. */
const sidesOf = ({ findings }: Told) =>
  Object.fromEntries(Object.entries(findings).map(([name, { side }]) => [name, side]))

type Sides = Partial<Record<FindingName, unknown>>
const { overlapLagMs, identityType, nestingDepth, ...usual } = defaultSwitches
const within = (least: number, most: number) => expect.toSatisfy((ms: number) => ms >= least && ms <= most)

/** What is found where all is as usual: of the times, that they fit. */
const USUAL: Sides = {
  ...usual,
  nestingDepth: 'at least 5',
  processingMs: within(400, 900),
  recreatedGroup: null,
}

const ROWS: [title: string, switches: Partial<Switches>, other: Sides, ...args: string[]][] = [
  ['all as usual', {}, {}],
  [
    'puts that are done at once',
    { processingMs: 0 },
    {
      processingMs: expect.stringMatching(/^at most \d{1,3}$/),
      ...{ putWhileProcessing: null, overlap: null, lastUpdatedAtCounts: null },
    },
  ],
  ['empty lists that are refused', { emptyList: 'refused' }, {}],
  ['a limit of one less', { memberLimit: 999 }, {}],
  ['a limit in between', { memberLimit: 137 }, {}],
  ['a limit of one', { memberLimit: 1 }, {}],
  [
    'a limit over what AWS says',
    { memberLimit: 5000 },
    { memberLimit: 'at least 1001', overLimit: null, memberLimitCounts: null },
  ],
  ['limits for people and groups apart', { memberLimitCounts: 'apart' }, {}],
  ['lists that fail later', { overLimit: 'fails-later' }, {}],
  ['lists over a limit in between that fail later', { overLimit: 'fails-later', memberLimit: 137 }, {}],
  ['names in which case does not count', { groupNames: 'case-insensitive' }, {}],
  ['overlapping puts in order', { processingMs: 2_000 }, { processingMs: within(2_000, 3_000) }],
  ['overlapping puts reversed', { overlap: 'reversed', processingMs: 2_000 }, { processingMs: within(2_000, 3_000) }],
  [
    'an earlier put that lands much later',
    { overlap: 'reversed', processingMs: 2_000, overlapLagMs: 20_000 },
    { processingMs: within(2_000, 3_000) },
  ],
  [
    'a status that lags',
    { staleStatusMs: 3_000 },
    { staleStatusMs: within(3_000, 4_500), processingMs: expect.stringMatching(/^at most [34]\d\d\d$/) },
  ],
  ['puts that take long', { processingMs: 20_000 }, { processingMs: within(20_000, 27_000) }],
  [
    'no put over one that is PROCESSING',
    { putWhileProcessing: 'conflict', processingMs: 2_000 },
    { overlap: null, processingMs: within(2_000, 3_000) },
  ],
  [
    'unknown people who are refused',
    { unknownUsers: 'refused' },
    { unseenPerson: null, overlap: null, absentMemberType: null, nestingDepth: null, memberLimitCounts: null },
  ],
  [
    'unknown people who fail later',
    { unknownUsers: 'fails-later' },
    { unseenPerson: null, overlap: null, absentMemberType: null, nestingDepth: null, memberLimitCounts: null },
  ],
  [
    'unknown people who are refused, by somebody known',
    { unknownUsers: 'refused' },
    { unseenPerson: null },
    '--person',
    KNOWN,
  ],
  ['members without a type that do not count', { absentMemberType: 'DATASOURCE' }, {}],
  [
    'people never seen who are in nothing',
    { unseenPerson: 'empty' },
    { overlap: null, absentMemberType: null, nestingDepth: null },
  ],
  [
    'people never seen who are in nothing, by somebody known',
    {
      unseenPerson: 'empty',
      absentMemberType: 'DATASOURCE',
      nestingDepth: 2,
      overlap: 'reversed',
      processingMs: 2_000,
    },
    { processingMs: within(2_000, 3_000) },
    '--person',
    KNOWN,
  ],
  [
    'people never seen who are not found',
    { unseenPerson: 'not-found' },
    { overlap: null, absentMemberType: null, nestingDepth: null },
  ],
  [
    'unknown people who are refused and not found',
    { unseenPerson: 'not-found', unknownUsers: 'refused' },
    {},
    '--person',
    KNOWN,
  ],
  ['whole seconds', { lastUpdatedAt: 'seconds', processingMs: 2_000 }, { processingMs: within(2_000, 3_000) }],
  ['times of the put', { lastUpdatedAtCounts: 'put' }, {}],
  [
    'times of the put in whole seconds',
    { lastUpdatedAtCounts: 'put', lastUpdatedAt: 'seconds', processingMs: 2_000 },
    { processingMs: within(2_000, 3_000) },
  ],
  ['no history', { statusHistory: 'last-only', processingMs: 2_000 }, { processingMs: within(2_000, 3_000) }],
  ['groups in groups that do not count', { nestingDepth: 1 }, {}],
  ['groups in groups, two levels', { nestingDepth: 2 }, {}],
  ['groups in groups, four levels', { nestingDepth: 4 }, {}],
  [
    'all strict sides',
    {
      emptyList: 'refused',
      memberLimit: 4,
      overLimit: 'fails-later',
      overlap: 'reversed',
      staleStatusMs: 1_000,
      processingMs: 2_000,
      absentMemberType: 'DATASOURCE',
      unseenPerson: 'empty',
      lastUpdatedAt: 'seconds',
      statusHistory: 'last-only',
      nestingDepth: 1,
    },
    { staleStatusMs: within(1_000, 1_700), processingMs: within(2_000, 3_000) },
    '--person',
    KNOWN,
  ],
]

describe('what it finds is what the switches say, with', () => {
  test.each(ROWS)('%s', async (_, switches, other, ...args) => {
    Object.assign(cloud.qbusiness.switches, switches)
    const told = await probe(...args)
    const { overlapLagMs: _lag, ...sides } = switches
    expect(sidesOf(told)).toEqual({ ...USUAL, ...sides, ...other })
    expect(told).toMatchObject({ status: 0, isDone: true, groups: { left: [] } })
    expect(told.groups.made).toBeLessThanOrEqual(29)
  })
})

test('every side that can be settled is in a row', () => {
  const found = new Map<string, Set<unknown>>()
  for (const [, switches, other] of ROWS) {
    for (const [name, side] of Object.entries({ ...USUAL, ...switches, ...other })) {
      found.set(name, (found.get(name) ?? new Set()).add(side))
    }
  }
  for (const [name, schema] of Object.entries(findingsSchema.def.shape.findings.def.shape)) {
    const side = schema.def.innerType.def.shape.side.def.innerType as { def: { entries?: Record<string, string> } }
    if (name === 'recreatedGroup') continue
    for (const each of Object.keys(side.def.entries ?? {})) expect([...found.get(name)!], name).toContain(each)
    expect(found.get(name)!.size, name).toBeGreaterThan(1)
  }
})

test('before it makes others it has deleted the first group, and seen it go', async () => {
  await probe()
  const { calls } = cloud.qbusiness
  const first = puts()[0]!.groupName!
  expect(first).toMatch(/-first-people$/)
  const other = calls.findIndex(({ operation, groupName }) => operation === 'PutGroup' && groupName !== first)
  const [deleted, seen] = ['DeleteGroup', 'GetGroup'].map((called) =>
    calls.slice(0, other).findLastIndex(({ operation, groupName }) => operation === called && groupName === first),
  )
  expect(calls[deleted!]?.outcome).toBe('ok')
  expect(seen).toBeGreaterThan(deleted!)
  expect(calls[seen!]?.outcome).toBe('ResourceNotFoundException')
})

const fault = (
  operation: 'PutGroup' | 'GetGroup' | 'DeleteGroup' | 'ListGroups' | 'ListDocuments' | 'CheckDocumentAccess',
) => ({ operation, kind: 'answer', error: 'AccessDeniedException', times: Number.POSITIVE_INFINITY }) as const

/** Does something by a clock by which several sleep at the same time: it goes on when nothing is asked for a moment. */
async function sleepingTogether<T>(does: () => Promise<T>): Promise<T> {
  const { sleep } = systemClock
  let sleepers: { until: number; wake(): void }[] = []
  systemClock.sleep = (ms) =>
    new Promise((wake) => {
      sleepers.push({ until: Date.now() + ms, wake })
    })
  let asked = 0
  const pump = setInterval(() => {
    const isBusy = asked !== cloud.qbusiness.calls.length || sleepers.length === 0
    asked = cloud.qbusiness.calls.length
    if (isBusy) return
    passTime(Math.max(0, Math.min(...sleepers.map(({ until }) => until)) - Date.now()) + 500)
    const due = sleepers.filter(({ until }) => until <= Date.now())
    sleepers = sleepers.filter((one) => !due.includes(one))
    for (const { wake } of due) wake()
  }, 4)
  return does().finally(() => {
    clearInterval(pump)
    systemClock.sleep = sleep
  })
}

/** Does something as soon as a condition holds; for ten seconds it may not. */
async function once(holds: () => boolean, then: () => void): Promise<void> {
  const began = performance.now()
  while (!holds()) {
    if (performance.now() - began > 10_000) throw new Error('it never came to that')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  then()
}

describe('without the right to call', () => {
  test.each(['GetGroup', 'DeleteGroup', 'ListGroups', 'ListDocuments', 'CheckDocumentAccess'] as const)(
    '%s it says so, and puts nothing',
    async (operation) => {
      cloud.qbusiness.faults.add(fault(operation))
      const { status, isDone, checks, file: written } = await probe()
      expect({ status, isDone, written }).toEqual({ status: 1, isDone: false, written: undefined })
      expect(checks.find(({ is }) => is === 'fault')).toEqual({
        check: operation === 'ListGroups' ? 'index' : 'rights',
        is: 'fault',
        found: `these credentials may not call qbusiness:${operation} on the application and its index`,
        mend: [expect.stringContaining('ProberPolicyArn')],
      })
      expect(puts()).toEqual([])
    },
  )

  test('PutGroup it says so, and nothing is there', async () => {
    cloud.qbusiness.faults.add(fault('PutGroup'))
    const { status, isDone, checks, groups } = await probe()
    expect({ status, isDone, groups }).toEqual({ status: 1, isDone: false, groups: { made: 1, left: [] } })
    expect(checks.find(({ is }) => is === 'fault')?.found).toContain('may not call qbusiness:PutGroup')
    expect(puts()).toHaveLength(1)
  })

  test.each<['PutGroup' | 'GetGroup' | 'CheckDocumentAccess', Partial<Switches>, Fault[]]>([
    ['PutGroup', {}, []],
    // An earlier put would bring the group back, were it deleted when the later one has landed.
    ['PutGroup', { overlap: 'reversed', overlapLagMs: 20_000 }, []],
    // A put that comes when its group was looked for already.
    ['PutGroup', { processingMs: 20_000 }, [{ operation: 'PutGroup', kind: 'apply-late', afterMs: 10_000 }]],
    ['GetGroup', {}, []],
    ['CheckDocumentAccess', {}, []],
  ])('%s any more, in the middle, nothing is left (%o, %o)', async (operation, switches, faults) => {
    Object.assign(cloud.qbusiness.switches, switches)
    const told = probe()
    await once(
      () => puts().length > 4,
      () => cloud.qbusiness.faults.add(...faults, fault(operation)),
    )
    const { status, isDone, checks, groups, file: written } = await told
    expect({ status, isDone, written, left: groups.left }).toEqual({
      status: 1,
      isDone: false,
      written: null,
      left: [],
    })
    expect(checks.filter(({ is }) => is === 'fault').map(({ found }) => found)).toEqual([
      `these credentials may not call qbusiness:${operation} on the application and its index`,
    ])
  })

  test('DeleteGroup any more, it names what is left, and how it is deleted; the next probe too, and does nothing', async () => {
    const told = probe()
    await once(
      () => puts().length > 12,
      () => cloud.qbusiness.faults.add(fault('DeleteGroup')),
    )
    const { status, isDone, checks, groups } = await told
    expect({ status, isDone }).toEqual({ status: 1, isDone: false })
    expect(groups.left.toSorted()).toEqual(throwaway())
    expect(groups.left.length).toBeGreaterThan(10)
    const { found, mend } = checks.at(-1)!
    expect(found).toMatch(/^\d+ of \d+ groups may still be there:\n.*may not call qbusiness:DeleteGroup/)
    cloud.qbusiness.faults.clear()
    cloud.qbusiness.calls.length = 0
    passTime(HOUR)
    const next = await probe()
    expect(next).toMatchObject({ status: 1, isDone: false })
    const index = next.checks.find(({ check }) => check === 'index')!
    expect(index.found).toMatch(new RegExp(`^${groups.left.length} groups of another probe are there: ${PREFIX}`))
    expect(puts()).toEqual([])
    expect(index.mend.slice(1).toSorted()).toEqual(mend.slice(1).toSorted())
    for (const line of index.mend.slice(1)) {
      const { applicationId, indexId } = cloud.addresses
      const name = line.replace(/.* --group-name /, '')
      expect(line).toBe(
        `aws qbusiness delete-group --region us-east-1 --application-id ${applicationId} --index-id ${indexId} --group-name ${name}`,
      )
      cloud.qbusiness.store.deleteGroup(name)
    }
  })
})

test('where nobody can be asked it needs --yes, and its other options need --probe', async () => {
  const { status, stdout, stderr } = await commandProcess(['doctor', '--probe'])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/^--yes is missing: a probe makes throwaway groups and deletes them/)
  const without = await command(['doctor', '--yes', '--findings', 'x', '--person', 'ann'])
  expect(without.status).toBe(2)
  expect(without.stderr).toMatch(
    /^--yes goes with --probe\.\n--person goes with --probe\.\n--findings goes with --probe\.\n/,
  )
  expect(cloud.qbusiness.calls).toEqual([])
})

describe('it does nothing', () => {
  test('in an application whose people come another way, or an index that is not there', async () => {
    cloud.qbusiness.switches.identityType = 'AWS_IAM_IDC'
    expect((await probe()).checks.at(-1)).toMatchObject({ check: 'identity', is: 'fault' })
    cloud.qbusiness.switches.identityType = 'AWS_IAM_IDP_OIDC'
    const { applicationId, indexId } = cloud.addresses
    await cloud.deploy({ qBusiness: { applicationId, indexId: indexId.replace('b', 'c') } })
    expect((await probe()).checks.find(({ check }) => check === 'index')?.found).toMatch(/^there is no index c0/)
    await cloud.deploy({})
    expect(puts()).toEqual([])
  })

  test('where the findings could not be written', async () => {
    const { status, stderr } = await command([
      'doctor',
      '--probe',
      '--yes',
      '--findings',
      join(folder, 'none', 'x.json'),
    ])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^There is no folder .* for the findings: make it, or name another file/)
    expect(puts()).toEqual([])
  })
})

describe('with a service that is out of order', () => {
  test('it tries again what is throttled, cut or fails, and leaves nothing', async () => {
    for (const operation of ['PutGroup', 'GetGroup', 'DeleteGroup', 'ListGroups'] as const) {
      cloud.qbusiness.faults.add({ operation, kind: 'apply-then-cut' })
      cloud.qbusiness.faults.add({ operation, kind: 'answer', error: 'InternalServerException' })
    }
    // More often than the SDK tries by itself.
    for (const operation of ['PutGroup', 'DeleteGroup'] as const)
      cloud.qbusiness.faults.add({ operation, kind: 'answer', error: 'ThrottlingException', times: 4 })
    const told = await probe()
    expect(told).toMatchObject({ status: 0, isDone: true, groups: { left: [] } })
    expect(cloud.qbusiness.faults.left).toBe(0)
  })

  test('what fails for good is not settled, with the reason', async () => {
    const told = probe()
    await once(
      () => puts().length > 2,
      () =>
        cloud.qbusiness.faults.add({
          operation: 'PutGroup',
          kind: 'answer',
          error: 'ServiceQuotaExceededException',
          times: 99,
        }),
    )
    const { status, isDone, findings } = await told
    expect({ status, isDone }).toEqual({ status: 0, isDone: true })
    expect(findings.emptyList).toEqual({
      side: null,
      seen: 'it failed: ServiceQuotaExceededException',
      remedy: expect.stringMatching(/^probe again/),
    })
    expect(findings.unknownUsers?.side).toBe('taken')
  })

  test('a put that is PROCESSING for a day is all that it makes, and it says that this is being deleted', async () => {
    cloud.qbusiness.switches.processingMs = DAY
    const { status, isDone, findings, groups, checks, file: written } = await probe()
    expect({ status, isDone }).toEqual({ status: 1, isDone: false })
    expect(findings.processingMs).toMatchObject({
      side: null,
      seen: expect.stringMatching(/^a put of .*-first-people is still PROCESSING after 9\d\.\d s$/),
    })
    for (const { side } of Object.values(findings)) expect(side).toBeNull()
    expect(written).toBeNull()
    expect(groups).toEqual({ made: 1, left: [expect.stringMatching(/-first-people$/)] })
    expect(checks.at(-1)?.found).toMatch(/1 of 1 groups may still be there:\n.*: GetGroup shows it as DELETING$/)
    passTime(2 * DAY)
  })

  test('it ends within five minutes where every put takes half a minute, also in lists that are too long', async () => {
    Object.assign(cloud.qbusiness.switches, {
      processingMs: 30_000,
      memberLimit: 500,
      overLimit: 'fails-later',
      putWhileProcessing: 'conflict',
    })
    const began = Date.now()
    const told = await sleepingTogether(probe)
    expect(Date.now() - began).toBeLessThan(5 * 60_000)
    expect(told).toMatchObject({ status: 0, isDone: true, groups: { left: [] } })
    expect(sidesOf(told)).toMatchObject({
      putWhileProcessing: 'conflict',
      overLimit: 'fails-later',
      groupNames: 'case-sensitive',
    })
    expect(told.findings.memberLimit).toMatchObject({
      side: null,
      seen: expect.stringMatching(/^a list of \d+ is taken, one of \d+ is not, and then time was over$/),
    })
  })

  test('without a document it says what it needs', async () => {
    await cloud.deploy({ drift: { document: 'nowhere' } })
    const told = await probe()
    await cloud.deploy({})
    expect(told).toMatchObject({ status: 0, isDone: true })
    for (const name of ['unseenPerson', 'overlap', 'absentMemberType', 'nestingDepth'] as const) {
      expect(told.findings[name]).toEqual({
        side: null,
        seen: expect.stringContaining('no document'),
        remedy: expect.stringContaining('put a document'),
      })
    }
  })
})

describe('stopped by Ctrl-C in the middle', () => {
  const fileOf = (...path: string[]) => join(import.meta.dirname, '..', '..', ...path)
  /** Runs the command until `until` holds, and answers how it ended after these signals. */
  async function stopped(signals: NodeJS.Signals[], until: () => boolean) {
    // By the clock of this process: the SDK takes another for an error that passes.
    const ahead = Date.now() - (performance.timeOrigin + performance.now())
    const time = `import { passTime } from ${JSON.stringify(pathToFileURL(fileOf('test', 'support', 'time.ts')))}; passTime(${ahead})`
    const args = [fileOf('cli', 'main.ts'), 'doctor', '--probe', '--yes', '--findings', join(folder, 'stopped.json')]
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(time)}`, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (text) => {
        said[name] += text
      })
    }
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    await once(until, () => child.kill(signals[0]))
    for (const signal of signals.slice(1))
      await once(
        () => said.stderr.includes('Stopping'),
        () => child.kill(signal),
      )
    return { status: await ended, ...said }
  }

  test('nothing is left, and no findings are written', async () => {
    cloud.qbusiness.switches.overlap = 'reversed'
    const { status, stdout, stderr } = await stopped(['SIGINT'], () => puts().length > 8)
    expect(status).toBe(1)
    expect(stderr).toBe('Stopping: the throwaway groups are deleted first. Again, and they are left.\n')
    expect(stdout).toMatch(
      /✗ stopped +somebody stopped it: no findings are written\n✓ clean-up +\d+ names were put, and all of them are gone\n/,
    )
    expect(readdirSync(folder)).not.toContain('stopped.json')
    expect(throwaway()).toEqual([])
  })

  test('twice, it ends at once and says what may be left', async () => {
    cloud.qbusiness.faults.add({
      operation: 'DeleteGroup',
      kind: 'answer',
      error: 'ConflictException',
      times: Number.POSITIVE_INFINITY,
    })
    // The first group is deleted before others are made.
    const { status, stderr } = await stopped(['SIGINT', 'SIGINT'], () => puts().length > 0)
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /Left behind, as far as they were made:\n +aws qbusiness delete-group .* --group-name q-group-sync-probe-\w{8}-first-people\n$/,
    )
    passTime(HOUR)
    for (const name of throwaway()) cloud.qbusiness.store.deleteGroup(name)
  })
})

describe('the findings file', () => {
  test('says of which index, when and by what, has every finding, and nobody in it', async () => {
    const began = new Date().toISOString()
    const { findings, file: written } = await probe('--person', KNOWN)
    expect(written).toBe(file)
    const text = readFileSync(file, 'utf8')
    const { applicationId, indexId } = cloud.addresses
    const content = findingsSchema.parse(JSON.parse(text))
    expect(content).toEqual({
      ...{ applicationId, indexId, region: 'us-east-1', at: content.at, findings },
      versions: { 'q-group-sync': '0.1.0', '@aws-sdk/client-qbusiness': '3.1050.0' },
    })
    expect(content.at >= began && content.at <= new Date().toISOString()).toBe(true)
    expect(Object.keys(content.findings)).toEqual(FINDING_NAMES)
    expect(text).not.toMatch(/@(?!aws-sdk)/)
  })

  test('is written whole or not at all', async () => {
    writeFileSync(file, 'of before')
    const before = openSync(file, 'r')
    await probe()
    // Who reads meanwhile has the one of before, not half of the new one.
    expect(readFileSync(before, 'utf8')).toBe('of before')
    closeSync(before)
    expect(findingsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).success).toBe(true)
  })

  test('that cannot be written is an error, and leaves nothing', async () => {
    mkdirSync(join(folder, 'in-the-way'))
    const before = readdirSync(folder)
    const { status, stderr } = await command(['doctor', '--probe', '--yes', '--findings', join(folder, 'in-the-way')])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^It failed: /)
    expect(readdirSync(folder)).toEqual(before)
  })
})

test('a person reads each finding in a line or two, what to do about the others, and how it ended', async () => {
  cloud.qbusiness.switches.unseenPerson = 'empty'
  const { status, stdout } = await command(['doctor', '--probe', '--yes', '--findings', file])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^Probe of q-group-sync, .* UTC\. It makes throwaway groups, and deletes them\.\n\n✓ settings/)
  expect(stdout).toMatch(
    /\n\nThis makes up to 29 throwaway groups in the index b0000000-\S+, named\nq-group-sync-probe-\w{8}-…, and deletes them\. /,
  )
  expect(stdout).toContain(
    '\n✓ memberLimit          1,000             a list of 1000 people SUCCEEDED, and none of 1001\n',
  )
  expect(stdout).toMatch(/\n✓ processingMs {9}[4-8]\d\d ms {12}a put was PROCESSING for/)
  expect(stdout).toMatch(
    /\n! not settled {10}absentMemberType, nestingDepth, overlap: CheckDocumentAccess shows no groups\n.*\n +→ name somebody who has signed in: --person ADDRESS\n/,
  )
  expect(stdout).toMatch(
    /\n✓ clean-up {10}\d+ names were put, and all of them are gone\n\n13 of 17 settled in \d+\.\d s, and written to /,
  )
})

describe('settings that point to findings', () => {
  const settingsFile = () => join(folder, 'prod.json')
  const settingsWith = (findings: string | null) => ({
    okta: { orgUrl: 'https://example.okta.com', ...secrets },
    qBusiness: { applicationId: cloud.addresses.applicationId, indexId: cloud.addresses.indexId, findings },
  })
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`
  const secrets = { credentials: arn('okta'), hookSecret: arn('hook') }
  const read = (findings: string | null) => {
    writeFileSync(settingsFile(), JSON.stringify(settingsWith(findings)))
    return readStage(settingsFile(), withFindings)
  }

  test('are packaged with them', async () => {
    await probe()
    const { settings } = read('findings.json')
    expect(settings.qBusiness.findings).toEqual(JSON.parse(readFileSync(file, 'utf8')))
    // As a function reads them.
    expect(parseSettings(JSON.stringify(settings), 'settings.json')).toEqual(settings)
    expect(read(null).settings.qBusiness.findings).toBeNull()
  })

  test('that are not there, of another index or not as they should be, are not packaged; all is said at once', () => {
    expect(() => read('none.json')).toThrow(
      /none\.json, to which qBusiness\.findings points, has 1 fault:\n {2}it can't be read: ENOENT/,
    )
    const good = JSON.parse(readFileSync(file, 'utf8'))
    const write = (content: unknown) => writeFileSync(join(folder, 'other.json'), JSON.stringify(content))
    write({
      ...good,
      indexId: 'c0',
      findings: { ...good.findings, emptyList: { side: 'taker', seen: '' }, memberLimits: 1 },
    })
    expect(() => read('other.json')).toThrow(
      /other\.json, .* has 3 faults:\n {2}findings\.emptyList\.side: Invalid option: .*\n {2}findings: Unrecognized key: "memberLimits"\n {2}indexId: is c0, and qBusiness\.indexId of the settings is b0.*\n {2}probe the index that the settings name \(npx q-group-sync doctor --probe\), or take/,
    )
    write(null)
    expect(() => read('other.json')).toThrow(/has 1 fault:\n {2}\(all of it\): /)
  })

  test('are what the doctor looks at', async () => {
    const check = async () => {
      const { stdout } = await command(['doctor', '--json'])
      return (JSON.parse(stdout).checks as Told['checks']).find((each) => each.check === 'findings')
    }
    const good = JSON.parse(readFileSync(file, 'utf8'))
    const { applicationId, indexId } = cloud.addresses
    await cloud.deploy({ qBusiness: { applicationId, indexId, findings: good } })
    expect(await check()).toMatchObject({
      is: 'well',
      found: expect.stringMatching(/^of .* UTC: 16 of 17 are settled$/),
    })
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...good, applicationId: 'a9' }))
    await cloud.deploy({ qBusiness: { applicationId, indexId, findings: join(folder, 'other.json') } })
    expect(await check()).toMatchObject({
      is: 'fault',
      found: expect.stringMatching(/applicationId: is a9, and qBusiness/),
    })
    // A probe isn't hindered by what it is to replace.
    expect(await probe()).toMatchObject({ status: 0 })
    await cloud.deploy({})
    expect(await check()).toMatchObject({ is: 'note', found: expect.stringMatching(/^none yet/) })
  })
})

describe('the functions go by', () => {
  /** Deploys the stage with these sides, as if a probe had found them. */
  async function deployWith(sides: Record<string, unknown>): Promise<void> {
    const { applicationId, indexId } = cloud.addresses
    const findings = Object.fromEntries(Object.entries(sides).map(([name, side]) => [name, { side, seen: '' }]))
    const file = { applicationId, indexId, region: 'us-east-1', at: new Date().toISOString(), versions: {}, findings }
    await cloud.deploy({ qBusiness: { applicationId, indexId, findings: file }, guard: NO_GUARD })
  }
  const NOBODY = ['nobody@q-group-sync.invalid']
  let people: string[]
  beforeAll(async () => {
    await cloud.deploy({ guard: NO_GUARD })
    people = await Promise.all(
      ['bob', 'carl', 'dora', 'eve'].map((one) => cloud.admin.createUser(`${one}@example.com`)),
    )
    cloud.qbusiness.store.createUser(...['bob', 'carl', 'dora', 'eve'].map((one) => `${one}@example.com`))
  })
  afterAll(() => cloud.deploy({}))

  /** What is put for a group of one person whom nobody is left in, once it is at rest. */
  async function emptied(name: string): Promise<(string[] | undefined)[]> {
    const group = await cloud.admin.createGroup(name)
    await cloud.admin.join(group, people[0]!)
    await cloud.reconcile()
    expect(cloud.members(name)).toEqual(['bob@example.com'])
    cloud.qbusiness.calls.length = 0
    await cloud.admin.leave(group, people[0]!)
    await cloud.reconcile()
    await cloud.minutes(3)
    return cloud.puts(name).map(({ members }) => members)
  }

  test('empty lists that are refused: somebody who can sign in nowhere is put at once', async () => {
    cloud.qbusiness.switches.emptyList = 'refused'
    await deployWith({ emptyList: 'refused' })
    expect(await emptied('Emptied')).toEqual([NOBODY])
    expect(cloud.members('Emptied')).toEqual(NOBODY)
    await cloud.deploy({ guard: NO_GUARD })
    expect(await emptied('Emptied unprobed')).toEqual([[], NOBODY])
  })

  test.each(['refused', 'fails-later'] as const)(
    'such findings that are wrong, where people never seen are %s: the empty list is put',
    async (unknownUsers) => {
      cloud.qbusiness.switches.unknownUsers = unknownUsers
      await deployWith({ emptyList: 'refused' })
      const name = `Wrong ${unknownUsers}`
      expect(await emptied(name)).toEqual([NOBODY, []])
      expect(cloud.members(name)).toEqual([])
      cloud.qbusiness.switches.unknownUsers = 'taken'
    },
  )

  test('findings that empty lists are taken, which are wrong: it is as without', async () => {
    cloud.qbusiness.switches.emptyList = 'refused'
    await deployWith({ emptyList: 'taken', memberLimit: 'at least 1001' })
    expect(await emptied('Wrongly taken')).toEqual([[], NOBODY])
  })

  test('a limit: a longer list is refused before it is put, for a day at a time; who left is out', async () => {
    await deployWith({ memberLimit: 3 })
    const group = await cloud.admin.createGroup('Large')
    for (const person of people.slice(0, 3)) await cloud.admin.join(group, person)
    await cloud.reconcile()
    expect(cloud.members('Large')).toHaveLength(3)
    cloud.qbusiness.calls.length = 0
    await cloud.admin.join(group, people[3]!)
    const { stdout } = await command(['plan', '--json'])
    expect(stdout).toContain('the group has 4 members, and PutGroup takes 3, as the probe found')
    await cloud.reconcile()
    expect((await cloud.ledger('Large')).refusal).toMatchObject({
      reason: 'list',
      detail: expect.stringContaining('takes 3'),
    })
    expect(cloud.puts('Large')).toEqual([])
    // The index takes more than the findings say, which are taken away.
    await cloud.deploy({ guard: NO_GUARD })
    passTime(DAY)
    await cloud.minutes(3)
    expect(cloud.members('Large')).toHaveLength(4)
  })

  test('a limit that is too high: what the service refuses is refused', async () => {
    cloud.qbusiness.switches.memberLimit = 2
    await deployWith({ memberLimit: 3 })
    const group = await cloud.admin.createGroup('Larger')
    for (const person of people.slice(0, 3)) await cloud.admin.join(group, person)
    await cloud.reconcile()
    expect((await cloud.ledger('Larger')).refusal).toMatchObject({ reason: 'service' })
    await cloud.admin.leave(group, people[0]!)
    await cloud.reconcile()
    await cloud.minutes(2)
    expect(cloud.members('Larger')).toHaveLength(2)
  })
})
