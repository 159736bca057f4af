import type { Clock } from '../../shared/sync/clock.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import type { Rules } from '../../shared/sync/rules.ts'
import type { Fate, Faults, Port } from './faults.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** A function's process, which stays warm between invocations. */
export interface Container {
  name: string
  /** Its clock is so far ahead, in milliseconds. */
  skew: number
  rules: Rules
  recent: RecentLooks
  orgId: string | null
  takesEmptyLists: boolean
  isBusy: boolean
  /** Whether it was deployed before what is deployed now. */
  isOld: boolean
}

/** How an invocation ended. `killed`: it died, or its time was over. */
export type End<T> = { end: 'done'; value: T } | { end: 'failed'; error: unknown } | { end: 'killed' }

/** What a function that is dead waits for: a promise of its own, which nothing holds on to. */
const never = () => new Promise<never>(() => {})
/** What calls take, in milliseconds: from, to. */
const LATENCY: Record<Port, readonly [number, number]> = {
  okta: [20, 300],
  table: [1, 9],
  queue: [2, 20],
  store: [10, 150],
}

/** One invocation: what it calls takes time, and may go wrong. */
export class Invocation {
  alive = true
  readonly title: string
  readonly container: Container
  readonly clock: Clock
  readonly #deadline: number
  readonly #lambda: Lambda
  readonly #killed: () => void

  constructor(lambda: Lambda, title: string, container: Container, timeout: number, killed: () => void) {
    this.title = title
    this.container = container
    this.#lambda = lambda
    this.#killed = killed
    const { world } = lambda
    this.#deadline = world.now + timeout
    if (Number.isFinite(timeout)) world.at(this.#deadline, () => this.#timeOut())
    this.clock = {
      now: () => world.now + container.skew,
      sleep: async (milliseconds) => {
        if (milliseconds > 0) await world.sleep(milliseconds)
        return this.alive ? undefined : never()
      },
      after: (milliseconds, then) => world.after(Math.max(0, milliseconds), () => this.alive && then()),
    }
  }

  #frozenUntil = 0

  readonly timeLeft = (): number => this.#deadline - this.#lambda.world.now

  #timeOut(): void {
    // Who stands still isn't ended by the runtime either.
    if (this.#lambda.world.now >= this.#frozenUntil) this.kill('its time is over')
  }

  kill(why: string): void {
    if (!this.alive) return
    this.alive = false
    this.#lambda.told(this.title, `dies: ${why}`)
    this.#killed()
  }

  /** A call of the outside: it takes time, and then its effect, which is at once. */
  async call<T>(port: Port, method: string, effect: (fate: Fate | null) => T): Promise<T> {
    if (!this.alive) return never()
    const { world, faults, random } = this.#lambda
    const fate = faults.take(port, method)
    if (fate !== null) this.#lambda.told(this.title, `${port}.${method} meets ${JSON.stringify(fate)}`)
    if (fate?.kind === 'crash' && fate.when === 'before') return this.#dies(`at ${port}.${method}, before it`)
    const [from, to] = LATENCY[port]
    // Many calls of the table are as good as at once, beside the others.
    let wait =
      fate?.kind === 'slow' ? fate.ms : port === 'table' && random.chance(0.6) ? 0 : from + random.nat(to - from)
    if (random.chance(0.01)) wait *= 10
    // One wait is enough: the answer travels, or the question does.
    const isBefore = random.chance(0.5)
    if (isBefore && wait > 0) await world.sleep(wait)
    if (!this.alive) return never()
    if (fate?.kind === 'freeze' && fate.when === 'before') await this.#freezes(fate.ms)
    if (!this.alive) return never()
    if (fate?.kind === 'conflict') throw new Conflict('the write was lost to nobody')
    if (fate?.kind === 'error' && fate.when === 'before') throw outsideError(port)
    let result: T
    try {
      result = effect(fate)
    } catch (error) {
      if (!isBefore && wait > 0) await world.sleep(wait)
      if (!this.alive) return never()
      throw error
    }
    if (fate?.kind === 'crash') return this.#dies(`at ${port}.${method}, after it`)
    if (fate?.kind === 'freeze' && fate.when === 'after') await this.#freezes(fate.ms)
    if (!isBefore && wait > 0) await world.sleep(wait)
    if (!this.alive) return never()
    if (fate?.kind === 'error') throw outsideError(port)
    return result
  }

  #dies(where: string): Promise<never> {
    this.kill(where)
    return never()
  }

  async #freezes(milliseconds: number): Promise<void> {
    this.#frozenUntil = this.#lambda.world.now + milliseconds
    await this.#lambda.world.sleep(milliseconds)
  }
}

/** Runs functions: each invocation in a container of its own, with a time by which it is over. */
export class Lambda {
  readonly world: World
  readonly faults: Faults
  readonly random: Random
  readonly told: (who: string, what: string) => void
  running = 0
  /** What is deployed. */
  rules: Rules
  readonly #maxSkew: number
  #containers: Container[] = []

  constructor(
    world: World,
    faults: Faults,
    random: Random,
    { rules, maxSkew, told }: { rules: Rules; maxSkew: number; told: (who: string, what: string) => void },
  ) {
    this.world = world
    this.faults = faults
    this.random = random
    this.rules = rules
    this.#maxSkew = maxSkew
    this.told = told
  }

  /** Cold functions from now on, with other settings perhaps. */
  deploy(rules = this.rules): void {
    this.rules = rules
    for (const container of this.#containers) container.isOld = true
    this.#containers = []
  }

  async invoke<T>(
    name: string,
    timeout: number,
    work: (invocation: Invocation) => Promise<T>,
    about = '',
  ): Promise<End<T>> {
    const container = this.#containerFor(name)
    container.isBusy = true
    this.running++
    let invocation!: Invocation
    const killed = new Promise<End<T>>((resolve) => {
      const title = about === '' ? name : `${name} ${about}`
      invocation = new Invocation(this, title, container, timeout, () => resolve({ end: 'killed' }))
    })
    const done = work(invocation).then(
      (value): End<T> => ({ end: 'done', value }),
      (error: unknown): End<T> => ({ end: 'failed', error }),
    )
    const end = await Promise.race([done, killed])
    this.running--
    // One that died isn't used again; one that goes on by itself would be another's.
    if (end.end === 'killed') this.#containers = this.#containers.filter((other) => other !== container)
    container.isBusy = false
    invocation.alive = false
    return end
  }

  #containerFor(name: string): Container {
    const idle = this.#containers.find((each) => each.name === name && !each.isBusy)
    if (idle !== undefined) return idle
    const container: Container = {
      name,
      skew: this.random.between(-this.#maxSkew, this.#maxSkew),
      rules: this.rules,
      recent: new RecentLooks(this.rules.members.statuses),
      orgId: null,
      takesEmptyLists: true,
      isBusy: false,
      isOld: false,
    }
    this.#containers.push(container)
    return container
  }
}

function outsideError(port: Port): Error {
  const [name, status] = port === 'okta' ? ['OktaApiError', 500] : ['InternalServerError', 500]
  return Object.assign(new Error(`${port} failed`), { name, status, $metadata: { httpStatusCode: status } })
}
