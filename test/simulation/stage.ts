import type { APIGatewayProxyEventV2, SQSRecord } from 'aws-lambda'
import { answerHook } from '../../shared/okta/answer-hook.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { deadLettersIn } from '../../shared/queue/dead-letters.ts'
import { doorbellsIn, hintMessage } from '../../shared/queue/doorbells.ts'
import { mergeReceived } from '../../shared/queue/hint.ts'
import { hintOf, nameOf } from '../../shared/queue/messages.ts'
import { oneForAll } from '../../shared/queue/one-for-all.ts'
import { sendAll } from '../../shared/queue/send-all.ts'
import { catchUp } from '../../shared/sync/catch-up.ts'
import { ClockWatch } from '../../shared/sync/clock-watch.ts'
import { followLog } from '../../shared/sync/follow-log.ts'
import { checkNotStopped, inForce } from '../../shared/sync/in-force.ts'
import { modeOf } from '../../shared/sync/mode.ts'
import type { Doorbells, Snapshot, Telemetry, UserStore } from '../../shared/sync/ports.ts'
import { PutError } from '../../shared/sync/ports.ts'
import { type PutGroupPorts, putGroup } from '../../shared/sync/put-group.ts'
import type { ReadGroupPorts } from '../../shared/sync/read-group.ts'
import { reconcile } from '../../shared/sync/reconcile.ts'
import { type ReplayRequest, replay } from '../../shared/sync/replay.ts'
import { checkVersion } from '../../shared/sync/table-version.ts'
import { takeHint } from '../../shared/sync/take-hint.ts'
import type { Faults } from './faults.ts'
import type { Invocation, Lambda } from './lambda.ts'
import type { OktaTwin } from './okta.ts'
import { clientOf, FifoQueue, type Queued, sqsOver } from './queue.ts'
import type { Random } from './random.ts'
import type { Table } from './table.ts'
import type { UserStoreTwin } from './user-store.ts'
import type { World } from './world.ts'

const MINUTE = 60_000
const STAGE = { applicationId: 'app', indexId: 'index' }
/** As in infra/queues.yml. */
const VISIBILITY = 360_000
const MOST_RECEIVES = 5
const MOST_AT_ONCE = 5

/** What a stage is made of. */
export interface Parts {
  world: World
  lambda: Lambda
  faults: Faults
  random: Random
  okta: OktaTwin
  table: Table
  store: UserStoreTwin
  telemetry: Telemetry
  /** How often a message that was worked off isn't deleted, and comes again. */
  twice: number
}

/** The six functions, composed as in `functions/`, over twins of all that is outside. */
export class Stage {
  readonly queues: { hints: FifoQueue; names: FifoQueue; hintLetters: FifoQueue; nameLetters: FifoQueue }
  readonly parts: Parts
  #tick: { at: number; cancel(): void } | null = null
  #lastTick = 0
  #ids = 0
  /** By queue, when it is next looked at. */
  readonly #pumps = new Map<FifoQueue, { at: number; cancel(): void }>()
  readonly #busy = new Map<FifoQueue, number>()
  #runs = 0

  constructor(parts: Parts) {
    this.parts = parts
    const now = () => parts.world.now
    const hintLetters = new FifoQueue('hint letters', now, 30_000, null)
    const nameLetters = new FifoQueue('name letters', now, 30_000, null)
    const hints = new FifoQueue('hints', now, VISIBILITY, { to: hintLetters, after: MOST_RECEIVES })
    const names = new FifoQueue('names', now, VISIBILITY, { to: nameLetters, after: MOST_RECEIVES })
    this.queues = { hints, names, hintLetters, nameLetters }
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    const { hints, names } = this.queues
    return this.parts.lambda.running === 0 && hints.messages.length === 0 && names.messages.length === 0
  }

  /** Answers a delivery of Okta's; the status, or null where there was no answer in three seconds. */
  async hook(body: string): Promise<number | null> {
    const request = { requestContext: { http: { method: 'POST' } }, headers: {}, body } as unknown
    const end = await this.parts.lambda.invoke('okta-hook', 3_000, async (invocation) => {
      const sqs = this.#sqs(invocation)
      const ports = {
        isSecret: async () => true,
        queue: (hints: Parameters<typeof hintMessage>[0][], delivery: string) =>
          sendAll(
            sqs,
            'hints',
            hints.map((hint) => hintMessage(hint, delivery)),
          ),
        telemetry: this.parts.telemetry,
        attribute: this.parts.okta.attribute,
        newId: this.newId,
        now: () => invocation.clock.now(),
      }
      return answerHook(ports, request as APIGatewayProxyEventV2)
    })
    return end.end === 'done' ? (end.value.statusCode ?? 200) : null
  }

