import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { replayRequest } from '../../shared/settings/replay-request.ts'
import { settingsSchema } from '../../shared/settings/schema.ts'
import { METRICS } from '../../shared/telemetry/metrics.ts'

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** What of zod's own description of a schema is looked at here. */
interface Schema {
  _zod: { def: { type: string; shape?: Record<string, Schema>; innerType?: Schema; defaultValue?: unknown } }
}

/** Every key of a schema with its default, undefined where it must be there. */
function keysOf({ _zod: { def } }: Schema, path: string[] = [], fallback?: unknown): [string, unknown][] {
  if (def.type === 'default') return keysOf(def.innerType!, path, def.defaultValue)
  if (def.type !== 'object') return [[path.join('.'), fallback]]
  return Object.entries(def.shape!).flatMap(([key, schema]) => keysOf(schema, [...path, key]))
}

describe('docs/settings.md', () => {
  it('names every key of the schema with its default, and no other', () => {
    const rows = read('docs/settings.md').matchAll(/^\| `([^`]+)` \| (required|`[^`]+`) \| .+ \|$/gm)
    const documented = [...rows].map(([, key, value]) => {
      return [key, value === 'required' ? undefined : JSON.parse(value!.slice(1, -1))]
    })
    expect(documented).toEqual(keysOf(settingsSchema as unknown as Schema))
  })
})

it.each([
  ['docs/system-log.md', 7],
  ['docs/drift.md', 4],
])('%s names metrics that there are', (file, count) => {
  const names = [...read(file).matchAll(/^\| `([A-Z]\w+)` \| [\w-]+ \| .+ \|$/gm)].map(([, name]) => name)
  expect(names).toHaveLength(count)
  for (const name of names) expect(METRICS).toHaveProperty(name!)
})

describe('README.md', () => {
  it('shows requests that replay takes', () => {
    const requests = [...read('README.md').matchAll(/^invoke replay +'([^']+)'/gm)].map(([, json]) => JSON.parse(json!))
    expect(requests.length).toBeGreaterThan(4)
    for (const request of requests) expect(replayRequest.safeParse(request).error).toBeUndefined()
    const forms = new Set(requests.flatMap(Object.keys))
    expect([...forms].sort()).toEqual(['all', 'deadLetters', 'dryRun', 'groups', 'since', 'until', 'users'])
  })

  it('leads to files that are there', () => {
    const links = [...read('README.md').matchAll(/(?:\]\(|srcset="|src=")([^)"#:]+)[)"]/g)].map(([, file]) => file!)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect(() => read(link)).not.toThrow()
  })
})
