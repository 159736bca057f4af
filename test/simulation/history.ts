import type { LogEvent } from '../../local/okta/log-event.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { DELIVERED } from '../../shared/okta/event-types.ts'
import { acceptSettings } from '../../shared/sync/accept-settings.ts'
import { approveHold } from '../../shared/sync/approve-hold.ts'
import { letIn } from '../../shared/sync/let-in.ts'
import type { Telemetry } from '../../shared/sync/ports.ts'
import { rejectHold } from '../../shared/sync/reject-hold.ts'
import { removePerson, restorePerson } from '../../shared/sync/remove-person.ts'
import { acceptedOf, fingerprintOf, type Rules } from '../../shared/sync/rules.ts'
import { takeOutOfAll } from '../../shared/sync/take-out-of-all.ts'
import { Okta } from './changes.ts'
import { Faults } from './faults.ts'
import { Judge, type Removal } from './judge.ts'
import { Lambda } from './lambda.ts'
import { OktaTwin } from './okta.ts'
import { DAY, HOUR, MINUTE, type Plan, SECOND, type Step } from './plan.ts'
import { mixed, Random } from './random.ts'
import { Stage } from './stage.ts'
import { Table } from './table.ts'
import { NOBODY, UserStoreTwin } from './user-store.ts'
import { type Violation, Witness } from './witness.ts'
import { World } from './world.ts'

/** What came of a history. */
export interface Outcome {
  violations: Violation[]
  /** Events of virtual time. */
  steps: number
  faults: Record<string, number>
  /** How long removals took, in milliseconds, where nothing kept them. */
  removals: Removal[]
  /** What happened, where it was asked for: one line each. */
  told: { at: number; who: string; what: string }[]
}

/** The longest that a history goes on after its last step. */
const MOST = 4 * DAY
/** What is due later isn't waited for. */
const SOON = 3 * DAY
const BY = { by: 'a person', reason: 'as drawn' }

/** Runs a history to its end, and judges it. The same plan gives the same outcome. */
export async function runHistory(plan: Plan, tells = false): Promise<Outcome> {
  const history = new History(plan, tells)
  return history.run()
}

class History {
  readonly plan: Plan
  readonly world: World
  readonly faults = new Faults()
  readonly random: Random
  readonly witness: Witness
  readonly okta: Okta
  readonly table: Table
  readonly store: UserStoreTwin
  readonly lambda: Lambda
  readonly stage: Stage
  readonly judge: Judge
  readonly told: Outcome['told'] = []
  readonly #window: LogEvent[] = []
  #deliveries = 0
  /** Deliveries that are under way, and people who are about to decide. */
  #waiting = 0
  #isOver = false