  /** A night's reconcile, or one by hand; Lambda invokes again what fails. */
  async reconcile(id: string, nightly: boolean, tries = 3): Promise<void> {
    const end = await this.parts.lambda.invoke(
      'reconcile',
      900_000,
      async (invocation) => reconcile(await this.#reading(invocation), id, nightly),
      id,
    )
    if (end.end !== 'done' && tries > 1) {
      await this.parts.world.sleep(MINUTE)
      await this.reconcile(id, nightly, tries - 1)
    }
  }

  async replay(request: ReplayRequest): Promise<void> {
    await this.parts.lambda.invoke('replay', 900_000, async (invocation) => {
      const { hints, names, hintLetters, nameLetters } = this.queues
      const queues = [
        { from: hintLetters.name, to: hints.name },
        { from: nameLetters.name, to: names.name },
      ]
      const deadLetters = deadLettersIn(this.#sqs(invocation), queues, this.newId)
      const ports = await this.#reading(invocation)
      return replay({ ...ports, deadLetters, attribute: this.parts.okta.attribute, id: this.newId() }, request)
    })
  }

  /** What a person does by the command: with all ports, and without a time by which it is over. */
  byHand<T>(verb: string, work: (ports: PersonPorts) => Promise<T>) {
    return this.parts.lambda.invoke(`person's ${verb}`, Number.POSITIVE_INFINITY, async (invocation) => {
      const ports = await this.#reading(invocation)
      return work({ ...ports, userStore: this.#userStore(invocation), newId: this.newId })
    })
  }

  /** Catch-up runs every minute. A minute in which it would find nothing is left out. */
  tickBy(at: number): void {
    const { world } = this.parts
    const minute = Math.ceil(Math.max(at, this.#lastTick + 1, world.now) / MINUTE) * MINUTE
    if (this.#tick !== null && this.#tick.at <= minute) return
    this.#tick?.cancel()
    this.#tick = { at: minute, cancel: world.at(minute, () => this.#catchUp(minute)) }
  }

  readonly newId = (): string => `id-${++this.#ids}`

  #catchUp(minute: number): void {
    const { world, lambda, table, telemetry, okta } = this.parts
    this.#tick = null
    this.#lastTick = minute
    void lambda.invoke('catch-up', 50_000, async (invocation) => {
      const { clock, timeLeft } = invocation
      const snapshot = this.#snapshot(invocation)
      const table = await snapshot.identity()
      checkVersion(table)
      const mode = modeOf(table, 'put')
      const startRun = (run: string) =>
        invocation.call('queue', 'startRun', () => {
          void this.reconcile(run, false)
        })
      const rung = catchUp({ snapshot, doorbells: this.#doorbells(invocation), telemetry, clock, startRun, mode })
      await rung.catch(() => {})
      const open = () => this.#reading(invocation)
      await followLog({ open, telemetry, watch: new ClockWatch(), clock, timeLeft })
      await rung
    })
    // What is due still, or again, is found by the next.
    world.after(MINUTE - 1, () => {
      const isBehind = Number.isFinite(okta.sides.logLagMs) && this.#logIsAhead()
      const next = isBehind ? world.now : table.nextDue()
      if (Number.isFinite(next)) this.tickBy(next)
    })
  }

  #logIsAhead(): boolean {
    const { okta, table } = this.parts
    const place = table.cursor()?.cursor.split('after=')[1] ?? '-1'
    return okta.org.log.entries.length - 1 > Number(place)
  }

  /** Looks at a queue as soon as there may be a message for whom there is room. */
  #pump(queue: FifoQueue): void {
    const { world, random } = this.parts
    const next = queue.nextAt()
    if (!Number.isFinite(next) || (this.#busy.get(queue) ?? 0) >= MOST_AT_ONCE) return
    const at = Math.max(world.now + random.between(2, 30), next)
    const known = this.#pumps.get(queue)
    if (known !== undefined && known.at <= at) return
    known?.cancel()
    const work = () => {
      this.#pumps.delete(queue)
      this.#receive(queue)
    }
    this.#pumps.set(queue, { at, cancel: world.at(at, work) })
  }

  #receive(queue: FifoQueue): void {
    const messages = queue.receive(this.parts.random.pick([1, 3, 10]))
    if (messages.length > 0) {
      this.#busy.set(queue, (this.#busy.get(queue) ?? 0) + 1)
      void this.#work(queue, messages)
    }
    this.#pump(queue)
  }

  async #work(queue: FifoQueue, messages: Queued[]): Promise<void> {
    const { lambda, random, faults } = this.parts
    const name = queue === this.queues.hints ? 'read-group' : 'put-group'
    const about = `${++this.#runs}`
    const work = (invocation: Invocation) => this.#handlerOf(name, invocation, messages)
    const end = await lambda.invoke(name, MINUTE, work, about)
    if (end.end === 'done') {
      for (const message of end.value) {
        if (random.chance(this.parts.twice)) faults.count('message comes again')
        else queue.delete(message)
      }
    }
    this.#busy.set(queue, this.#busy.get(queue)! - 1)
    this.#pump(queue)
  }

  /** Answers the messages that were worked off. */
  async #handlerOf(name: 'read-group' | 'put-group', invocation: Invocation, messages: Queued[]): Promise<Queued[]> {
    const records = messages.map((message) => ({ message, record: recordOf(message) }))
    let handle: (record: SQSRecord) => Promise<void>
    const all = records.map(({ record }) => record)
    if (name === 'read-group') {
      const ports = await this.#reading(invocation)
      const subjectOf = ({ subject, id }: { subject: string; id: string }) => `${subject} ${id}`
      handle = oneForAll(all, hintOf, subjectOf, mergeReceived, (hint) => takeHint(ports, hint))
    } else {
      const ports = this.#putting(invocation)
      await checkNotStopped(ports.snapshot, STAGE)
      const merge = (a: Rung, b: Rung) => ({ ...a, again: a.again || b.again, check: a.check ?? b.check })
      const put = ({ key, again, check }: Rung) => putGroup(ports, key, again, check)
      handle = oneForAll(all, nameOf, ({ key }) => key, merge, put)
    }
    const done: Queued[] = []
    for (const { message, record } of records) {
      await handle(record).then(
        () => done.push(message),
        (error: unknown) => this.#failed(invocation, error),
      )
    }
    return done
  }

  #failed(invocation: Invocation, error: unknown): void {
    const { name, message } = error as Error
    // A mistake of the simulation or of a recipe, and nothing that went wrong outside.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    this.parts.lambda.told(invocation.title, `fails a message: ${name} ${message}`)
  }

  #putting(invocation: Invocation): PutGroupPorts {
    return {
      userStore: this.#userStore(invocation),
      snapshot: this.#snapshot(invocation),
      doorbells: this.#doorbells(invocation),
      telemetry: this.parts.telemetry,
      clock: invocation.clock,
      rules: invocation.container.rules,
    }
  }

  async #reading(invocation: Invocation): Promise<ReadGroupPorts> {
    const { okta, telemetry } = this.parts
    const { container, clock, timeLeft } = invocation
    const ask = (path: string) =>
      invocation.call('okta', methodOf(path), (fate) => {
        if (fate?.kind === 'cut') okta.cutNext = fate.keep
        return okta.ask(path)
      })
    const directoryFor = (attribute: string) => {
      const directory = directoryIn(ask, attribute)
      return { ...directory, orgId: async () => (container.orgId ??= await directory.orgId()) }
    }
    const snapshot = this.#snapshot(invocation)
    const stage = { ...STAGE, rules: container.rules }
    const now = await inForce({ snapshot, telemetry, directoryFor }, stage)
    const doorbells = this.#doorbells(invocation)
    return { snapshot, doorbells, telemetry, clock, timeLeft, recent: container.recent, ...now }
  }

  #sqs(invocation: Invocation) {
    const all = Object.values(this.queues)
    return clientOf((name, input) =>
      invocation.call('queue', name, (fate) => {
        const isLeft = () => fate?.kind === 'left' && this.parts.random.chance(0.5)
        const answer = sqsOver(all, isLeft)(name, input)
        if (name === 'SendMessageBatchCommand') for (const queue of all.slice(0, 2)) this.#pump(queue)
        return answer
      }),
    )
  }

  #doorbells(invocation: Invocation): Doorbells {
    return doorbellsIn(this.#sqs(invocation), { hints: 'hints', names: 'names' }, this.newId)
  }

  #userStore(invocation: Invocation): UserStore {
    const { store } = this.parts
    const { container } = invocation
    const call = <T>(method: string, effect: (fate: Parameters<UserStoreTwin['delete']>[1]) => T) =>
      invocation.call('store', method, (fate) => effect(fate?.kind === 'put' ? fate.fate : null))
    /** A put without an answer may have had an effect. */
    const unknown = (error: unknown) => {
      if (error instanceof PutError) throw error
      throw new PutError('unknown', 'PutGroup was not accepted: no answer', error)
    }
    return {
      status: (name) => call('status', () => store.status(name)),
      put: (name, ids, emptyFails) =>
        call('put', (fate) => store.put(container, name, ids, emptyFails, fate)).catch(unknown),
      delete: (name) => call('delete', (fate) => store.delete(name, fate)),
      groupsOf: (user) => call('groupsOf', () => store.groupsOf(user)),
    }
  }

