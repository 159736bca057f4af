import { QBusinessClient } from '@aws-sdk/client-qbusiness'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startOkta } from '../../local/okta/server.ts'
import type { Fault } from '../../local/q-business/faults.ts'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import { type LocalQueues, startQueues } from '../../local/queues.ts'
import { noLedger } from '../../shared/membership/ledger.ts'
import { digestOf } from '../../shared/membership/member-list.ts'
import { unread } from '../../shared/membership/mirror.ts'
import { askOkta } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'
import { deadLettersIn } from '../../shared/queue/dead-letters.ts'
import { doorbellsIn } from '../../shared/queue/doorbells.ts'
import type { Directory, Snapshot, UserStore } from '../../shared/sync/ports.ts'
import type { Change, DecisionRecord } from '../../shared/sync/records.ts'
import type { Identity } from '../../shared/sync/rows.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { openTable, pagesOf } from '../snapshot/table.ts'
import { passTime } from '../support/time.ts'
import { OktaTwin } from './okta.ts'
import { clientOf, FifoQueue, sqsOver } from './queue.ts'
import { Random } from './random.ts'
import { Table } from './table.ts'
import { type PutFate, UserStoreTwin } from './user-store.ts'

// What the simulation runs on is held against what ships, over sockets: the same calls, and the same answers, value by value.

