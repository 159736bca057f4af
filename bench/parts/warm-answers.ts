import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import pMap from 'p-map'
import { credentials } from '../../local/credentials.ts'
import type { Front, Surroundings } from './hook-front.ts'
import type { MeasuredStage } from './stage.ts'

/** Answers to deliveries at a steady rate, in milliseconds from when each was due. */
export interface WarmAnswers {
  hook: number[]
  empty: number[]
  /** Deliveries that weren't answered with 200, and those whose hint isn't in the queue. */
  refused: number
  lost: number
}

/** The two take turns, so that what slows the machine slows both of them. */
const TURN = 5
/**
 * Processes that take the deliveries, started before. One that comes while all are busy waits for one of them and doesn't meet
 * a cold start: those are measured apart.
 */
const WARM = 4

/** Delivers so many events a second for so many seconds, to the hook and to an empty handler, each behind an HTTP API. */
export async function warmAnswers(
  { functions, empty }: MeasuredStage,
  surroundings: Surroundings,
  perSecond: number,
  seconds: number,
): Promise<WarmAnswers> {
  const hook = functions['okta-hook']!
  const fronts = [
    await surroundings.front(hook, hook.memoryMb),
    await surroundings.front(empty, hook.memoryMb),
  ] as const
  const times: [number[], number[]] = [[], []]
  const statuses: number[] = []
  const groups = new Set<string>()
  try {
    for (const front of fronts)
      await Promise.all(Array.from({ length: WARM }, (_, index) => front.deliver(`warm-${index}`)))
    for (let second = 0; second < seconds; second += TURN) {
      const turn = Math.min(TURN, seconds - second)
      for (const [index, front] of fronts.entries()) {
        const name = (n: number) => `00g-${second}-${n}`
        if (index === 0) for (let n = 0; n < turn * perSecond; n++) groups.add(name(n))
        await deliverAll(front, perSecond, turn, name, (ms, status) => {
          times[index]!.push(ms)
          statuses.push(status)
        })
      }
    }
    for (const group of await hintsIn(surroundings)) groups.delete(group)
  } finally {
    for (const front of fronts) await front.close()
  }
  const refused = statuses.filter((status) => status !== 200).length
  return { hook: times[0], empty: times[1], refused, lost: groups.size }
}

async function deliverAll(
  front: Front,
  perSecond: number,
  seconds: number,
  name: (n: number) => string,
  answered: (ms: number, status: number) => void,
): Promise<void> {
  const began = performance.now()
  const due = Array.from({ length: perSecond * seconds }, (_, n) => began + (n * 1_000) / perSecond)
  await pMap(
    due.entries(),
    async ([n, at]) => {
      if (at > performance.now()) await sleep(at - performance.now())
      const status = await front.deliver(name(n))
      // From when it was due: one that waits for others has waited.
      answered(performance.now() - at, status)
    },
    { concurrency: WARM },
  )
}

/** The groups of all hints that are in the queue, which is empty then. */
async function hintsIn({ hintQueue, sqs }: Surroundings): Promise<string[]> {
  const client = new SQSClient({ endpoint: sqs, region: 'us-east-1', ...credentials() })
  const groups: string[] = []
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: hintQueue, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    )
    if (Messages.length === 0) break
    groups.push(...Messages.map(({ Body }) => JSON.parse(Body!).id as string))
    const Entries = Messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }))
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: hintQueue, Entries }))
  }
  client.destroy()
  return groups
}