  #snapshot(invocation: Invocation): Snapshot {
    const { table, random } = this.parts
    const call = <T>(method: string, effect: () => T) => invocation.call('table', method, effect)
    const methods = Object.fromEntries(
      ONE_STEP.map((method) => [
        method,
        (...given: never[]) => call(method, () => (table[method] as (...given: never[]) => unknown)(...given)),
      ]),
    )
    async function* pages<T>(method: string, all: () => T[]): AsyncGenerator<T> {
      const found = await call(method, all)
      for (const [index, page] of found.entries()) {
        if (index > 0) await call(method, () => null)
        yield page
      }
    }
    return {
      ...(methods as unknown as Snapshot),
      // A row, then who bears the name, then each of them: between them others write.
      name: async (key) => {
        if (random.chance(0.6)) {
          return call('name', () => ({
            ledger: table.ledger(key),
            bearers: table.bearers(key).flatMap((id) => table.mirror(id) ?? []),
          }))
        }
        const read = [call('name', () => table.ledger(key)), call('name', () => table.bearers(key))] as const
        const [ledger, ids] = await Promise.all(read)
        const rows = await Promise.all(ids.map((id) => call('name', () => table.mirror(id))))
        return { ledger, bearers: rows.filter((row) => row !== null) }
      },
      due: (now) => pages('due', () => table.due(now)),
      all: () => pages('all', () => table.all()),
    }
  }
}