/** What a call gives: its value, or the name of its error. Undefined facts are none. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    const value = await call()
    return value === undefined ? null : JSON.parse(JSON.stringify(value))
  } catch (error) {
    const { name, kind } = error as Error & { kind?: string }
    return { error: kind ?? name }
  }
}

describe('the table', () => {
  let real: Awaited<ReturnType<typeof openTable>>
  beforeEach(async () => {
    real = await openTable()
  })
  afterEach(() => real.close())

  const silent = { ledger() {}, decision() {}, mirror() {}, due() {} }
  /** Each method of the table as a promise, as recipes have it. */
  const portOf = (table: Table): Snapshot => {
    const name = async (key: string) => ({
      ledger: table.ledger(key),
      bearers: table.bearers(key).flatMap((id) => table.mirror(id) ?? []),
    })
    return new Proxy(table, {
      get: (_, method: keyof Table) => {
        if ((method as string) === 'name') return name
        if (method === 'due' || method === 'all') return (now: number) => table[method](now)
        return async (...given: never[]) => (table[method] as (...given: never[]) => unknown)(...given)
      },
    }) as unknown as Snapshot
  }

  test.each([1, 2, 3])('does what DynamoDB does, call by call (%i)', async (seed) => {
    const random = new Random(seed)
    const table = new Table(() => 1_000_000, silent)
    const twin = portOf(table)
    const prefix = `${seed} `
    const ids = ['a', 'b', 'c'].map((id) => prefix + id)
    const pick = () => random.pick(ids)
    const times = () => random.pick([null, 500, 1_500, 9_000_000])
    const setAside = () => random.pick([null, null, { since: 1, error: { error: 'x' } }])
    const version = (now: number) => random.seldom(now, [0, now + 1], 0.2)
    const change = (key: string, id: string): Change => ({
      ...{ key, id, name: key, owner: null, before: null, after: 'd', joined: 1, left: 0, held: 0 },
      ...{ because: 'wanted', causes: [], at: 5 },
    })
    const decision = (id: string, about: DecisionRecord['about']): DecisionRecord => {
      return { id, about, verb: 'approve', by: 'x', reason: 'y', at: 1 }
    }
    let count = 0
    const calls: ((to: Snapshot) => unknown)[] = []
    const draw = async (): Promise<(to: Snapshot) => unknown> => {
      const [id, key, at] = [pick(), pick(), ++count]
      const due = { retryAt: times(), failures: 1, setAside: setAside() }
      const mirror = (await twin.mirror(id)) ?? unread(id)
      const row = (await twin.name(key)).ledger
      const ledger = { ...row, ...due, name: key, ours: true, version: version(row.version), meant: `d${at}` }
      const budget = await twin.budget()
      const run = (await twin.run(id)) ?? waitingRun(id, 5)
      const user = await twin.user(id)
      const table = await twin.identity()
      const cursor = (await twin.cursor()) ?? { version: 0, cursor: '', polledAt: 0, deliveriesSince: null }
      const borne = random.pick([null, pick()])
      const formerNames = random.chance(0.4) ? [{ name: pick(), until: 7_000_000 }] : []
      const after = { ...mirror, ...due, state: 'present' as const, name: borne, formerNames, readAt: at }
      const held = random.chance(0.3) ? [{ ...row, version: version(row.version), holdsToldAt: at }] : []
      const takenBudget = { ...budget, version: version(budget.version), totals: { memberships: at, names: 1 } }
      const identity: Identity = {
        ...{
          tableVersion: 2,
          orgId: prefix,
          applicationId: 'a',
          indexId: 'i',
          stopped: null,
          puts: null,
          accepted: {} as never,
        },
        version: version(table?.version ?? 0),
      }
      const event = { uuid: id, type: 't', published: at, group: null, user: null }
      const list = [pick(), pick()].sort()
      const outcome = random.pick(['accepted', 'confirmed', 'failed'])
      return random.pick<(to: Snapshot) => unknown>([
        (to) => to.putMirror({ ...mirror, version: version(mirror.version) }, after, held),
        (to) => to.putMirror({ ...mirror, version: mirror.version }, after, held),
        (to) => to.putLedger(ledger, random.chance(0) ? undefined : change(key, `c${at}`)),
        (to) => to.putLedger({ ...ledger, version: row.version }),
        (to) => to.putLedger(ledger, change(key, `c${at}`), takenBudget),
        (to) => to.decide({ ...row, version: version(row.version), name: key }, decision(`d${at}`, { name: key })),
        (to) => to.decisions(key),
        (to) => to.putBudget(takenBudget, random.chance(0) ? undefined : decision(`d${at}`, { person: id })),
        (to) => to.tally('2026-01-31', 'drift'),
        (to) => to.countUserHint(600_000),
        (to) => to.putOutcome(key, `c${at - 1}`, { outcome, requestId: 'r', at }),
        (to) => to.putList(digestOf(list), list),
        (to) => to.list(digestOf(list)),
        (to) =>
          to.putUser({ ...{ id, newestHint: at, causes: [], rung: [] }, ...due, version: version(user?.version ?? 0) }),
        (to) =>
          to.deleteUser({
            ...(user ?? { id, newestHint: 0, causes: [], rung: [], ...due }),
            version: version(user?.version ?? 0),
          }),
        (to) => to.putRun({ ...run, version: version(run.version), takeUpAt: due.retryAt }),
        (to) => to.putTurn({ version: version(0), run: id }),
        (to) => to.turn(),
        (to) => to.putCursor({ ...cursor, version: version(cursor.version), polledAt: at }),
        (to) => to.noteMissing(event, 800),
        (to) => to.noteDelivered(id, at),
        (to) => to.takeForLost(id),
        (to) => to.isDelivered(id),
        (to) =>
          to.putIdentity(
            identity,
            decision(`d${at}`, 'stage'),
            random.chance(0) ? undefined : { ...run, version: version(run.version) },
          ),
        (to) => to.postpone({ pk: `NAME#${key}`, sk: 'LEDGER', dueAt: 500, what: 'name', id: key }, 1_500),
      ])
    }
    for (let turn = 0; turn < 250; turn++) {
      const call = await draw()
      calls.push(call)
      // Both are asked with the same numbers.
      const [before, again] = [random.state, await outcomeOf(() => call(twin))]
      const after = random.state
      random.state = before
      expect(await outcomeOf(() => call(real.snapshot)), `${turn}: ${call}`).toEqual(again)
      random.state = after
      if (turn % 25 === 0) await expectSame(ids, twin)
    }
    await expectSame(ids, twin)
  })

  async function expectSame(ids: string[], twin: Snapshot): Promise<void> {
    const reads: ((of: Snapshot) => unknown)[] = [
      ...ids.flatMap((id) => [
        (of: Snapshot) => of.mirror(id),
        (of: Snapshot) => of.user(id),
        (of: Snapshot) => of.run(id),
        async (of: Snapshot) => {
          const { ledger, bearers } = await of.name(id)
          return { ledger: { ...noLedger(id), ...ledger }, bearers: bearers.sort((a, b) => (a.id < b.id ? -1 : 1)) }
        },
      ]),
      (of) => of.budget(),
      (of) => of.identity(),
      (of) => of.cursor(),
    ]
    const [, prefix] = /^(\d+ )/.exec(ids[0]!)!
    const isOurs = ({ id, key }: { id?: string; key?: string }) => (id ?? key ?? '').startsWith(prefix!)
    reads.push(
      async (of) =>
        (await pagesOf(of.due(10_000_000)))
          .flat()
          .filter(isOurs)
          .sort((a, b) => (a.pk < b.pk ? -1 : 1)),
      async (of) =>
        (await pagesOf(of.all())).flatMap(({ mirrors, ledgers }) => [...mirrors, ...ledgers]).filter(isOurs),
    )
    for (const read of reads) {
      expect(await outcomeOf(() => read(real.snapshot)), String(read)).toEqual(await outcomeOf(() => read(twin)))
    }
  }
})

