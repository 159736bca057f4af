import type { SQSClient } from '@aws-sdk/client-sqs'

/** A message of a FIFO queue. Times are epoch milliseconds of the queue's clock. */
export interface Queued {
  id: string
  group: string
  body: string
  sentAt: number
  receives: number
  /** Who has it now gives it back then, unless it is deleted. */
  hiddenUntil: number
}

/** FIFO forgets a repeated id for so long. */
const FORGETS_FOR = 5 * 60_000

/**
 * A FIFO queue in memory: messages of a group are handed out in order, one batch at a time; what isn't deleted in its time comes
 * back, and after so many times is a dead letter.
 */
export class FifoQueue {
  readonly name: string
  readonly visibility: number
  messages: Queued[] = []
  readonly #now: () => number
  readonly #dead: { to: FifoQueue; after: number } | null
  readonly #sent = new Map<string, number>()
  #count = 0

  constructor(name: string, now: () => number, visibility: number, dead: { to: FifoQueue; after: number } | null) {
    this.name = name
    this.visibility = visibility
    this.#now = now
    this.#dead = dead
  }

  send(body: string, group: string, deduplication: string): void {
    const now = this.#now()
    const id = `${group} ${deduplication}`
    const before = this.#sent.get(id)
    if (before !== undefined && before + FORGETS_FOR > now) return
    this.#sent.set(id, now)
    this.messages.push({ id: `${this.name}-${++this.#count}`, group, body, sentAt: now, receives: 0, hiddenUntil: 0 })
  }

  /** Up to `most` messages, which are hidden from others from now on. */
  receive(most: number): Queued[] {
    const now = this.#now()
    const locked = new Set<string>()
    const given: Queued[] = []
    const dead: Queued[] = []
    for (const message of this.messages) {
      if (message.hiddenUntil > now) locked.add(message.group)
      if (given.length === most || locked.has(message.group)) continue
      if (this.#dead !== null && message.receives >= this.#dead.after) dead.push(message)
      else given.push(message)
    }
    for (const message of dead) {
      this.delete(message)
      this.#dead!.to.messages.push({ ...message, receives: 0, hiddenUntil: 0 })
    }
    for (const message of given) {
      message.receives++
      message.hiddenUntil = now + this.visibility
    }
    return given
  }

  delete(message: Queued): void {
    this.messages = this.messages.filter((other) => other.id !== message.id)
  }

  /** When a message can be received; Infinity where there is none. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY
    const heads = new Set<string>()
    for (const { group, hiddenUntil } of this.messages) {
      if (heads.has(group)) continue
      heads.add(group)
      if (hiddenUntil < next) next = hiddenUntil
    }
    return next
  }
}

type Entry = { Id?: string; MessageBody?: string; MessageGroupId?: string; MessageDeduplicationId?: string }
interface Input {
  QueueUrl: string
  Entries?: Entry[]
  MaxNumberOfMessages?: number
  ReceiptHandle?: string
}

/**
 * What the SDK's client is asked of the queues, by their names as URLs.
 * @param left whether an entry of a batch isn't taken
 */
export function sqsOver(
  queues: FifoQueue[],
  left: () => boolean = () => false,
): (name: string, input: Input) => unknown {
  return (name, input) => {
    const queue = queues.find((each) => each.name === input.QueueUrl)!
    if (name === 'SendMessageBatchCommand') {
      const entries = input.Entries!.map((entry) => ({ entry, isTaken: !left() }))
      for (const { entry, isTaken } of entries) {
        if (isTaken) queue.send(entry.MessageBody!, entry.MessageGroupId!, entry.MessageDeduplicationId!)
      }
      const idsOf = (those: typeof entries) => those.map(({ entry: { Id } }) => ({ Id }))
      return {
        Successful: idsOf(entries.filter(({ isTaken }) => isTaken)),
        Failed: idsOf(entries.filter(({ isTaken }) => !isTaken)),
      }
    }
    if (name === 'ReceiveMessageCommand') {
      const messages = queue.receive(input.MaxNumberOfMessages ?? 1)
      return {
        Messages: messages.map(({ id, body, group }) => ({
          Body: body,
          ReceiptHandle: id,
          Attributes: { MessageGroupId: group },
        })),
      }
    }
    if (name === 'DeleteMessageCommand') {
      const message = queue.messages.find(({ id }) => id === input.ReceiptHandle)
      if (message !== undefined) queue.delete(message)
      return {}
    }
    if (name === 'GetQueueAttributesCommand') {
      return { Attributes: { ApproximateNumberOfMessages: String(queue.messages.length) } }
    }
    throw new Error(`the queues in memory don't know ${name}`)
  }
}

/** The queues as the SDK's client, of which the project uses `send` alone. */
export function clientOf(send: (name: string, input: Input) => Promise<unknown>): SQSClient {
  return {
    send: (command: { constructor: { name: string }; input: Input }) => send(command.constructor.name, command.input),
  } as unknown as SQSClient
}
