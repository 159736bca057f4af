import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { acceptSettings } from '../../shared/sync/accept-settings.ts'
import { asInForce, checkNotStopped, inForce, StoppedError } from '../../shared/sync/in-force.ts'
import { Conflict, type Snapshot } from '../../shared/sync/ports.ts'
import { acceptedOf, fingerprintOf } from '../../shared/sync/rules.ts'
import { TABLE_VERSION, TableVersionError } from '../../shared/sync/table-version.ts'
import { upgradeTable } from '../../shared/sync/upgrade-table.ts'
import { openTable } from '../snapshot/table.ts'
import { oktaOf, RULES, toldTelemetry } from './ports.ts'

const STAGE = { applicationId: 'app', indexId: 'index', rules: RULES }
const OTHER = { ...STAGE, rules: { ...RULES, members: { attribute: 'login', statuses: ['ACTIVE'] } } }

let table: Awaited<ReturnType<typeof openTable>>
let snapshot: Snapshot
let ask: ReturnType<typeof asking>

beforeAll(async () => {
  table = await openTable()
})
beforeEach(async () => {
  snapshot = table.snapshot
  const identity = await snapshot.identity()
  // Each test begins with a table that was made for the stage.
  const made = { tableVersion: TABLE_VERSION, orgId: '00o1', applicationId: 'app', indexId: 'index', stopped: null }
  const accepted = { scope: RULES.scope, members: RULES.members, groups: { name: '{name}' } }
  await snapshot.putIdentity({ version: identity?.version ?? 0, ...made, accepted, puts: null })
  ask = asking()
})
afterAll(() => table.close())

function asking(by: Snapshot = snapshot) {
  const { okta, directory } = oktaOf({ now: () => 1 })
  const { telemetry, told } = toldTelemetry()
  const attributes: string[] = []
  const directoryFor = (attribute: string) => {
    attributes.push(attribute)
    return directory
  }
  const ports = { snapshot: by, telemetry, directoryFor }
  return {
    okta,
    told,
    attributes,
    now: (stage = STAGE) => inForce(ports, stage),
    look: (stage = STAGE) => asInForce(ports, stage),
  }
}

test('the first use writes down what the table is made for, and of two at once one does', async () => {
  const fresh = await openTable()
  const uses = await Promise.all([asking(fresh.snapshot).now(), asking(fresh.snapshot).now()])
  for (const { rules } of uses) expect(rules).toEqual(RULES)
  expect(await fresh.snapshot.identity()).toMatchObject({ version: 1, orgId: '00o1', indexId: 'index', stopped: null })
  await fresh.close()
})

test('settings that say the same are in force', async () => {
  const { version } = (await snapshot.identity())!
  expect((await ask.now()).rules).toEqual(RULES)
  expect((await snapshot.identity())?.version).toBe(version)
})

describe('settings that say otherwise whom the names hold', () => {
  test('wait for a person, and the others of them are in force', async () => {
    const other = { ...OTHER, rules: { ...OTHER.rules, groups: { ...RULES.groups, adopt: ['a*'], name: 'x-{name}' } } }
    const { rules } = await ask.now(other)
    expect(rules).toEqual({ ...RULES, groups: { ...RULES.groups, adopt: ['a*'] } })
    expect(ask.attributes.at(-1)).toBe('email')
    expect(ask.told).toMatchObject([
      [expect.any(String), { remedy: expect.stringMatching(/approve --settings \w{12}$/) }],
    ])
  })

  test('are in force once a person accepts those that were looked at', async () => {
    const accept = (fingerprint: string, by = snapshot) =>
      acceptSettings({ snapshot: by, clock: { now: () => 7 }, newId: () => 'x' }, OTHER.rules, {
        ...{ fingerprint, by: 'arn:ann', reason: 'looked at' },
      })
    const fingerprint = fingerprintOf(acceptedOf(OTHER.rules))
    await expect(accept('another')).rejects.toThrow(`the settings have the fingerprint ${fingerprint}, not another`)
    const lost = { ...snapshot, putIdentity: () => Promise.reject(new Conflict('lost')) }
    await expect(accept(fingerprint, lost)).rejects.toBeInstanceOf(Conflict)
    expect((await snapshot.identity())?.accepted.members.attribute).toBe('email')
    const run = await accept(fingerprint)
    expect((await ask.now(OTHER)).rules).toEqual(OTHER.rules)
    expect(ask.attributes.at(-1)).toBe('login')
    expect(run).toBe('1970-01-01T00:00:00.007Z settings')
    expect(await snapshot.run(run)).toMatchObject({ phase: 'waiting', takeUpAt: 7 })
    expect((await table.rows('ORG')).find(({ sk }) => sk !== 'ORG')).toMatchObject({
      ...{
        verb: 'accept settings',
        by: 'arn:ann',
        reason: 'looked at',
        fingerprint,
        accepted: acceptedOf(OTHER.rules),
      },
    })
    await expect(accept(fingerprint)).rejects.toThrow(`the settings ${fingerprint} are in force already`)
    const nothing = { ...snapshot, identity: async () => null }
    await expect(accept(fingerprint, nothing)).rejects.toThrow(/^nothing has run here yet/)
  })

  test('have one fingerprint, whichever order the table gives their keys in', () => {
    const { scope, members, groups } = acceptedOf(OTHER.rules)
    const turned = { groups, members: Object.fromEntries(Object.entries(members).reverse()) as typeof members, scope }
    expect(fingerprintOf(turned)).toBe(fingerprintOf(acceptedOf(OTHER.rules)))
    expect(fingerprintOf(turned)).not.toBe(fingerprintOf(acceptedOf(RULES)))
  })
})