describe('the user store', () => {
  let q: QBusiness
  let client: QBusinessClient
  let time = Date.UTC(2026, 0, 31)
  // A client of its own for each: one that has tried again too often tries no more.
  beforeEach(async () => {
    q = await startQBusiness({ now: () => time })
    const requestHandler = new NodeHttp2Handler({ requestTimeout: 300 })
    const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }
    client = new QBusinessClient({ endpoint: q.url, region: 'us-east-1', credentials, maxAttempts: 3, requestHandler })
  })
  afterEach(async () => {
    client.destroy()
    await q.close()
  })

  /** A fault over sockets, met by both attempts of the SDK or by the first, and what the twin makes of it. */
  const faults: (readonly [Omit<Fault, 'operation'>, PutFate | null])[] = [
    [
      { kind: 'answer', error: 'ThrottlingException' } as Fault,
      { kind: 'error', error: 'throttled', takesEffect: false },
    ],
    [{ kind: 'answer', error: 'ConflictException' } as Fault, { kind: 'error', error: 'conflict', takesEffect: false }],
    [
      { kind: 'answer', error: 'ServiceQuotaExceededException' } as Fault,
      { kind: 'error', error: 'quota', takesEffect: false },
    ],
    [
      { kind: 'answer', error: 'AccessDeniedException' } as Fault,
      { kind: 'error', error: 'denied', takesEffect: false },
    ],
    [
      { kind: 'answer', error: 'ServiceUnavailableException' } as Fault,
      { kind: 'error', error: 'unknown', takesEffect: false },
    ],
    [{ kind: 'apply-then-answer', error: 'InternalServerException' } as Fault, { kind: 'overlapped', afterMs: 0 }],
    [
      { kind: 'fail-later', detail: { errorCode: 'InternalError', errorMessage: 'x' } } as Fault,
      { kind: 'fails', detail: { errorCode: 'InternalError', errorMessage: 'x' } },
    ],
  ]

  test.each([1, 2, 3, 4])(
    'does what the adapter makes of the service over sockets (%i)',
    async (seed) => {
      const random = new Random(seed)
      const switches: Switches = {
        ...defaultSwitches,
        emptyList: random.pick(['taken', 'refused']),
        memberLimit: seed % 3 > 0 ? 1_000 : 2,
        overLimit: random.pick(['refused', 'fails-later']),
        overlap: random.pick(['in-order', 'reversed']),
        overlapLagMs: 5_000,
        staleStatusMs: random.pick([0, 2_000]),
        processingMs: random.pick([20, 40_000]),
        putWhileProcessing: seed % 2 === 0 ? 'taken' : 'conflict',
        lastUpdatedAt: random.pick(['fraction', 'seconds']),
        lastUpdatedAtCounts: random.pick(['status', 'put']),
        statusHistory: random.pick(['grows', 'last-only']),
      }
      Object.assign(q.switches, switches)
      const twin = new UserStoreTwin(
        () => time,
        switches,
        () => {},
      )
      const container = { takesEmptyLists: true }
      const real = userStoreOf(client, { applicationId: q.applicationId, indexId: q.indexId })
      const names = [`x ${seed}`, `y ${seed}`]
      const people = ['ann@example.com', 'bob@example.com', 'carl@example.com']
      for (let turn = 0; turn < 24; turn++) {
        const name = random.pick(names)
        const ids = people.filter(() => random.chance(0.5))
        const emptyFails = random.chance(0.2)
        const isDeletion = random.chance(0.15)
        const [fault, fate] = random.chance(0.5) ? random.pick(faults) : [null, null]
        // What is refused anyway, or is put in two ways, meets none.
        const isRefused = ids.length === 0 || ids.length > switches.memberLimit
        const mayConflict = switches.putWhileProcessing === 'conflict' && fate?.kind !== 'error'
        const meets = fault !== null && !isDeletion && !isRefused && !mayConflict
        // The SDK may try again what it isn't told to, where this clock isn't the machine's.
        const times = fate?.kind === 'error' ? 3 : 1
        if (meets) q.faults.add({ ...fault, times, operation: 'PutGroup' } as Fault)
        const given = await outcomeOf(() => (isDeletion ? real.delete(name) : real.put(name, ids, emptyFails)))
        const twins = await outcomeOf(() =>
          isDeletion ? twin.delete(name, null) : twin.put(container, name, ids, emptyFails, meets ? fate : null),
        )
        expect(without(given), `${turn}: ${isDeletion ? 'delete' : 'put'} ${ids} ${JSON.stringify(fault)}`).toEqual(
          without(twins),
        )
        q.faults.clear()
        for (const each of names) {
          const status = (of: Pick<UserStore, 'status'> | UserStoreTwin) => outcomeOf(() => of.status(each))
          expect(await status(twin), `${turn}: status of ${each}`).toEqual(await status(real))
          expect(twin.store.members(each), `${turn}: members of ${each}`).toEqual(q.store.members(each))
        }
        time += random.pick([0, 10, 1_000, 30_000, 100_000])
      }
    },
    60_000,
  )

  const without = (outcome: unknown) => {
    const { requestId, ...rest } = (outcome ?? {}) as Record<string, unknown>
    return rest
  }
})

