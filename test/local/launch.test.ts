import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launch-'))
  mkdirSync(join(folder, 'scripts'))
  cpSync('scripts/launch.mjs', join(folder, 'scripts/launch.mjs'))
  writeFileSync(join(folder, 'package.json'), '{"name": "launched", "version": "1.0.0"}')
  writeFileSync(
    join(folder, 'package-lock.json'),
    '{"name": "launched", "version": "1.0.0", "lockfileVersion": 3, "packages": {}}',
  )
  writeFileSync(
    join(folder, 'hello.ts'),
    'const words: string[] = process.argv.slice(2)\nconsole.log("hello", ...words)\n',
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the launcher as a machine of another kind would, with another version of Node. */
function launch(machine: { platform: string; node: string }, ...args: string[]) {
  const values = { platform: machine.platform, arch: 'arm64', versions: { node: machine.node } }
  const pretend = `
    const values = ${JSON.stringify(values)}
    globalThis.process = new Proxy(process, { get: (real, name) => values[name] ?? real[name] })`
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`
  return spawnSync(process.execPath, ['--import', preload, 'scripts/launch.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
}

test('it installs what is missing once, says so in one line, and runs the program with its arguments', () => {
  const first = launch({ platform: 'darwin', node: '24.1.0' }, 'hello.ts', 'big', 'world')
  expect(first).toMatchObject({ status: 0, stdout: 'hello big world\n' })
  expect(first.stderr).toMatch(/^Installing .* about \d+ MB; this happens once.*\n$/)
  expect(launch({ platform: 'darwin', node: '24.1.0' }, 'hello.ts')).toMatchObject({ status: 0, stderr: '' })
  writeFileSync(join(folder, 'package-lock.json'), `${readFileSync(join(folder, 'package-lock.json'), 'utf8')}\n`)
  expect(launch({ platform: 'darwin', node: '24.1.0' }, 'hello.ts').stderr).toContain('Installing')
})

test('where Node 24 does not come along it says in one sentence what to do', () => {
  const { status, stderr } = launch({ platform: 'darwin', node: '20.20.2' }, 'hello.ts')
  expect(status).toBe(1)
  expect(stderr.split('\n').at(-2)).toMatch(
    /^Node 24 .* darwin-arm64 with Node 20\.20\.2: install Node 24 .*AWS_ENDPOINT_URL_DYNAMODB/,
  )
})

test('a program that is not there ends with exit status 1', () => {
  expect(launch({ platform: 'darwin', node: '24.1.0' }, 'nothing')).toMatchObject({ status: 1 })
})
