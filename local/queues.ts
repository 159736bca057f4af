import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { buildApp } from 'fauxqs'
import { credentials } from './credentials.ts'

/** Queues on loopback. `url` is the endpoint for AWS_ENDPOINT_URL_SQS; the others are queue URLs. */
export interface LocalQueues {
  url: string
  hints: string
  hintsDead: string
  names: string
  namesDead: string
  close(): Promise<void>
}

export interface QueueRules {
  /** After so many receives a message goes to its dead-letter queue. Default 5. */
  maxReceiveCount?: number
  /** How long a received message stays invisible, in whole seconds, as SQS takes them. Default 90. */
  visibilitySeconds?: number
}

export interface QueueOptions extends QueueRules {
  /** What is another for one of the two. */
  hints?: QueueRules
  names?: QueueRules
  /** Default `us-east-1`. */
  region?: string
}

/** The lower of the bounds that regions have for a message, 256 KiB. */
const MOST_BYTES = 256 * 1024

/**
 * Starts SQS (fauxqs, in this process) on a free port of 127.0.0.1 with the FIFO queues of the project. Nothing is
 * stored: close() forgets.
 *
 * Other than SQS, fauxqs gives at most one message per message group and receive, accepts the deletion of a message
 * whose visibility has run out without an error (and without deleting it), and has no StartMessageMoveTask.
 */
export async function startQueues(options: QueueOptions = {}): Promise<LocalQueues> {
  const { region = 'us-east-1' } = options
  // Not `startFauxqs`: it listens on every interface.
  const app = buildApp({ logger: false, host: '127.0.0.1', defaultRegion: region })
  giveBackWhatNobodyReads(app)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  try {
    const queues = await createQueues(url, options)
    return {
      ...queues,
      close: async () => {
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/**
 * Creates the FIFO queues of the project, each with its dead-letter queue, in any SQS. A queue's URL is on the endpoint
 * itself: fauxqs, like some others, answers with a host name that needs DNS.
 */
export async function createQueues(url: string, options: QueueOptions): Promise<Omit<LocalQueues, 'close'>> {
  const { region = 'us-east-1' } = options
  const client = new SQSClient({ endpoint: url, region, ...credentials() })
  const create = async (name: string, attributes: Record<string, string>) => {
    const Attributes = { FifoQueue: 'true', MaximumMessageSize: String(MOST_BYTES), ...attributes }
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }))
    return new URL(url).origin + QueueUrl!.replace(/^https?:\/\/[^/]+/, '')
  }
  const createPair = async (name: 'hints' | 'names') => {
    const { maxReceiveCount = 5, visibilitySeconds = 90 } = { ...options, ...options[name] }
    const VisibilityTimeout = String(visibilitySeconds)
    const dead = await create(`${name}-dead.fifo`, { VisibilityTimeout })
    const wanted = new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] })
    const deadLetterTargetArn = (await client.send(wanted)).Attributes?.['QueueArn']
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount })
    return { queue: await create(`${name}.fifo`, { VisibilityTimeout, RedrivePolicy }), dead }
  }
  try {
    const hints = await createPair('hints')
    const names = await createPair('names')
    return {
      url,
      hints: hints.queue,
      hintsDead: hints.dead,
      names: names.queue,
      namesDead: names.dead,
    }
  } finally {
    client.destroy()
  }
}

/**
 * A receiver that stops in the middle of a long poll leaves it waiting in fauxqs, where it would take the next message
 * and hide it for the whole visibility timeout. SQS can lose time in this way too, but rarely; here every restart of a
 * poller would.
 */
function giveBackWhatNobodyReads(app: ReturnType<typeof buildApp>): void {
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const messages = (payload as { Messages?: { ReceiptHandle: string }[] } | null)?.Messages
    if (!messages || !request.raw.socket.destroyed) return payload
    const { QueueUrl } = request.body as { QueueUrl: string }
    for (const { ReceiptHandle } of messages) {
      await app.inject({
        method: 'POST',
        url: '/',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ChangeMessageVisibility' },
        payload: JSON.stringify({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      })
    }
    return payload
  })
}
