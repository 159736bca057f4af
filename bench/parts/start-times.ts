import { startEnvironment } from '../../local/lambda/runtime/execution-environment.ts'
import { type Measured, variablesOf } from './stage.ts'

/** How long functions take to start: milliseconds from the start of the process until it asks for its first invocation. */
export type StartTimes = Map<string, number[]>

/** Starts each function so many times, one after the other in turn, so that what slows the machine slows all of them. */
export async function startTimes(functions: Measured[], rounds: number): Promise<StartTimes> {
  const times: StartTimes = new Map(functions.map(({ name }) => [name, []]))
  // The first round reads the files from the disk.
  for (let round = -1; round < rounds; round++) {
    for (const fn of functions) {
      const ms = await startTime(fn)
      if (round >= 0) times.get(fn.name)!.push(ms)
    }
  }
  return times
}

async function startTime(fn: Measured): Promise<number> {
  const { name, folder, memoryMb } = fn
  const arn = `arn:aws:lambda:us-east-1:000000000000:function:${name}`
  const variables = () => variablesOf(fn)
  const deployed = { name, arn, region: 'us-east-1', folder, memoryMb, timeoutMs: () => 3_000, variables }
  const environment = await startEnvironment(deployed)
  const { ms, error } = await environment.ready
  await environment.end()
  if (error) throw new Error(`${name} can't start: ${error.errorMessage}`)
  return ms
}