type Rung = ReturnType<typeof nameOf>
/** What a person's command has. */
export type PersonPorts = ReadGroupPorts & PutGroupPorts & { newId(): string }

const ONE_STEP = [
  ...(['mirror', 'putMirror', 'putLedger', 'decide', 'decisions', 'budget', 'putBudget', 'tally'] as const),
  ...(['putOutcome', 'list', 'putList', 'user', 'putUser', 'deleteUser', 'run', 'putRun', 'turn', 'putTurn'] as const),
  ...(['countUserHint', 'setAside', 'postpone', 'cursor', 'putCursor', 'isDelivered', 'noteDelivered'] as const),
  ...(['noteMissing', 'takeForLost', 'identity', 'putIdentity'] as const),
] satisfies (keyof Table)[]

function methodOf(path: string): string {
  if (path.startsWith('/.well-known/')) return 'org'
  if (path.startsWith('/api/v1/logs')) return 'log'
  if (path.startsWith('/api/v1/users/')) return 'groupsOfUser'
  if (path.startsWith('/api/v1/groups?')) return path.includes('filter=') ? 'usersCount' : 'groups'
  return path.includes('/users') ? 'members' : 'group'
}

function recordOf({ body, sentAt, receives, id }: Queued): SQSRecord {
  const attributes = { SentTimestamp: String(sentAt), ApproximateReceiveCount: String(receives) }
  return { messageId: id, body, attributes } as unknown as SQSRecord
}
