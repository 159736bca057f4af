import type { ErrorDetail } from './group-record.ts'
import type { OperationName } from './operations.ts'
import type { ErrorType } from './service-error.ts'

/** An error that a fault answers with. */
export type FaultError = Extract<
  ErrorType,
  | 'ThrottlingException'
  | 'InternalServerException'
  | 'ServiceUnavailableException'
  | 'ConflictException'
  | 'ServiceQuotaExceededException'
  | 'AccessDeniedException'
>

/**
 * What goes wrong:
 *
 * - `answer`: the error, and nothing is done
 * - `apply-then-answer`: the error, though it is done
 * - `cut`: the connection is cut, with every other call under way on it, and nothing is done
 * - `apply-then-cut`: the connection is cut after it is done
 * - `cut-in-answer`: it is done, and the connection is cut in the middle of the answer's body
 * - `apply-late`: the connection is cut, and `afterMs` of the clock later it is done (PutGroup and DeleteGroup)
 * - `hang`, `apply-then-hang`: no answer ever
 * - `endless`: it is done, and the answer stops in the middle of its body and never ends
 * - `fail-later`: the answer is 200, and the status becomes FAILED (PutGroup and DeleteGroup)
 * - `slow`: it is done, and the answer comes `ms` real milliseconds later
 */
export type FaultKind =
  | { kind: 'answer' | 'apply-then-answer'; error: FaultError }
  | { kind: 'cut' | 'apply-then-cut' | 'cut-in-answer' | 'hang' | 'apply-then-hang' | 'endless' }
  | { kind: 'apply-late'; afterMs: number }
  | { kind: 'fail-later'; detail?: ErrorDetail }
  | { kind: 'slow'; ms: number }

/** A fault and the calls it is for. */
export type Fault = FaultKind & {
  operation: OperationName
  /** Only calls for this group name, as it was sent. */
  group?: string
  /** How many calls it is for, 1 unless told; Infinity for all. The SDK's own retries are calls, too. */
  times?: number
}

/** Faults still to happen. Each call meets the first that fits it; calls that break the model meet none. */
export class Faults {
  #pending: { fault: Fault; left: number }[] = []

  add(...faults: Fault[]): void {
    this.#pending.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })))
  }

  clear(): void {
    this.#pending = []
  }

  /** How many calls will still meet a fault. */
  get left(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0)
  }

  /** Those still to happen, `times` being how often. */
  get list(): Fault[] {
    return this.#pending.map(({ fault, left }) => ({ ...fault, times: left }))
  }

  /** The fault that a call meets, which is used up by it. */
  take(operation: OperationName, group: string | undefined): Fault | undefined {
    const found = this.#pending.find(
      ({ fault }) => fault.operation === operation && (fault.group === undefined || fault.group === group),
    )
    if (!found) return undefined
    found.left -= 1
    if (found.left <= 0) this.#pending = this.#pending.filter((pending) => pending !== found)
    return found.fault
  }
}
