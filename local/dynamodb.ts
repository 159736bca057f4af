import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { table } from '../infra/table.ts'
import { credentials } from './credentials.ts'

/** A DynamoDB on loopback; `close()` ends its process and returns when it is gone. */
export interface LocalDynamoDb {
  url: string
  close(): Promise<void>
}

/**
 * Starts dynoxide on a free port of 127.0.0.1 and returns when it answers. `dbPath` is its SQLite file; without one,
 * all is in memory. The process ends with this one, unless this one is killed by SIGKILL.
 * @throws Error where the binary isn't installed (it exists for linux-x64 only), or doesn't start; the message says
 * what to do.
 */
export async function startDynamoDb(options: { dbPath?: string } = {}): Promise<LocalDynamoDb> {
  const program = dynoxide()
  // Between finding a free port and taking it, another process can take it: dynoxide then exits with 1, and we choose
  // again.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const args = [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      ...(options.dbPath ? ['--db-path', options.dbPath] : []),
    ]
    // Its own process group: a Ctrl-C in the terminal is for us, and we still need the table while we close.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const endWithUs = killWithThisProcess(child)
    const problem = await untilListening(child)
    if (problem === undefined) {
      child.unref()
      return { url: `http://127.0.0.1:${port}`, close: () => end(child).finally(endWithUs.dispose) }
    }
    endWithUs.dispose()
    if (attempt === 5 || !problem.includes('in use')) throw new Error(`dynoxide didn't start: ${problem}`)
  }
}

/**
 * Creates the project's table (`infra/table.ts`) and waits until it is active; a table of this name that exists is kept
 * as it is.
 */
export async function createTable(url: string, name: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', ...credentials() })
  try {
    await client.send(new CreateTableCommand(table(name)))
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw error
  }
  try {
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name })
  } finally {
    client.destroy()
  }
}

function dynoxide(): string {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide')
  } catch (cause) {
    throw new Error(
      `There is no local DynamoDB for ${process.platform}-${process.arch} (@dynoxide/linux-x64 isn't installed): ` +
        'start any DynamoDB (DynamoDB Local, say) and set AWS_ENDPOINT_URL_DYNAMODB to its address.',
      { cause },
    )
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Undefined when it listens, else why it doesn't. */
function untilListening(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes('listening on')) return
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', listen).resume()
      // A pipe that is read keeps the process alive; `unref` is there, though Readable's type doesn't say so.
      for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref()
      resolve(undefined)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(`exit status ${code}: ${said.trim()}`))
  })
}

function killWithThisProcess(child: ChildProcess): { dispose(): void } {
  const kill = () => child.kill('SIGKILL')
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (signal: NodeJS.Signals) => {
    // Where others listen to the signal, they close in their own order, and `exit` follows.
    if (process.listenerCount(signal) > 1) return
    dispose()
    kill()
    process.kill(process.pid, signal)
  }
  const dispose = () => {
    process.off('exit', kill)
    for (const signal of signals) process.off(signal, onSignal)
  }
  process.on('exit', kill)
  for (const signal of signals) process.on(signal, onSignal)
  return { dispose }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.ref()
  child.kill('SIGTERM')
  await gone
}
