import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { fc } from '@fast-check/vitest'
import type { APIGatewayProxyStructuredResultV2, SQSRecord } from 'aws-lambda'
import { startCloud } from '../../local/cloud.ts'
import type { Outcome } from '../../local/lambda/invoke.ts'
import { hintOf } from '../../shared/queue/messages.ts'
import { hearFunctions } from '../support/ear.ts'
import { ADDRESS, anyRequest, type FuzzedRequest, SECRET, TRIED } from './requests.ts'

/** What was sent, by what was answered. */
export interface Fuzzed {
  seed: number
  answers: Record<string, number>
  hints: number
}

/** So long a request that was found is made shorter, in milliseconds. */
const SHORTEN_FOR = 20_000
/** After so many requests the queue is emptied. */
const DRAIN_AFTER = 200

/**
 * Sends requests of every kind to the hook as it ships, with a queue and a secret store on loopback, and judges every answer and
 * every line of its log. Throws the shortest request that it found to be answered wrongly.
 *
 * @param told hears now and then how many were sent
 */
export async function fuzzHook(runs: number, seed: number, told: (sent: number) => void = () => {}): Promise<Fuzzed> {
  const ear = hearFunctions()
  const cloud = await startCloud({ schedules: false, pollers: false })
  const sqs = new SQSClient()
  const fuzzed: Fuzzed = { seed, answers: {}, hints: 0 }
  let sent = 0
  try {
    if (cloud.addresses.hookSecret !== SECRET) throw new Error(`the hook's secret isn't “${SECRET}” any more`)
    const hook = cloud.functions.functions['okta-hook']
    const property = fc.asyncProperty(anyRequest, async (request) => {
      ear.forget()
      const outcome = await hook.invoke(eventOf(request))
      const status = judgeAnswer(request, outcome)
      judgeLog(ear.text())
      fuzzed.answers[status] = (fuzzed.answers[status] ?? 0) + 1
      sent++
      if (sent % DRAIN_AFTER !== 0 && sent !== runs) return
      fuzzed.hints += await drain(sqs, cloud.addresses.hintQueue)
      told(sent)
    })
    const first = await fc.check(property, { numRuns: runs, seed, endOnFailure: true })
    if (!first.failed) return fuzzed
    const path = first.counterexamplePath!
    const shorter = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: SHORTEN_FOR })
    const found = shorter.failed ? shorter : first
    throw new Error(
      `request ${sent + 1} of seed ${seed}: ${String(found.errorInstance)}\n${shortened(found.counterexample)}`,
    )
  } finally {
    sqs.destroy()
    await cloud.close()
  }
}

/** A request that was found, as far as a person reads on. */
function shortened(counterexample: unknown): string {
  const said = JSON.stringify(counterexample)
  return said.length > 3_000 ? `${said.slice(0, 2_000)} … ${said.length} characters … ${said.slice(-500)}` : said
}

function eventOf({ method, headers, body, isBase64Encoded }: FuzzedRequest): unknown {
  return { version: '2.0', requestContext: { http: { method } }, headers, body, isBase64Encoded }
}

/** @returns the status of the answer. */
function judgeAnswer(request: FuzzedRequest, outcome: Outcome): number {
  if (!outcome.ok) throw new Error(`the function failed: ${JSON.stringify(outcome.error)}`)
  const { statusCode, body } = outcome.value as APIGatewayProxyStructuredResultV2
  const wanted = wantedOf(request)
  if (statusCode !== wanted) throw new Error(`answered ${statusCode}, and ${wanted} is right`)
  const challenge = request.headers['x-okta-verification-challenge']
  const isVerification = request.method === 'GET' && statusCode === 200
  const right = isVerification ? JSON.stringify({ verification: challenge }) : undefined
  if (body !== right) throw new Error(`answered with the body ${body}`)
  return wanted
}

/** What the contract says: 4xx to the right secret only where the body can't be parsed, and never a 5xx. */
function wantedOf({ method, headers, body, isBase64Encoded }: FuzzedRequest): number {
  if (method === 'GET') return headers['x-okta-verification-challenge'] === undefined ? 400 : 200
  if (method !== 'POST') return 405
  if (headers['authorization'] !== SECRET) return 401
  try {
    JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? ''))
    return 200
  } catch {
    return 400
  }
}

function judgeLog(log: string): void {
  for (const hidden of [SECRET, TRIED, ADDRESS]) {
    if (log.includes(hidden)) throw new Error(`“${hidden}” is in the log: ${log.slice(0, 2_000)}`)
  }
}

/** Takes every message out of the queue: each has to be a hint. Answers how many there were. */
async function drain(sqs: SQSClient, QueueUrl: string): Promise<number> {
  for (let count = 0; ; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
    )
    if (Messages.length === 0) return count
    for (const { Body = '', Attributes } of Messages) {
      hintOf({ body: Body, attributes: Attributes } as unknown as SQSRecord)
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    count += Messages.length
  }
}