describe('a command', () => {
  test('goes by the rules in force, and writes nothing down', async () => {
    const { version } = (await snapshot.identity())!
    expect((await ask.look(OTHER)).rules).toEqual(RULES)
    ask.okta.org = '00o2'
    await expect(ask.look()).rejects.toBeInstanceOf(StoppedError)
    ask.okta.org = new Error('no answer')
    await expect(ask.look()).rejects.toThrow('no answer')
    expect((await snapshot.identity())?.version).toBe(version)
  })

  test('goes by the settings where nothing has run yet', async () => {
    const fresh = await openTable()
    expect((await asking(fresh.snapshot).look(OTHER)).rules).toEqual(OTHER.rules)
    expect(await fresh.snapshot.identity()).toBeNull()
    await fresh.close()
  })
})

describe('a table of another version', () => {
  test.each([
    [
      1,
      /version 1, and this release is made for 2: deploy this release, then run `npx q-group-sync upgrade --stage NAME`/,
    ],
    [
      3,
      /version 3, and this release is made for 2: a newer release ran `npx q-group-sync upgrade --stage NAME`: use that one/,
    ],
  ])('stops everything, and says what to do: version %i', async (tableVersion, told) => {
    await snapshot.putIdentity({ ...(await snapshot.identity())!, tableVersion })
    for (const asked of [ask.now, ask.look, () => checkNotStopped(snapshot, STAGE)]) {
      const refused = asked()
      await expect(refused).rejects.toBeInstanceOf(TableVersionError)
      await expect(refused).rejects.toThrow(told)
    }
  })

  test('is upgraded by a person, once, and never from a newer one', async () => {
    const upgrade = () => upgradeTable({ snapshot, clock: { now: () => 7 }, newId: () => 'u' }, 'arn:ann')
    const { tableVersion: _, ...old } = (await snapshot.identity())!
    // The first release wrote no version.
    await snapshot.putIdentity(old as typeof old & { tableVersion: number })
    expect((await snapshot.identity())?.tableVersion).toBe(1)
    expect(await upgrade()).toBe(1)
    await checkNotStopped(snapshot, STAGE)
    expect(await upgrade()).toBeNull()
    expect((await table.rows('ORG')).find(({ verb }) => verb === 'upgrade')).toMatchObject({
      from: 1,
      to: 2,
      by: 'arn:ann',
    })
    await snapshot.putIdentity({ ...(await snapshot.identity())!, tableVersion: 3 })
    await expect(upgrade()).rejects.toBeInstanceOf(TableVersionError)
    const fresh = await openTable()
    const first = upgradeTable({ snapshot: fresh.snapshot, clock: { now: () => 7 }, newId: () => 'u' }, 'arn:ann')
    await expect(first).rejects.toThrow('nothing has run here yet')
    await fresh.close()
  })
})

describe('everything stops', () => {
  test('where another org answers, until the right one does', async () => {
    await checkNotStopped(snapshot, STAGE)
    ask.okta.org = '00o2'
    for (let time = 0; time < 2; time++) await expect(ask.now()).rejects.toBeInstanceOf(StoppedError)
    await expect(checkNotStopped(snapshot, STAGE)).rejects.toThrow(
      /made for the Okta org 00o1, and the URL answers as 00o2/,
    )
    ask.okta.org = '00o1'
    await ask.now()
    await checkNotStopped(snapshot, STAGE)
  })

  test('where the settings name another application or index', async () => {
    for (const stage of [
      { ...STAGE, applicationId: 'other' },
      { ...STAGE, indexId: 'other' },
    ]) {
      await expect(ask.now(stage)).rejects.toThrow(/another index is another stage/)
      await expect(checkNotStopped(snapshot, stage)).rejects.toBeInstanceOf(StoppedError)
    }
  })

  test('not where nobody else wrote so: a write that is lost says the same', async () => {
    const lost = { ...snapshot, putIdentity: () => Promise.reject(new Conflict('lost')) }
    const asked = asking(lost)
    asked.okta.org = '00o2'
    await expect(asked.now()).rejects.toBeInstanceOf(StoppedError)
    const broken = { ...snapshot, putIdentity: () => Promise.reject(new Error('no table')) }
    const other = asking(broken)
    other.okta.org = '00o2'
    await expect(other.now()).rejects.toThrow('no table')
  })

  test('not for a table that was never used', async () => {
    const fresh = await openTable()
    await checkNotStopped(fresh.snapshot, STAGE)
    await fresh.close()
  })
})

test('where Okta does not answer, nothing can be read, so that it is tried again', async () => {
  ask.okta.org = new Error('no answer')
  const { directory, rules } = await ask.now(OTHER)
  expect(rules).toEqual(OTHER.rules)
  const events = (async () => {
    for await (const _ of directory.events(new Date(0), new Date(1))) throw new Error('there is nothing')
  })()
  const asked = [
    ...[directory.orgId(), directory.group('00g1'), directory.members('00g1'), directory.usersCount('00g1')],
    ...[directory.groupsOfUser('00u1'), directory.groups(null), events],
  ]
  for (const answer of asked) await expect(answer).rejects.toThrow('no answer')
})
