/** Numbers by a seed: the same seed gives the same ones, on every machine. */
export class Random {
  /** All that the next numbers depend on. */
  state: number

  constructor(seed: number) {
    this.state = mixed(seed)
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0 to below `below`. */
  nat(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.nat(most - least + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(of: readonly T[]): T {
    return of[this.nat(of.length)]!
  }

  /** Mostly the first, else one of the others. */
  seldom<T>(usual: T, others: readonly T[], probability = 0.35): T {
    return this.chance(probability) ? this.pick(others) : usual
  }

  /** Each with its weight. */
  weighted<T>(of: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * of.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of of) {
      left -= weight
      if (left < 0) return value
    }
    return of.at(-1)![1]
  }
}

/** A number of its own for each seed and each place where it is needed. */
export function mixed(seed: number, place = 0): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) | 0
}
