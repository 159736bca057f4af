import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'

const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
)
const all: Record<string, string> = { ...dependencies, ...devDependencies, ...optionalDependencies }
const rows = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8').matchAll(/^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm)
const documented = [...rows].map(([, name, version, reason]) => ({ name: name!, version: version!, reason: reason! }))

it('docs/dependencies.md names every dependency with its version, and no other', () => {
  const named = documented.map(({ name, version }) => `${name} ${version}`)
  expect(named.toSorted()).toEqual(
    Object.entries(all)
      .map(([name, version]) => `${name} ${version}`)
      .toSorted(),
  )
})

it('gives each one a reason', () => {
  expect(documented.filter(({ reason }) => reason.split(' ').length < 4)).toEqual([])
})

it('every dependency is pinned', () => {
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[a-z.0-9]+)?$/.test(version))).toEqual([])
})
