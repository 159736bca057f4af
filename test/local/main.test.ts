import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { GetGroupCommand, QBusinessClient } from '@aws-sdk/client-qbusiness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Addresses } from '../../local/cloud.ts'
import { COMMANDS } from '../../local/story/ending.ts'
import { oktaAdmin } from '../../local/story/okta-admin.ts'
import { HOOK_EVENT_TYPES } from '../../local/story/register-hook.ts'
import { until } from '../../local/story/until.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'local', 'main.ts')
const KEYS = [
  'okta oktaToken hook hookSecret qbusiness dynamodb sqs lambda secrets',
  'table hintQueue nameQueue applicationId indexId',
]

interface Instance {
  child: ChildProcess
  /** Lines on stdout so far. */
  lines: string[]
  /** What it keeps in the machine's folder for such things. */
  temporary: string
}

const running = new Set<Instance>()

function start(args: string[], env: Record<string, string> = {}): Instance {
  const temporary = mkdtempSync(join(tmpdir(), 'main-test-'))
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const instance: Instance = { child, lines: [], temporary }
  createInterface({ input: child.stdout! }).on('line', (line) => instance.lines.push(line))
  running.add(instance)
  return instance
}

/** Asks it to stop, and answers its exit status and what it left behind. */
async function stop(instance: Instance, signal: NodeJS.Signals) {
  const { child, temporary } = instance
  const children = childrenOf(child.pid!)
  expect(children).not.toEqual([])
  child.kill(signal)
  const [code] = await once(child, 'close')
  running.delete(instance)
  const left = [...children.filter(isAlive), ...readdirSync(temporary), ...[stateOf(child.pid!)].filter(Boolean)]
  rmSync(temporary, { recursive: true })
  return { code, left }
}

async function firstLine({ lines }: Instance): Promise<Addresses> {
  const [line] = await until(
    'it says where everything is',
    () => lines,
    (seen) => seen.length > 0,
  )
  return JSON.parse(line!)
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
  return rows.filter(([, parent]) => parent === pid).map(([child]) => child!)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The folder with an instance's state files: another's may be in the usual one. */
function stateOf(pid: number): string | undefined {
  return [join('.local', String(pid)), '.local'].find((folder) => {
    const file = join(ROOT, folder, 'addresses.json')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).pid === pid
  })
}

afterAll(() => {
  for (const { child, temporary } of running) {
    child.kill('SIGTERM')
    rmSync(temporary, { recursive: true, force: true })
  }
})

describe('npm run local -- --json', () => {
  let instance: Instance
  let addresses: Addresses
  let qbusiness: QBusinessClient

  beforeAll(async () => {
    instance = start(['--json'])
    addresses = await firstLine(instance)
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    qbusiness = new QBusinessClient({ endpoint: addresses.qbusiness, region: 'us-east-1', credentials })
  })
  afterAll(() => qbusiness.destroy())

  async function statusOf(groupName: string): Promise<string | undefined> {
    const { applicationId, indexId } = addresses
    const asked = qbusiness.send(new GetGroupCommand({ applicationId, indexId, groupName }))
    return (await asked.catch(() => undefined))?.status?.status
  }

  it('says where everything is in its first line', () => {
    expect(Object.keys(addresses)).toEqual(KEYS.join(' ').split(' '))
  })

  it('has a hook in Okta that is verified and hears of everything it can', async () => {
    const { body } = await oktaAdmin(addresses)('GET', '/api/v1/eventHooks')
    const hooks = body as unknown as { verificationStatus: string; status: string; events: { items: string[] } }[]
    expect(hooks).toHaveLength(1)
    expect(hooks[0]).toMatchObject({ verificationStatus: 'VERIFIED', status: 'ACTIVE' })
    expect(hooks[0]!.events.items.toSorted()).toEqual(HOOK_EVENT_TYPES.toSorted())
    expect(HOOK_EVENT_TYPES).toContain('group.user_membership.remove')
  })

  it('brings a change in Okta to Amazon Q Business by itself', async () => {
    await oktaAdmin(addresses)('POST', '/api/v1/groups', { profile: { name: 'core-team' } })
    await expect.poll(() => statusOf('core-team'), { timeout: 20_000 }).toBe('SUCCEEDED')
  })

  it('writes its addresses for programs and for shells, for the owner only', () => {
    const folder = join(ROOT, stateOf(instance.child.pid!)!)
    expect(JSON.parse(readFileSync(join(folder, 'addresses.json'), 'utf8'))).toMatchObject(addresses)
    for (const file of ['addresses.json', 'env']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  })

  it('is found by the command q-group-sync, in a shell that has read its variables', () => {
    const folder = stateOf(instance.child.pid!)!
    const script = `. ${folder}/env && ${process.execPath} cli/main.ts held`
    const { PATH } = process.env
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: ROOT, encoding: 'utf8', env: { PATH } })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'Nobody is held.\n', stderr: '' })
  })

  it('answers the command that the story ends with, as pasted into a shell', async () => {
    const pasted = COMMANDS[1]!.command.replace('.local/env', `${stateOf(instance.child.pid!)}/env`)
    const { status, stdout, stderr } = spawnSync('sh', ['-c', pasted], { cwd: ROOT, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { name } = JSON.parse(stdout).profile
    expect(name).toMatch(/^designers \d\d:\d\d:\d\d$/)
    await expect.poll(() => statusOf(name), { timeout: 20_000 }).toBe('SUCCEEDED')
  })

  it('runs beside another instance, which may use one of its parts', async () => {
    const env = { OKTA_ORG_URL: addresses.okta, OKTA_CLIENT_TOKEN: addresses.oktaToken }
    const other = start(['--json'], env)
    const there = await firstLine(other)
    expect(there.okta).toBe(addresses.okta)
    for (const part of ['hook', 'qbusiness', 'dynamodb', 'sqs', 'lambda', 'secrets'] as const) {
      expect(there[part]).not.toBe(addresses[part])
    }
    const { body: hooks } = await oktaAdmin(addresses)('GET', '/api/v1/eventHooks')
    expect(hooks).toHaveLength(1)
    const folder = stateOf(other.child.pid!)!
    expect(folder).not.toBe(stateOf(instance.child.pid!))
    for (const file of ['addresses.json', 'env']) {
      expect(readFileSync(join(ROOT, folder, file), 'utf8')).not.toContain(addresses.oktaToken)
    }
    expect(await stop(other, 'SIGINT')).toEqual({ code: 0, left: [] })
    expect(stateOf(instance.child.pid!)).toBeDefined()
  })

  it('says nothing more on stdout, and leaves nothing behind at SIGTERM', async () => {
    expect(await stop(instance, 'SIGTERM')).toEqual({ code: 0, left: [] })
    expect(instance.lines).toHaveLength(1)
  })
})

