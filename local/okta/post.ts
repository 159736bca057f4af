import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What came back: the status and the body, or why nothing came. */
export type Reply = { status: number; body: string } | { failure: 'timeout' | 'connection' }

interface Letter {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  /** For the whole answer, in ms. */
  timeoutMs: number
  signal: AbortSignal
}

/** One request on a connection of its own. Never throws. */
export function post(uri: string, { method, headers, body = '', timeoutMs, signal }: Letter): Promise<Reply> {
  const send = uri.startsWith('https:') ? httpsRequest : httpRequest
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  return new Promise((resolve) => {
    const fail = () => resolve({ failure: deadline.aborted ? 'timeout' : 'connection' })
    const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
    // No agent, so that the receiver can close its server without waiting for a kept connection.
    const sent = send(uri, { method, headers: { ...headers, ...length }, agent: false, signal: deadline }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
      answer.on('error', fail)
    })
    sent.on('error', fail)
    sent.end(body)
  })
}
