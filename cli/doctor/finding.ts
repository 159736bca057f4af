import { explain } from '../explain.ts'

/**
 * What one check found. `well` is as it should be, `note` is to be known and no fault, `fault` is to be mended, and `not looked at`
 * waits for what comes before it.
 */
export interface Finding {
  check: string
  is: 'well' | 'note' | 'fault' | 'not looked at'
  found: string
  /** What to do about it: sentences, and commands as a shell takes them. */
  mend: string[]
}

/** What a check throws to say that something is at fault. */
export class Fault extends Error {
  override name = 'Fault'
  readonly mend: string[]
  constructor(found: string, ...mend: string[]) {
    super(found)
    this.mend = mend
  }
}

/** What a check answers: what it found, something to be known besides, and what later checks go by. */
export interface Seen<T> {
  found: string
  note?: string[]
  value: T
}

/** Nothing further is worth looking at. */
export class Enough extends Fault {
  override name = 'Enough'
}

/** Hears of findings as they are made, of several where they have one reason. */
export type Told = (findings: readonly Finding[]) => void

/** Makes the checks, one after the other, and tells of each as it is done. */
export class Sheet {
  readonly findings: Finding[] = []
  readonly #told: Told

  constructor(told: Told) {
    this.#told = told
  }

  /** Answers what later checks go by; null where the check found a fault, or couldn't be made. */
  async check<T>(check: string, look: () => Promise<Seen<T>>): Promise<T | null> {
    try {
      const { found, note, value } = await look()
      this.#add({ check, is: note === undefined ? 'well' : 'note', found, mend: note ?? [] })
      return value
    } catch (error) {
      const isOwn = error instanceof Fault
      this.#add({
        check,
        is: 'fault',
        found: isOwn ? error.message : explain(error).replace(/\.$/, ''),
        mend: isOwn ? error.mend : [],
      })
      if (error instanceof Enough) throw error
      return null
    }
  }

  /** Says of checks that they can't be made before something else is mended. */
  skip(before: string, ...checks: string[]): void {
    const found = `mend ${before} first`
    this.#add(...checks.map((check) => ({ check, is: 'not looked at' as const, found, mend: [] })))
  }

  #add(...findings: Finding[]): void {
    this.findings.push(...findings)
    this.#told(findings)
  }
}