describe('npm run local', () => {
  it('shows what runs where, what to try, what happens, and with --logs the logs', async () => {
    const instance = start(['--logs'], { POWERTOOLS_LOG_LEVEL: 'INFO' })
    const shown = () => instance.lines.join('\n')
    await expect.poll(shown, { timeout: 20_000 }).toContain('What happens')
    const folder = stateOf(instance.child.pid!)!
    const addresses: Addresses & { control: string } = JSON.parse(
      readFileSync(join(ROOT, folder, 'addresses.json'), 'utf8'),
    )
    for (const part of ['okta', 'qbusiness', 'dynamodb', 'sqs', 'lambda', 'secrets', 'hook', 'control'] as const) {
      expect(shown()).toContain(addresses[part])
    }

    const all = instance.lines.map((line) => line.trim())
    const commands = all.slice(all.indexOf(`. ${folder}/env`), all.indexOf('What happens'))
    const isCommand = (line: string) => line !== '' && !line.endsWith(':') && !/^aws |^--region/.test(line)
    const { status, stderr } = spawnSync('sh', ['-ec', commands.filter(isCommand).join('\n')], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    await expect.poll(shown, { timeout: 20_000 }).toContain('PutGroup “designers”: mary.major@example.com')
    const faults = await fetch(`${addresses.control}/okta/faults`)
    expect(await faults.json()).toMatchObject({ deliveries: { duplicate: 1 } })
    expect(shown()).toContain('group.user_membership.add (Mary Major, designers)')
    const logs = instance.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
    expect(logs.map(({ message }) => message)).toContain('a list was put')
    expect(await stop(instance, 'SIGTERM')).toEqual({ code: 0, left: [] })
  }, 60_000)

  it('stops where it is told to while it starts', async () => {
    const instance = start([])
    await expect.poll(() => childrenOf(instance.child.pid!), { timeout: 20_000 }).not.toEqual([])
    expect(await stop(instance, 'SIGTERM')).toEqual({ code: 0, left: [] })
  })

  it('refuses what it does not know', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, '--jsno'], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('--jsno')
    expect(stderr).toContain('usage: npm run local -- [--json] [--logs] [--help]')
  })

  it('tells how to put other parts in', () => {
    const { status, stdout } = spawnSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' })
    expect(status).toBe(0)
    for (const name of ['OKTA_ORG_URL', 'AWS_ENDPOINT_URL_QBUSINESS', 'AWS_ENDPOINT_URL_DYNAMODB']) {
      expect(stdout).toContain(name)
    }
  })
})
