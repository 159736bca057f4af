import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import { type FindingName, type Findings, findingsSchema } from '../../shared/settings/findings.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command } from '../support/command.ts'
import { sleepByPassingTime } from '../support/time.ts'

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
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
  cloud.qbusiness.faults.clear()
  cloud.qbusiness.calls.length = 0
})
afterEach(() => {
  expect(throwaway()).toEqual([])
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
  processingMs: within(1, 400),
  recreatedGroup: null,
}

const ROWS: [title: string, switches: Partial<Switches>, other: Sides, ...args: string[]][] = [
  ['all as usual', {}, {}],
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
  ['overlapping puts in order', { processingMs: 2_000 }, { processingMs: within(2_000, 2_600) }],
  ['overlapping puts reversed', { overlap: 'reversed', processingMs: 2_000 }, { processingMs: within(2_000, 2_600) }],
  [
    'an earlier put that lands much later',
    { overlap: 'reversed', processingMs: 2_000, overlapLagMs: 20_000 },
    { processingMs: within(2_000, 2_600) },
  ],
  [
    'a status that lags',
    { staleStatusMs: 3_000 },
    { staleStatusMs: within(3_000, 3_900), processingMs: expect.stringMatching(/^at most 3\d\d\d$/) },
  ],
  ['puts that take long', { processingMs: 20_000 }, { processingMs: within(20_000, 25_100) }],
  [
    'no put over one that is PROCESSING',
    { putWhileProcessing: 'conflict', processingMs: 2_000 },
    { overlap: null, processingMs: within(2_000, 2_600) },
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
    { processingMs: within(2_000, 2_600) },
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
  ['whole seconds', { lastUpdatedAt: 'seconds', processingMs: 2_000 }, { processingMs: within(2_000, 2_600) }],
  ['times of the put', { lastUpdatedAtCounts: 'put', processingMs: 500 }, { processingMs: within(500, 700) }],
  [
    'times of the put in whole seconds',
    { lastUpdatedAtCounts: 'put', lastUpdatedAt: 'seconds', processingMs: 2_000 },
    { processingMs: within(2_000, 2_600) },
  ],
  ['no history', { statusHistory: 'last-only', processingMs: 500 }, { processingMs: within(500, 700) }],
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
    { staleStatusMs: within(1_000, 1_400), processingMs: within(2_000, 2_600) },
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