describe('Okta', () => {
  test('shows what the directory reads over sockets, page by page, and as it was a while ago', async () => {
    let time = Date.UTC(2026, 0, 31)
    const okta = await startOkta({ now: () => time })
    const { org } = okta
    const members = { attribute: 'email', statuses: ['ACTIVE'] }
    const LAG = 5_000
    const lags = { lagMs: LAG, logLagMs: 2_000, clockAheadMs: 0, page: 2, countsDeprovisioned: true }
    const sides = { ...lags, nulls: 'present', nullTargets: [], unseenById: 'not-found' } as const
    const twin = new OktaTwin(
      () => time,
      () => 1,
      sides,
      members,
      org,
    )
    Object.assign(okta.faults.lag, { groups: LAG, members: LAG, logs: 2_000 })
    const real = directoryIn(askOkta(okta.url, { token: okta.token }, 10_000), 'email')
    const inMemory = directoryIn(async (path) => twin.ask(path), 'email')
    const random = new Random(1)
    const groups = ['A', 'B', 'C', 'D', 'E'].map((name) => org.createGroup({ name }).id)
    const people = Array.from({ length: 7 }, (_, index) => org.createUser(`p${index}@example.com`).id)
    for (let turn = 0; turn < 40; turn++) {
      const [group, person] = [random.pick(groups), random.pick(people)]
      unlessRefused(() => {
        const verb = random.nat(8)
        if (verb < 3) org.addMember(group, person)
        else if (verb < 5) org.removeMember(group, person)
        else if (verb === 5) org.replaceGroup(group, { name: `name ${turn}` })
        else if (verb === 6) org.changeUser(person, random.pick(['suspend', 'unsuspend', 'deactivate']))
        else if (turn > 30) org.deleteGroup(group)
      })
      time += random.pick([0, 1_000, 4_000, 20_000])
      const reads: ((of: Directory) => unknown)[] = [
        (of) => of.orgId(),
        (of) => of.time(),
        (of) => of.group(group),
        (of) => of.members(group),
        (of) => of.usersCount(group),
        (of) => of.groupsOfUser(person),
        (of) => of.group('00gNobody'),
        (of) => of.members('00gNobody'),
        (of) => of.groupsOfUser('00uNobody'),
        (of) => all(of),
        async (of) =>
          (await pagesOf(of.events(new Date(time - 60_000), new Date(time)))).flat().map(({ uuid }) => uuid),
        (of) => stream(of, time - 60_000),
      ]
      for (const read of reads) {
        expect(await outcomeOf(() => read(inMemory)), `${turn}: ${read}`).toEqual(await outcomeOf(() => read(real)))
      }
    }
    await okta.close()
  }, 60_000)

  async function all(directory: Directory) {
    const found: unknown[] = []
    for (let cursor: string | null = null; ; ) {
      const { groups, next } = await directory.groups(cursor)
      found.push(...groups)
      if (next === null) return found
      cursor = next
    }
  }

  /** Everything in the log from a time on, and that there is a place to go on at. */
  async function stream(directory: Directory, since: number) {
    const uuids: unknown[] = []
    for (let page = await directory.log({ since }); ; page = await directory.log({ cursor: page.next })) {
      uuids.push(...page.events.map(({ uuid }) => uuid))
      if (page.events.length === 0) return uuids
    }
  }

  function unlessRefused(change: () => void): void {
    try {
      change()
    } catch (error) {
      if ((error as Error).name !== 'OktaError') throw error
    }
  }
})

