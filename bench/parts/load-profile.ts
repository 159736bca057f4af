import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions } from '../../scripts/bundle.ts'

const COMPILING = 'reading and compiling it'

/** What of the time that a function takes to load is spent where: shares of 1, the greatest first. */
export type LoadProfile = [what: string, share: number][]

interface Profile {
  nodes: {
    id: number
    callFrame: { url: string; lineNumber: number; columnNumber: number; functionName: string }
    children?: number[]
  }[]
  samples: number[]
  timeDeltas: number[]
}

/**
 * Loads a function's bundle under V8's profiler, so many times, and tells by the bundle's source map which package the code
 * that ran is of.
 * @param variables what the function needs to be composed
 */
export async function loadProfile(
  name: string,
  variables: Record<string, string>,
  times: number,
): Promise<LoadProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-profile-'))
  try {
    const outfile = join(folder, 'index.js')
    await build({ ...bundleOptions(name, outfile), sourcemap: 'external' })
    const map = new SourceMap(JSON.parse(readFileSync(`${outfile}.map`, 'utf8')))
    const spent = new Map<string, number>()
    for (let time = 0; time < times; time++) {
      const profiles = mkdtempSync(join(folder, 'profile-'))
      const profiler = ['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-dir=${profiles}`]
      const { status, stderr } = spawnSync(
        process.execPath,
        [...profiler, '-e', `require(${JSON.stringify(outfile)})`],
        {
          env: { AWS_REGION: 'us-east-1', ...variables },
          encoding: 'utf8',
        },
      )
      if (status !== 0) throw new Error(`the bundle of ${name} can't be loaded: ${stderr}`)
      const profile = JSON.parse(readFileSync(join(profiles, readdirSync(profiles)[0]!), 'utf8')) as Profile
      for (const [what, microseconds] of timesOf(profile, map)) spent.set(what, (spent.get(what) ?? 0) + microseconds)
    }
    const all = [...spent.values()].reduce((sum, each) => sum + each, 0)
    return [...spent].map(([what, each]): [string, number] => [what, each / all]).sort(([, a], [, b]) => b - a)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Microseconds by what they were spent on, of what ran because of the bundle. */
function timesOf({ nodes, samples, timeDeltas }: Profile, map: SourceMap): Map<string, number> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const kinds = new Map<number, string | null>()
  const kindOf = (id: number): string | null => {
    const known = kinds.get(id)
    if (known !== undefined) return known
    const { url, functionName, lineNumber, columnNumber } = byId.get(id)!.callFrame
    const parent = parents.get(id)
    const above = parent === undefined ? null : kindOf(parent)
    let kind = above
    if (url.endsWith('/index.js')) kind = packageOf(map.findEntry(lineNumber, columnNumber))
    else if (functionName === '(garbage collector)') kind = 'garbage collection'
    else if (/^(wrapSafe|compileFunction)/.test(functionName)) kind = COMPILING
    else if (url.startsWith('node:') && above !== null) kind = "modules of Node's own"
    kinds.set(id, kind)
    return kind
  }
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const kind = kindOf(id)
    if (kind !== null) times.set(kind, (times.get(kind) ?? 0) + Math.max(0, timeDeltas[index] ?? 0))
  }
  return times
}

function packageOf(entry: ReturnType<SourceMap['findEntry']>): string {
  const source = 'originalSource' in entry ? entry.originalSource : ''
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? []
  if (name) return name
  // What has no source is esbuild's helpers, which call each module for the first time: V8 compiles it then, and counts that
  // as the time of the helper.
  return /(functions|shared)\//.test(source) ? 'q-group-sync' : COMPILING
}
