// npm run simulate: the whole system in one process, under a virtual clock and a seed. See docs/testing.md.
import { availableParallelism } from 'node:os'
import { requestOf, UsageError, usage } from './arguments.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  let request: ReturnType<typeof requestOf>
  try {
    request = requestOf(process.argv.slice(2), availableParallelism())
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}`)
    return 2
  }
  // What is asked for wrongly needn't wait for the rest.
  const { tellMany, tellOne } = await import('./tell.ts')
  return request.seed === null ? tellMany(request) : tellOne(request.seed, request)
}