describe('the queues', () => {
  let real: LocalQueues
  let sqs: SQSClient
  const VISIBILITY = 30
  beforeAll(async () => {
    real = await startQueues({ visibilitySeconds: VISIBILITY, maxReceiveCount: 2 })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    sqs = new SQSClient({ endpoint: real.url, region: 'us-east-1', credentials })
  })
  afterAll(async () => {
    sqs.destroy()
    await real.close()
  })

  test('hand out, hide, give back and forget as SQS does over sockets', async () => {
    const now = () => Date.now()
    const dead = new FifoQueue('dead', now, VISIBILITY * 1000, null)
    const queue = new FifoQueue('names', now, VISIBILITY * 1000, { to: dead, after: 2 })
    const client = clientOf(async (name, input) => sqsOver([queue, dead])(name, input))
    const places = [
      { client: sqs, names: real.names, dead: real.namesDead },
      { client, names: 'names', dead: 'dead' },
    ]
    // What is rung twice by one id within five minutes is one ring; another id is another.
    let ring = 'one'
    const bells = places.map(({ client, names }) => doorbellsIn(client, { hints: names, names }, () => ring))
    for (const bell of bells) {
      await bell.ringNames(['a', 'b'])
      await bell.ringNames(['a'])
    }
    ring = 'two'
    for (const bell of bells) await bell.ringNames(['a'])
    const counts = places.map(({ client, names }) =>
      deadLettersIn(client, [{ from: names, to: names }], String).count(),
    )
    expect(await Promise.all(counts)).toEqual([3, 3])
    const receive = async ({ client, names }: (typeof places)[number]) => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: names, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      )
      // Of several in a group, SQS gives any number at once, and this stand-in for it one.
      const first = new Map(
        Messages.map((message) => [JSON.parse(message.Body!).key, message]).reverse() as [
          string,
          (typeof Messages)[0],
        ][],
      )
      return first
    }
    const [theirs, ours] = await Promise.all(places.map(receive))
    expect([...ours!.keys()].sort()).toEqual([...theirs!.keys()].sort())
    expect([...ours!.keys()].sort()).toEqual(['a', 'b'])
    for (const place of places) expect([...(await receive(place)).keys()]).toEqual([])
    for (const [place, given] of [
      [places[0]!, theirs!],
      [places[1]!, ours!],
    ] as const) {
      const { ReceiptHandle } = given.get('b')!
      await place.client.send(new DeleteMessageCommand({ QueueUrl: place.names, ReceiptHandle: ReceiptHandle! }))
    }
    passTime(VISIBILITY * 1000 + 1)
    for (const place of places) expect([...(await receive(place)).keys()]).toEqual(['a'])
    passTime(VISIBILITY * 1000 + 1)
    for (const place of places) {
      await receive(place)
      const letters = deadLettersIn(place.client, [{ from: place.dead, to: place.names }], () => 'again')
      expect(await letters.count()).toBeGreaterThan(0)
      expect(await letters.replay()).toBeGreaterThan(0)
      expect(await letters.count()).toBe(0)
      passTime(VISIBILITY * 1000 + 1)
      expect([...(await receive(place)).keys()]).toEqual(['a'])
    }
  }, 30_000)
})
