import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { expect } from 'vitest'
import type { CloudOptions } from '../../local/cloud.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import type { Ledger } from '../../shared/membership/ledger.ts'
import type { Mirror } from '../../shared/membership/mirror.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { changeKey } from '../../shared/snapshot/keys.ts'
import { testCloud } from './cloud.ts'
import { hearFunctions, type Line } from './ear.ts'
import { MINUTE, passTime } from './time.ts'

/** A group that meets a fault. Ann is in it and stays, Bob is in it and leaves, Carl joins; each has a document to read. */
export interface Group {
  id: string
  name: string
}

/** A fault, and how it is put on. */
export interface Fault {
  /** What happens, as a sentence begins; also the name of the group that meets it. */
  fault: string
  /** Puts it on, for this group only where that can be said. */
  on(group: Group): void
  /** Whether it may touch other groups too: then it is over before the next one changes. */
  alone?: boolean
}

/** What is to be seen of a group at one moment. */
export interface Seen {
  /** Who of Ann, Bob and Carl may read its document, by CheckDocumentAccess. */
  readers: string
  mirror: Mirror
  ledger: Ledger
  /** What the change records since the fault say, oldest first. */
  outcomes: string[]
  /** The lists that PutGroup was sent since the fault, each as its people: `ann carl`. */
  puts: string[]
  /** How often the members were asked for since the fault. */
  reads: number
  /** What was logged about it since the fault: all of it, and what isn't said when all goes well. */
  said: Line[]
  complaints: Line[]
  /** Messages in the dead-letter queues. */
  deadLetters: number
  /** Whether somebody who joined another group at the same time may read that one's document. */
  restArrived: boolean
  /** When the change was made, epoch milliseconds, and how long that is ago. */
  changedAt: number
  sinceChange: number
}

export const BEFORE = 'ann bob'
export const AFTER = 'ann carl'
const PEOPLE = ['ann', 'bob', 'carl']
const BESIDE = 'beside'

