// Runs the simulation over copies of the code that have a fault each, and prints what found it: a line of JSON for each fault.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PLANTED, type Planted } from './planted.ts'

/** What came of looking for a fault: how many seeds it took, null where it wasn't found. */
export interface Found {
  name: string
  invariant: number
  within: number
  seeds: number | null
  what: string
}

const root = `${pathToFileURL(join(import.meta.dirname, '..', '..')).href}/`

registerHooks({
  // What a module of a copy imports of the project is of the same copy.
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    const copy = /\?plant=\d+$/.exec(context.parentURL ?? '')?.[0]
    const isOurs = resolved.url.startsWith(root) && !resolved.url.includes('/node_modules/')
    return copy !== undefined && isOurs && resolved.url.endsWith('.ts')
      ? { ...resolved, url: resolved.url + copy }
      : resolved
  },
  load(url, context, next) {
    const loaded = next(url, context)
    const index = /\?plant=(\d+)$/.exec(url)?.[1]
    const planted = index === undefined ? undefined : PLANTED[Number(index)]
    if (planted === undefined || url.split('?')[0] !== root + planted.file) return loaded
    return { ...loaded, source: edited(planted, String(loaded.source)) }
  },
})

function edited({ name, file, edits }: Planted, source: string): string {
  return edits.reduce((text, [from, to]) => {
    const parts = text.split(from)
    if (parts.length !== 2) {
      throw new Error(`“${name}” can't be planted: ${file} has it ${parts.length - 1} times, not once: ${from}`)
    }
    return parts.join(to)
  }, source)
}

async function find(index: number): Promise<Found> {
  const { name, invariant, within, scenario } = PLANTED[index]!
  const { runHistory } = (await import(`./history.ts?plant=${index}`)) as typeof import('./history.ts')
  const { drawPlan } = (await import(`./plan.ts?plant=${index}`)) as typeof import('./plan.ts')
  for (let seed = 1; seed <= within; seed++) {
    const { violations } = await runHistory(drawPlan(seed, scenario))
    const found = violations.find((violation) => violation.invariant === invariant)
    if (found !== undefined) return { name, invariant, within, seeds: seed, what: found.what }
  }
  return { name, invariant, within, seeds: null, what: '' }
}

const chosen = process.argv[2]
if (chosen === '--nowhere')
  edited({ name: 'nothing', file: 'shared/sync/clock.ts', edits: [['nowhere', '']], invariant: 0, within: 0 }, '')
for (const [index, { name }] of PLANTED.entries()) {
  if (chosen === undefined || name.includes(chosen)) console.log(JSON.stringify(await find(index)))
}