  constructor(plan: Plan, tells: boolean) {
    this.plan = plan
    this.world = new World(plan.start)
    const { world } = this
    const now = () => world.now
    this.random = new Random(mixed(plan.seed, 1))
    const oktaRandom = new Random(mixed(plan.seed, 2))
    const tell = tells ? (who: string, what: string) => void this.told.push({ at: world.now, who, what }) : () => {}
    this.witness = new Witness(world, plan)
    const twin = new OktaTwin(now, () => oktaRandom.next(), plan.okta, plan.rules.members)
    // What there was before has long been settled.
    world.now = plan.start - HOUR
    this.okta = twin.org.quietly(() => new Okta(twin, plan))
    world.now = plan.start
    this.table = new Table(now, this.witness)
    this.table.lag = plan.indexLagMs
    this.store = new UserStoreTwin(now, { ...plan.switches }, (put) => {
      tell('Q Business', `${put.ids === null ? 'deletes' : 'takes'} “${put.name}”: ${put.ids?.join(', ') ?? ''}`)
      this.witness.put(put)
    })
    this.store.store.createUser(NOBODY)
    const skew = { rules: plan.rules, maxSkew: plan.maxSkew, told: tell }
    this.lambda = new Lambda(world, this.faults, this.random, skew)
    const { faults, random, okta, table, store, lambda } = this
    this.stage = new Stage({
      ...{
        world,
        lambda,
        faults,
        random,
        okta: okta.twin,
        table,
        store,
        telemetry: tells ? telemetryOf(tell) : SILENT,
        twice: plan.twice,
      },
    })
    Object.assign(this.witness, { table, store, okta })
    this.witness.onDue = (at) => this.stage.tickBy(at)
    this.witness.onHold = (key, hold) => this.#holdIsMade(key, hold)
    this.judge = new Judge({ plan, world, okta, table, store, witness: this.witness, stage: this.stage })
    this.tell = tell
    twin.org.log.onWrite((event) => this.#noted(event))
  }

  readonly tell: (who: string, what: string) => void

  async run(): Promise<Outcome> {
    const { plan, world, stage, judge } = this
    this.#somebodyElsePuts('Team Foreign', ['stranger@example.com'])
    stage.tickBy(world.now)
    // The first reconcile brings everything in.
    void stage.reconcile('the first', false)
    const from = plan.start + 10 * MINUTE
    await world.run(from)
    if (plan.nightly) this.#night()
    for (const step of plan.steps) {
      await world.run(from + step.at)
      this.#happens(step)
    }
    this.#makeRight()
    await this.#rest()
    judge.beforeReconcile(this.#isAllTold())
    await this.#replayLetters()
    for (let night = 0; night < 2; night++) {
      void stage.reconcile(`${new Date(world.now).toISOString()} at the end`, true)
      await this.#rest()
      if (!judge.needsAnotherNight()) break
      await world.run(world.now + 2 * DAY + HOUR)
    }
    judge.atTheEnd()
    const { counts } = this.faults
    return {
      violations: this.witness.violations,
      steps: world.steps,
      faults: counts,
      removals: judge.removals(),
      told: this.told,
    }
  }

  /** Nothing goes wrong any more. What nobody knows of the services stays as it is. */
  #makeRight(): void {
    this.#isOver = true
    this.faults.clear()
    this.okta.twin.unseen.clear()
    this.okta.twin.cutNext = null
    this.okta.twin.cursorRefused = false
    this.table.lag = 0
    this.tell('the world', 'nothing goes wrong from here on')
    this.stage.tickBy(this.world.now)
  }

  /** Until nothing is under way and nothing is due soon. */
  async #rest(): Promise<void> {
    const { world, stage, table, store } = this
    const end = world.now + MOST
    const isQuiet = () =>
      stage.isIdle && this.#waiting === 0 && store.store.isAtRest() && table.nextDue() > world.now + SOON
    while (world.now < end) {
      await world.run(Math.min(end, world.now + 10 * MINUTE), () => false)
      if (isQuiet()) break
      // Nothing happens before what is due next.
      const next = table.nextDue()
      if (stage.isIdle && this.#waiting === 0 && next > world.now + HOUR) await world.run(Math.min(end, next))
    }
    // A put that was long under way shows its end.
    await world.run(world.now + DAY)
  }

  async #replayLetters(): Promise<void> {
    if (this.stage.queues.hintLetters.messages.length + this.stage.queues.nameLetters.messages.length === 0) return
    await Promise.race([this.stage.replay({ deadLetters: true }), this.world.run(this.world.now + HOUR)])
    await this.#rest()
  }

  /** Whether what happened in Okta was told, so that no reconcile is needed to find it. */
  #isAllTold(): boolean {
    const { plan } = this
    const isCut = plan.steps.some(
      (step) => step.do === 'hide' || (step.do === 'fault' && step.fault.fate.kind === 'cut'),
    )
    return !isCut && (Number.isFinite(plan.okta.logLagMs) || this.#lost === 0)
  }

  #lost = 0

  #night(): void {
    const { world, stage } = this
    const next = Math.floor(world.now / DAY) * DAY + 2 * HOUR
    world.at(next > world.now ? next : next + DAY, () => {
      if (this.#isOver) return
      void stage.reconcile(`${new Date(world.now).toISOString()} nightly`, true)
      this.#night()
    })
  }

