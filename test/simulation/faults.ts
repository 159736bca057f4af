import type { PutFate } from './user-store.ts'

/** What an invocation reaches outside by. */
export type Port = 'okta' | 'table' | 'queue' | 'store'

/**
 * How a call goes wrong.
 *
 * - `crash`: the function dies at it, before the call took effect or after.
 * - `error`: it throws, without effect or after it.
 * - `conflict`: a conditional write is lost to nobody, as transactions of DynamoDB may be.
 * - `slow`: it takes so long.
 * - `freeze`: the function stands still for so long before or after the effect, and goes on then.
 * - `cut`: a list of Okta's ends early, with 200.
 * - `left`: the queue doesn't take every message of a batch.
 * - `put`: what a put or a deletion comes to.
 */
export type Fate =
  | { kind: 'crash'; when: 'before' | 'after' }
  | { kind: 'error'; when: 'before' | 'after' }
  | { kind: 'conflict' }
  | { kind: 'left' }
  | { kind: 'slow'; ms: number }
  | { kind: 'freeze'; when: 'before' | 'after'; ms: number }
  | { kind: 'cut'; keep: number }
  | { kind: 'put'; fate: PutFate }

/** A fault and the calls that meet it. */
export interface Fault {
  port: Port
  /** Methods that it is for; all where there are none. */
  methods: readonly string[]
  fate: Fate
  /** So many calls pass before. */
  skip: number
  times: number
}

/** The faults still to happen. */
export class Faults {
  #pending: { fault: Fault; skip: number; left: number }[] = []
  /** How many there were, by kind. */
  readonly counts: Record<string, number> = {}

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.skip, left: fault.times })
  }

  clear(): void {
    this.#pending = []
  }

  /** The one that a call meets. */
  take(port: Port, method: string): Fate | null {
    if (this.#pending.length === 0) return null
    for (const one of this.#pending) {
      const { fault } = one
      if (fault.port !== port || (fault.methods.length > 0 && !fault.methods.includes(method))) continue
      if (one.skip-- > 0) continue
      if (--one.left <= 0) this.#pending = this.#pending.filter((other) => other !== one)
      this.count(nameOf(port, fault.fate))
      return fault.fate
    }
    return null
  }

  count(kind: string, times = 1): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + times
  }
}

function nameOf(port: Port, fate: Fate): string {
  if (fate.kind === 'crash') return `crash ${fate.when} a call`
  if (fate.kind === 'error') return `${port} fails ${fate.when === 'before' ? 'without' : 'after its'} effect`
  if (fate.kind === 'freeze') return 'frozen in the middle'
  if (fate.kind === 'conflict') return 'write lost to nobody'
  if (fate.kind === 'left') return 'messages of a batch not taken'
  if (fate.kind === 'slow') return `${port} is slow`
  if (fate.kind === 'cut') return 'list cut short'
  if (fate.fate.kind === 'error') return `put ${fate.fate.error}${fate.fate.takesEffect ? ', though done' : ''}`
  return { late: 'put lands late', fails: 'put FAILED', overlapped: 'put tried twice' }[fate.fate.kind]
}
