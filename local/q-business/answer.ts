import { type Call, callOf } from './call.ts'
import { checkAuthorization } from './check-authorization.ts'
import type { Fault, Faults } from './faults.ts'
import { perform, type Service } from './perform.ts'
import { readRequest, type WireRequest } from './read-request.ts'
import { ServiceError } from './service-error.ts'
import type { ChangeOptions } from './user-store.ts'

/**
 * What goes back over the wire: a response, after `delayMs` real milliseconds, whole or only half of its body, after which
 * the connection is cut or nothing more comes; or a cut connection; or nothing, ever.
 */
export type Answer =
  | { kind: 'respond'; status: number; errorType?: string; body: Record<string, unknown>; delayMs: number; half?: Half }
  | { kind: 'cut' | 'hang' }

type Half = 'then-cut' | 'then-nothing'

/** Answers a request and notes the call, which is the only thing remembered here. */
export function answer(
  service: Service & { now: () => number; region: string; faults: Faults; calls: Call[] },
  wire: WireRequest,
): Answer {
  const call: Call = { operation: undefined, at: service.now(), outcome: 'pending' }
  service.calls.push(call)
  try {
    checkAuthorization(wire.headers, 'qbusiness', service.region)
    const request = readRequest(wire)
    Object.assign(call, callOf(request))
    const fault = service.faults.take(request.operation, call.groupName)
    if (fault) call.fault = fault.kind
    const done = meet(fault, call, (options) => perform(service, request, options))
    call.outcome = outcomeOf(done)
    return done
  } catch (error) {
    const known = error instanceof ServiceError ? error : new ServiceError('InternalServerException', String(error))
    call.outcome = known.type
    const body = { message: known.message, ...known.details }
    return { kind: 'respond', status: known.status, errorType: known.type, body, delayMs: 0 }
  }
}

function outcomeOf({ kind, ...answer }: Answer): string {
  const half = 'half' in answer ? answer.half : undefined
  if (kind === 'cut' || half === 'then-cut') return 'cut'
  return kind === 'hang' || half === 'then-nothing' ? 'hung' : 'ok'
}

function meet(fault: Fault | undefined, call: Call, run: (options?: ChangeOptions) => Record<string, unknown>): Answer {
  const respond = (body: Record<string, unknown>, delayMs = 0, half?: Half): Answer => {
    return { kind: 'respond', status: 200, body, delayMs, ...(half && { half }) }
  }
  switch (fault?.kind) {
    case undefined:
      return respond(run())
    case 'answer':
      throw errorOf(fault.error, call)
    case 'apply-then-answer':
      run()
      throw errorOf(fault.error, call)
    case 'cut':
    case 'hang':
      return { kind: fault.kind }
    case 'apply-then-cut':
      run()
      return { kind: 'cut' }
    case 'apply-then-hang':
      run()
      return { kind: 'hang' }
    case 'cut-in-answer':
      return respond(run(), 0, 'then-cut')
    case 'endless':
      return respond(run(), 0, 'then-nothing')
    case 'apply-late':
      run({ delayMs: fault.afterMs })
      return { kind: 'cut' }
    case 'fail-later': {
      const failure = fault.detail ?? { errorCode: 'InternalError', errorMessage: 'The group could not be processed.' }
      return respond(run({ failure }))
    }
    case 'slow':
      return respond(run(), fault.ms)
  }
}

function errorOf(type: Extract<Fault, { error: unknown }>['error'], { operation, groupName }: Call): ServiceError {
  const withResource = type === 'ConflictException' || type === 'ServiceQuotaExceededException'
  const details = withResource ? { resourceId: groupName ?? 'local', resourceType: groupName ? 'group' : 'index' } : {}
  return new ServiceError(type, `${operation}: a fault that was asked for.`, details)
}
