import type { ServerResponse } from 'node:http'
import type { LambdaError } from '../invoke.ts'
import { listen, readBody } from '../listen.ts'

/** An invocation as the runtime gets it; `deadline` in epoch milliseconds, `event` as JSON. */
export interface Invocation {
  requestId: string
  deadline: number
  arn: string
  traceId: string
  event: string
}

/** What the runtime said of an invocation: the function's result as JSON, or its error. */
export type Answer = { ok: true; result: string } | { ok: false; error: LambdaError }

/** The Runtime API of one execution environment. */
export interface RuntimeApi {
  /** For AWS_LAMBDA_RUNTIME_API. */
  address: string
  /** Fulfilled when the runtime first asks for an invocation; before that, by the error with which it couldn't start. */
  started: Promise<LambdaError | null>
  /** Gives an invocation to the runtime, as soon as it asks for one; to be called again only when this was answered. */
  give(invocation: Invocation): Promise<Answer>
  close(): Promise<void>
}

const PATH = '/2018-06-01/runtime/'
/** A result may be as long as an event. */
const LIMIT = 6 * 1024 * 1024

/**
 * Serves the Runtime API to one runtime on a port of 127.0.0.1 that the system chooses: one invocation at a time.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, version 2018-06-01. A result over the limit is
 * an error of the function, as there.
 */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const { promise: started, resolve: start } = Promise.withResolvers<LambdaError | null>()
  let asking: ServerResponse | undefined
  let given: (Invocation & { answered: (answer: Answer) => void; isTaken: boolean }) | undefined

  const send = () => {
    if (!asking || !given || given.isTaken) return
    given.isTaken = true
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': given.requestId,
      'lambda-runtime-deadline-ms': String(given.deadline),
      'lambda-runtime-invoked-function-arn': given.arn,
      'lambda-runtime-trace-id': given.traceId,
      // Not Lambda's: see rapid-client.cjs.
      'local-now-ms': String(Date.now()),
    })
    asking.end(given.event)
    asking = undefined
  }
  const take = (answer: Answer) => {
    given?.answered(answer)
    given = undefined
  }

  const server = await listen(async (request, response) => {
    const what = request.url?.startsWith(PATH) ? `${request.method} ${request.url.slice(PATH.length)}` : ''
    if (what === 'GET invocation/next') {
      start(null)
      asking = response
      return send()
    }
    const body = await readBody(request, LIMIT)
    if (what === 'POST init/error') {
      start(errorIn(body))
      return end(response, 202, { status: 'OK' })
    }
    const [, id, kind] = /^POST invocation\/([^/]+)\/(response|error)$/.exec(what) ?? []
    if (!kind) return end(response, 404, { errorType: 'UnknownOperation', errorMessage: `no ${what} here` })
    if (!given?.isTaken || id !== given.requestId) {
      const errorMessage = `${id} is not the request id of the invocation under way`
      return end(response, 400, { errorType: 'InvalidRequestID', errorMessage })
    }
    if (kind === 'error') take({ ok: false, error: errorIn(body) })
    else if (body) take({ ok: true, result: body.toString() })
    else {
      const errorType = 'Function.ResponseSizeTooLarge'
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${LIMIT} bytes).`
      take({ ok: false, error: { errorType, errorMessage } })
    }
    end(response, body ? 202 : 413, { status: body ? 'OK' : 'RequestEntityTooLarge' })
  })

  return {
    address: new URL(server.url).host,
    started,
    give: (invocation) =>
      new Promise((answered) => {
        given = { ...invocation, answered, isTaken: false }
        send()
      }),
    close: async () => {
      // Of a runtime that is gone.
      asking?.destroy()
      await server.close()
    },
  }
}

/** What a runtime tells of an error: without its own fields, of which Lambda has no others. */
function errorIn(body: Buffer | undefined): LambdaError {
  const { errorType = 'Runtime.Unknown', errorMessage = '', trace = [] } = JSON.parse(body?.toString() || '{}')
  return { errorType, errorMessage, trace }
}

function end(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