/** A cloud whose functions are listened to, and groups in it that meet faults. */
export async function faultStage(options: CloudOptions = {}) {
  const told = hearFunctions()
  const cloud = await testCloud(options)
  const table = DynamoDBDocumentClient.from(new DynamoDBClient())
  const { org } = cloud.okta
  const { store } = cloud.qbusiness
  const newUser = (name: string) => org.quietly(() => org.createUser(addressOf(name))).id
  const [ann, bob, carl] = PEOPLE.map(newUser) as [string, string, string]
  const beside = newGroup(BESIDE)
  const changes = new Map<
    string,
    { at: number; heard: number; calls: number; reads: number; neighbour: string | undefined }
  >()

  /** A group of Okta's with these members that nobody has told of yet, and a document for it. */
  function newGroup(name: string, ...members: string[]): Group {
    const { id } = org.quietly(() => org.createGroup({ name }))
    for (const member of members) org.quietly(() => org.addMember(id, member))
    documentFor(name)
    return { id, name }
  }

  /** A document that the group of this name may read. */
  function documentFor(name: string): void {
    const principals = [{ group: { name, access: 'ALLOW', membershipType: 'INDEX' } }] as const
    store.putDocument({ id: name, accessConfiguration: { accessControls: [{ principals: [...principals] }] } })
  }

  /** Groups of Ann and Bob by these names, in step. */
  async function groupsOf(names: readonly string[]): Promise<Group[]> {
    const groups = names.map((name) => newGroup(name, ann, bob))
    await cloud.reconcile()
    for (const { name } of groups) expect(readersOf(name)).toBe(BEFORE)
    // So that no read waits for its second.
    passTime(2_000)
    return groups
  }

  /** Bob leaves, Carl joins, and somebody joins another group, all in one delivery. `how` for another change than that. */
  function change(group: Group, how = () => changeMembers(group.id)): void {
    const neighbour = `neighbour-${changes.size}`
    const user = newUser(neighbour)
    watch(group, neighbour)
    how()
    org.addMember(beside.id, user)
  }

  /** From now on it is noted what happens to a group. */
  function watch({ id, name }: Group, neighbour?: string): void {
    changes.set(name, {
      at: Date.now(),
      heard: told.heard(),
      calls: cloud.qbusiness.calls.length,
      reads: readsOf(id),
      neighbour,
    })
  }

  function changeMembers(id: string): void {
    org.removeMember(id, bob)
    org.addMember(id, carl)
  }

  function readersOf(name: string, people = PEOPLE): string {
    return people.filter((person) => store.checkAccess(addressOf(person), name).hasAccess).join(' ')
  }

  function readsOf(id: string): number {
    return cloud.okta.requests.count('GET', new RegExp(`/groups/${id}/users`))
  }

  async function see({ id, name }: Group): Promise<Seen> {
    const since = changes.get(name)!
    const [mirror, ledger, outcomes, ...deadLetters] = await Promise.all([
      cloud.snapshot.mirror(id),
      cloud.ledger(name),
      outcomesOf(name, since.at),
      ...Object.values(cloud.deadLetterQueues).map(cloud.messages),
    ])
    const calls = cloud.qbusiness.calls.slice(since.calls)
    const said = told.lines(since.heard).filter((line) => line['group'] === id || line['name'] === name)
    return {
      readers: readersOf(name),
      mirror: mirror!,
      ledger,
      outcomes,
      puts: calls.filter((call) => call.operation === 'PutGroup' && call.groupName === name).map(listOf),
      reads: readsOf(id) - since.reads,
      said,
      complaints: said.filter(({ level }) => level !== 'INFO'),
      deadLetters: deadLetters.reduce((sum, count) => sum + count, 0),
      restArrived: since.neighbour !== undefined && readersOf(BESIDE, [since.neighbour]) !== '',
      changedAt: since.at,
      sinceChange: Date.now() - since.at,
    }
  }

  async function outcomesOf(name: string, since: number): Promise<string[]> {
    const { pk, sk } = changeKey(nameKey(name), new Date(since).toISOString())
    const query = {
      TableName: cloud.addresses.table,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': 'CHANGE#~' },
    }
    const { Items = [] } = await table.send(new QueryCommand(query))
    return Items.map(({ outcome }) => String(outcome))
  }

  /**
   * Lets each group meet its fault as it changes, makes everything right again, and lets time pass from one moment to the next,
   * where what is due is rung. `moments` are milliseconds: those within a minute after the first change, others after the last.
   * @returns what is to be seen of the group at once and at each moment, by its fault
   */
  async function play<Moment extends string>(
    faults: readonly Fault[],
    moments: Record<Moment, number>,
  ): Promise<(fault: string) => Record<Moment | 'atOnce', Seen>> {
    const groups = await groupsOf(faults.map(({ fault }) => fault))
    const pairs = faults.map((fault, index) => ({ fault, group: groups[index]! }))
    const firstAt = Date.now()
    for (const { fault, group } of pairs.filter(({ fault }) => fault.alone)) {
      fault.on(group)
      change(group)
      await cloud.settled()
    }
    for (const { fault, group } of pairs.filter(({ fault }) => !fault.alone)) {
      fault.on(group)
      change(group)
    }
    const lastAt = Date.now()
    await cloud.settled()
    const seen = new Map<string, Record<string, Seen>>(groups.map(({ name }) => [name, {}]))
    await note('atOnce')
    calm()
    for (const [moment, after] of Object.entries<number>(moments)) {
      passTime((after < MINUTE ? firstAt : lastAt) + after - Date.now())
      await cloud.catchUp()
      await note(moment)
    }
    return (fault) => seen.get(fault) as Record<Moment | 'atOnce', Seen>

    async function note(moment: string): Promise<void> {
      await Promise.all(
        groups.map(async (group) => Object.assign(seen.get(group.name)!, { [moment]: await see(group) })),
      )
    }
  }

  function calm(): void {
    cloud.okta.faults.reset()
    cloud.qbusiness.faults.clear()
    Object.assign(cloud.qbusiness.switches, defaultSwitches)
  }

  /** Nothing that was told has an address, a token or a secret in it. */
  function expectNothingPrivate(): void {
    const { okta, addresses } = cloud
    const text = told.text()
    expect(told.heard()).toBeGreaterThan(0)
    const { d, p, q } = JSON.parse(okta.privateKey)
    expect([okta.token, addresses.hookSecret, d, p, q].filter((secret) => text.includes(secret))).toEqual([])
    // Addresses, JWTs, and what stands before a token.
    expect(text.match(/[\w.+-]+@[\w-]+\.\w+|\beyJ.{9}|(Bearer|SSWS|DPoP) \S{20}/g)).toBeNull()
  }

  return {
    cloud,
    told,
    people: { ann, bob, carl },
    groupsOf,
    documentFor,
    change,
    watch,
    changeMembers,
    readersOf,
    see,
    play,
    calm,
    expectNothingPrivate,
  }
}

export type FaultStage = Awaited<ReturnType<typeof faultStage>>

function addressOf(person: string): string {
  return `${person}@example.com`
}

function listOf({ members = [] }: { members?: string[] }): string {
  return members.map((member) => member.split('@')[0]).join(' ')
}