  #happens(step: Step): void {
    const { okta, stage, faults, world, table } = this
    const done = okta.happens(step)
    if (done !== null) this.tell('Okta', done)
    switch (step.do) {
      case 'fault':
        faults.add(step.fault)
        return
      case 'index lags':
        faults.count('index lags')
        table.lag = step.ms
        return
      case 'hide':
      case 'show':
        this.#see(step.slot, step.do === 'hide')
        return
      case 'cursor is refused':
        faults.count('cursor refused')
        okta.twin.cursorRefused = true
        return
      case 'deploy':
        faults.count('redeploy')
        this.lambda.deploy()
        return
      case 'settings':
        this.#settings(step.what)
        return
      case 'remove':
      case 'restore':
        this.#byHand(step.do, step.person)
        return
      case 'reconcile':
        faults.count('reconcile by hand')
        void stage.reconcile(`${world.now} by hand`, false)
        return
      case 'replay':
        faults.count('replay by hand')
        void stage.replay({ since: new Date(world.now - HOUR), until: new Date(world.now + SECOND), all: true })
        return
      case 'dead letters':
        void stage.replay({ deadLetters: true })
        return
      case 'somebody else puts':
        this.#driftIn(okta.nameOf(step.name))
        return
    }
  }

  #see(slot: number, hides: boolean): void {
    const id = this.okta.groups.get(slot)?.id
    if (id === undefined) return
    if (!hides) this.okta.twin.unseen.delete(id)
    else {
      this.faults.count('group not seen')
      this.okta.twin.unseen.add(id)
      this.okta.everOut.add(id)
    }
  }

  #settings(what: 'scope' | 'guard'): void {
    this.faults.count('settings changed')
    const { rules } = this.lambda
    if (what === 'guard') {
      this.lambda.deploy({ ...rules, drift: { ...rules.drift, putsPerNight: 100 } })
      return
    }
    const names =
      rules.scope.names.length === 3 ? ['Team A', 'Team B', 'TEAM *', 'Team Swapped'] : ['Team *', 'TEAM *', 'team *']
    const next: Rules = { ...rules, scope: { ...rules.scope, names } }
    this.lambda.deploy(next)
    this.#waiting++
    this.world.after(this.plan.dawdlesMs, () => {
      const fingerprint = fingerprintOf(acceptedOf(next))
      this.tell('a person', `accepts the settings ${fingerprint}`)
      void this.stage
        .byHand('accept', async (ports) => {
          this.witness.scopeChanged = true
          await acceptSettings(ports, this.lambda.rules, { fingerprint, ...BY })
        })
        .finally(() => this.#waiting--)
    })
  }

  #byHand(verb: 'remove' | 'restore', person: number): void {
    const user = this.okta.addressOf(person)
    if (user === null) return
    this.faults.count(`${verb} by hand`)
    this.tell('a person', `${verb}s ${user}`)
    this.#waiting++
    void this.stage
      .byHand(verb, async (ports) => {
        if (verb === 'restore') {
          await restorePerson(ports, { user, ...BY })
          await letIn(ports, user)
          return
        }
        this.witness.removes(user)
        await removePerson(ports, { user, ...BY, until: ports.clock.now() + 5 * HOUR })
        await takeOutOfAll(ports, user, { read() {}, done() {} })
      })
      .finally(() => this.#waiting--)
  }

  /** A person decides in time; of somebody who was let go, everybody stays with others. */
  #holdIsMade(key: string, hold: string): void {
    const random = new Random(mixed(this.plan.seed, 1_000 + this.#deliveries++))
    this.faults.count('hold')
    this.#waiting++
    this.world.after(random.between(MINUTE, this.plan.dawdlesMs + MINUTE), () => {
      const verb = random.chance(this.plan.approves) ? 'approve' : 'reject'
      this.tell('a person', `${verb}s hold ${hold} of “${key}”`)
      void this.stage
        .byHand(verb, async (ports): Promise<void> => {
          const { name } = this.table.ledger(key)
          const request = { name, hold, ...BY }
          this.faults.count(verb)
          await (verb === 'approve' ? approveHold(ports, request) : rejectHold(ports, request))
        })
        .finally(() => this.#waiting--)
    })
  }

  #somebodyElsePuts(name: string, members: string[]): void {
    this.store.store.putForeign(name, members)
    this.witness.foreign.set(name, members)
  }

  /** Somebody else writes over a name of ours, while nothing of ours is on its way to it. */
  #driftIn(name: string): void {
    const { table, store, witness } = this
    const ledger = table.ledger(nameKey(name))
    const isAtRest =
      ledger.status === 'confirmed' && ledger.doubt === null && ledger.unsureUntil === null && ledger.name === name
    if (!isAtRest || !this.stage.isIdle || !store.isQuiet(name) || ledger.spellings !== undefined) return
    this.faults.count("somebody else's put")
    this.tell('somebody else', `puts “${name}”: stranger@example.com`)
    store.store.putForeign(name, ['stranger@example.com'])
    witness.drifted.add(name)
  }

  /** An event is written: Okta delivers it soon, and maybe lost, late, twice or with others. */
  #noted(event: LogEvent): void {
    const { world, plan, stage } = this
    if (Number.isFinite(plan.okta.logLagMs)) stage.tickBy(world.now + plan.okta.logLagMs)
    this.judge.event(event)
    if (!plan.hasHook || !DELIVERED.has(event.eventType)) {
      this.#lost++
      return
    }
    if (this.#window.length === 0) world.after(300, () => this.#deliver())
    this.#window.push(event)
    this.#waiting++
  }

  #deliver(): void {
    const { world, plan, faults } = this
    const events = this.#window.splice(0)
    this.#waiting -= events.length
    const random = new Random(mixed(plan.seed, 10_000 + this.#deliveries))
    const { lost, late, doubled, split } = plan.deliveries
    const isSplit = events.length > 1 && random.chance(split)
    if (isSplit) faults.count('deliveries split')
    for (const batch of isSplit ? events.map((event) => [event]) : [events]) {
      if (random.chance(lost)) {
        faults.count('delivery lost')
        this.#lost++
        continue
      }
      const copies = random.chance(doubled) ? 2 : 1
      if (copies === 2) faults.count('delivery doubled')
      for (let copy = 0; copy < copies; copy++) {
        const isLate = random.chance(late)
        if (isLate) faults.count('delivery late')
        this.#waiting++
        const wait = isLate ? random.pick([5 * SECOND, MINUTE, 20 * MINUTE, 3 * HOUR]) : random.between(20, 900)
        const id = `delivery-${++this.#deliveries}`
        world.after(wait, () => void this.#send(batch, id, random).finally(() => this.#waiting--))
      }
    }
  }

  async #send(events: LogEvent[], eventId: string, random: Random): Promise<void> {
    const shown = events.map((event) => this.okta.twin.shown(event))
    const body = JSON.stringify({ eventId, data: { events: shown } })
    for (let tries = 0; tries < 2; tries++) {
      const isRefused = random.chance(this.plan.deliveries.refused)
      if (isRefused) this.faults.count('hook does not answer')
      const status = isRefused ? null : await this.stage.hook(body)
      if (status === 200) {
        this.tell('okta-hook', `takes ${events.map(({ eventType }) => eventType).join(', ')}`)
        return this.judge.acknowledged(events)
      }
      if (tries === 0) await this.world.sleep(random.between(1, 5) * SECOND)
    }
    this.#lost++
  }
}

const SILENT: Telemetry = { info() {}, warn() {}, error() {}, count() {} }

function telemetryOf(tell: (who: string, what: string) => void): Telemetry {
  const line = (level: string) => (message: string, facts?: Record<string, unknown>) =>
    tell(level, `${message} ${JSON.stringify(facts ?? {})}`)
  return { info: line('info'), warn: line('warn'), error: line('error'), count() {} }
}
