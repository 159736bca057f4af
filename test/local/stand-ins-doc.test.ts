import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jsonOf } from '../../local/control/answer.ts'
import { Faults } from '../../local/okta/faults.ts'
import { BUCKETS } from '../../local/okta/rate-limits.ts'
import { startOkta } from '../../local/okta/server.ts'
import { operations } from '../../local/q-business/operations.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(ROOT, 'docs', 'stand-ins.md'), 'utf8')

function section(title: string): string {
  const [, found] = text.split(`\n## ${title}\n`)
  expect(found, title).toBeDefined()
  return found!.split('\n## ')[0]!
}

/** What the rows `| name | default | … |` of a section's table of that kind say. */
function defaults(title: string): Record<string, unknown> {
  const table = section(title)
    .split('\n\n')
    .find((part) => /^\n?\| \w+ \| default \|/.test(part))
  const rows = table!.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| .+ \|$/gm)
  return Object.fromEntries([...rows].map(([, name, value]) => [name, JSON.parse(value!)]))
}

/** What the first column of a section's rows names, all of `500`, `503`. */
function named(title: string): string[] {
  const rows = section(title).matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)
  return [...rows].flatMap(([, names]) => names!.split(', ').map((name) => name.slice(1, -1)))
}

const dotted = (prefix: string, of: object) =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [`${prefix}.${name}`, value]))

/** The literals of a member in a type's source. */
function literals(file: string, member: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const found = [...source.matchAll(new RegExp(`\\| \\{ ${member}: ([^;}]+)`, 'g'))]
  return found.flatMap(([, union]) => union!.split('|').map((each) => each.trim().replaceAll("'", ''))).sort()
}

describe('docs/stand-ins.md names every switch and fault with its default, and no other', () => {
  test('of Amazon Q Business', () => {
    expect(defaults('Amazon Q Business: switches')).toEqual(JSON.parse(jsonOf(defaultSwitches)))
    expect(named('Amazon Q Business: faults').sort()).toEqual(literals('local/q-business/faults.ts', 'kind'))
    for (const operation of Object.keys(operations)) expect(text).toContain(operation)
  })

  test('of Okta', async () => {
    const { deliveries, lag, rateLimits, clockAheadMs, requests, ...switches } = new Faults()
    const okta = await startOkta()
    expect(defaults('Okta: switches')).toEqual({ ...switches, dpop: okta.tokens.dpop })
    await okta.close()
    expect(requests.waiting).toEqual([])
    expect(defaults('Okta: faults')).toEqual({
      ...dotted('deliveries', deliveries),
      ...dotted('lag', lag),
      ...dotted('rateLimits', rateLimits),
      clockAheadMs,
      next: [],
    })
    const answers = named('Okta: faults').filter((name) => !(name in defaults('Okta: faults')))
    expect(answers.sort()).toEqual(literals('local/okta/request-faults.ts', 'answer'))
    for (const bucket of Object.keys(BUCKETS)) expect(section('Okta: faults')).toContain(bucket)
  })

  test('of the others', () => {
    expect(defaults('DynamoDB: switches')).toEqual({ indexLagMs: 0 })
    expect(defaults('Secrets Manager: switches')).toEqual({ down: false, denied: false })
  })
})
