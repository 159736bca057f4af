interface Event {
  at: number
  order: number
  work: () => void
}

const drained = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Virtual time. What is to happen waits in one heap; between two events everything that the first one woke runs to where it
 * waits again. So a history is the same whenever it is run.
 */
export class World {
  now: number
  /** Events that have happened. */
  steps = 0
  #order = 0
  readonly #heap: Event[] = []

  /** @param start epoch milliseconds */
  constructor(start: number) {
    this.now = start
  }

  /** Lets something happen then; the answer takes it back. */
  at(time: number, work: () => void): () => void {
    const event = { at: Math.max(time, this.now), order: this.#order++, work }
    this.#push(event)
    return () => {
      event.work = nothing
    }
  }

  after(milliseconds: number, work: () => void): () => void {
    return this.at(this.now + milliseconds, work)
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve))
  }

  /** Lets time pass to `end`, or until there is nothing left to happen and `isOver` says so. */
  async run(end: number, isOver: () => boolean = () => false): Promise<void> {
    await drained()
    while (this.#heap.length > 0 && this.#heap[0]!.at <= end && !isOver()) {
      const { at, work } = this.#pop()
      if (work === nothing) continue
      this.now = at
      this.steps++
      work()
      await drained()
    }
    if (!isOver()) this.now = Math.max(this.now, end)
  }

  #push(event: Event): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): Event {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      let index = 0
      for (;;) {
        let child = 2 * index + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
        if (!isBefore(heap[child]!, last)) break
        heap[index] = heap[child]!
        index = child
      }
      heap[index] = last
    }
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function nothing(): void {}
