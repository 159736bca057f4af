// npm run fuzz: requests of every kind to the hook as it ships. See docs/testing.md.
import { parseArgs } from 'node:util'

const usage = `usage: npm run fuzz -- [options]

  --requests N   sends so many (100,000 unless told)
  --seed N       draws them by this seed (1 unless told)
`

process.exitCode = await main()

async function main(): Promise<number> {
  const faults: string[] = []
  const given = { requests: '100000', seed: '1' }
  const { tokens } = parseArgs({
    args: process.argv.slice(2),
    options: { requests: { type: 'string' }, seed: { type: 'string' } },
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    const name = token.kind === 'option' ? token.name : ''
    if (token.kind === 'option' && Object.hasOwn(given, name)) given[name as keyof typeof given] = token.value ?? ''
    else if (token.kind === 'option') faults.push(`there is no option ${token.rawName}`)
    else if (token.kind === 'positional') faults.push(`“${token.value}” is too much`)
  }
  for (const [name, value] of Object.entries(given)) {
    const [number, least] = [Number(value), name === 'seed' ? 0 : 1]
    const isRight = /^\d+$/.test(value) && number >= least && number <= 0x7fffffff
    if (!isRight) faults.push(`--${name} must be a whole number from ${least} on, and is ${value || 'left out'}`)
  }
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n\n${usage}`)
    return 2
  }
  // What is asked for wrongly needn't wait for the rest.
  const { fuzzHook } = await import('./fuzz-hook.ts')
  const requests = Number(given.requests)
  const bar = (sent: number) =>
    process.stderr.isTTY && process.stderr.write(`\r${said(sent)} of ${said(requests)} \x1b[K`)
  try {
    const { answers, hints } = await fuzzHook(requests, Number(given.seed), bar)
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    for (const [status, count] of Object.entries(answers)) console.log(`answered ${status}: ${said(count).padStart(9)}`)
    console.log(`requests: ${said(requests)}, seed: ${given.seed}, hints in the queue: ${said(hints)}, wrong: 0`)
    return 0
  } catch (error) {
    console.log(`\n${(error as Error).message}`)
    return 1
  }
}

function said(count: number): string {
  return count.toLocaleString('en-US')
}
