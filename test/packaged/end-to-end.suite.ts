import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessFunction } from '../../local/lambda/runtime/process-function.ts'
import type { PackagedStage } from '../../local/packaged-functions.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, MINUTE, passTime } from '../support/time.ts'
import { built, functionOf, packaged, settings } from './packaged.ts'

let cloud: TestCloud
const timeoutsMs: PackagedStage['timeoutsMs'] = {}
/** Processes of read-group. */
const readers: number[] = []
const said: { name: string; line: string }[] = []

const stage: PackagedStage = {
  folder: built(),
  template: packaged.templateFile,
  timeoutsMs,
  onLine: (name, line) => said.push({ name, line }),
  onProcess: (name, pid) => {
    if (name === 'read-group') readers.push(pid)
  },
}

/** What a function wrote to its log after the first so many lines, other than news and counts. */
function faultsSince(since: number, of: string): string[] {
  const lines = said.slice(since).filter(({ name, line }) => name === of && !/"level":"INFO"|"_aws"/.test(line))
  return lines.map(({ line }) => line)
}

/** To all processes of read-group that are there. */
function signalReaders(signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of [...readers]) {
    try {
      process.kill(pid, signal)
    } catch {
      readers.splice(readers.indexOf(pid), 1)
    }
  }
}

/** Lets so many minutes pass, until the catch-up that they start has ended. */
async function pass(minutes: number): Promise<void> {
  const { counts } = cloud.functions.functions['catch-up']
  const before = counts.invocations
  passTime(minutes * MINUTE)
  const ended = () => counts.invocations > before && counts.running === 0
  await expect.poll(ended, { timeout: 20_000 }).toBe(true)
}

async function renew(name: 'okta-hook' | 'read-group'): Promise<void> {
  await (cloud.functions.functions[name] as ProcessFunction).renew()
}

async function person(login: string): Promise<string> {
  return cloud.admin.createUser(`${login}@example.com`)
}

/** Invokes replay as a person does, by Lambda's API. */
async function replay(request: object): Promise<unknown> {
  const lambda = new LambdaClient()
  const Payload = JSON.stringify(request)
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'replay', Payload }))
  lambda.destroy()
  return JSON.parse(answer.Payload!.transformToString())
}

/** Nothing that happens in Okta from now on is told of: no delivery comes, and the System Log shows it only later. */
function silence(): void {
  cloud.okta.faults.deliveries.drop = 'all'
  cloud.okta.faults.lag.logs = Number.POSITIVE_INFINITY
}

function tellAgain(): void {
  cloud.okta.faults.deliveries.drop = 0
  cloud.okta.faults.lag.logs = 0
}

beforeAll(async () => {
  cloud = await testCloud({ stage, schedules: true })
})

afterAll(() => cloud.close())

describe('the packaged functions, run as Lambda runs them', () => {
  it('have a group in Amazon Q Business as it is in Okta, when events tell of it', async () => {
    const ann = await person('ann')
    const bob = await person('bob')
    const group = await cloud.groupOf('told of', ann, bob)
    expect(cloud.members('told of')).toEqual(['ann@example.com', 'bob@example.com'])
    await cloud.admin.leave(group, bob)
    await cloud.settled()
    expect(cloud.members('told of')).toEqual(['ann@example.com'])
    const { functions } = cloud.functions
    // Its verification, creations, joins and a leave: one process for all that don't come at the same time.
    expect(functions['okta-hook'].counts).toMatchObject({ failed: 0, timedOut: 0 })
    expect(functions['okta-hook'].counts.invocations).toBeGreaterThan(functions['okta-hook'].counts.mostAtOnce)
  })

  it('take many groups side by side, in as many processes as the template lets them', async () => {
    const ann = await person('ann.many')
    await cloud.settled()
    silence()
    // Rung one after the other, while none is read yet: of as many batches, five may be with the function at once.
    const names = Array.from({ length: 8 }, (_, index) => `many ${index}`)
    const groups = await Promise.all(names.map((name) => cloud.admin.createGroup(name)))
    await Promise.all(groups.map((group) => cloud.admin.join(group, ann)))
    cloud.okta.faults.next({ answer: 'late', ms: 1_000, method: 'GET', times: 24 })
    for (const group of groups) expect(await replay({ groups: [group] })).toMatchObject({ hints: 1 })
    await cloud.settled()
    cloud.okta.faults.requests.clear()
    for (const name of names) expect(cloud.members(name), name).toEqual(['ann.many@example.com'])
    const { counts } = cloud.functions.functions['read-group']
    expect(counts.mostAtOnce).toBe(5)
    tellAgain()
  })

  it('find at night what nothing told of', async () => {
    silence()
    const group = await cloud.admin.createGroup('found at night')
    await cloud.admin.join(group, await person('nina'))
    const today = new Date().setUTCHours(2, 0, 0, 0)
    const at = today > Date.now() ? today : today + DAY
    passTime(at - Date.now())
    const { reconcile } = cloud.functions.functions
    await expect.poll(() => reconcile.counts.succeeded, { timeout: 20_000 }).toBe(1)
    await cloud.settled()
    expect(cloud.members('found at night')).toEqual(['nina@example.com'])
    expect((await cloud.snapshot.run(`${new Date(at).toISOString().slice(0, 19)}Z`))?.phase).toBe('finished')
  })

  it('read on in the System Log each minute, and find what no delivery told of', async () => {
    tellAgain()
    cloud.okta.faults.deliveries.drop = 'all'
    const group = await cloud.admin.createGroup('found in the log')
    await cloud.admin.join(group, await person('lou'))
    await pass(1)
    await cloud.settled()
    expect(cloud.members('found in the log')).toEqual(['lou@example.com'])
  })

  it('look again at a group that a person names', async () => {
    silence()
    const group = await cloud.admin.createGroup('named by hand')
    await cloud.admin.join(group, await person('hank'))
    expect(await replay({ groups: [group] })).toMatchObject({ hints: 1 })
    await cloud.settled()
    expect(cloud.members('named by hand')).toEqual(['hank@example.com'])
    tellAgain()
  })

  it('have the memory and the time that the template gives them', () => {
    const { functions } = cloud.functions
    for (const { name, timeoutMs } of Object.values(functions)) {
      const { MemorySize, Timeout } = functionOf(name).Properties
      expect(timeoutMs).toBe(Number(Timeout) * 1000)
      const lines = said.filter((each) => each.name === name).map(({ line }) => JSON.parse(line))
      const told = lines.flatMap(({ function_memory_size: size }) => size ?? [])
      for (const size of told) expect(size, name).toBe(String(MemorySize))
      if (name === 'read-group' || name === 'reconcile') expect(told.length, name).toBeGreaterThan(0)
    }
  })

  it('say nothing but what they are written to say, and no address, secret or token', () => {
    const json = said.filter(({ line }) => {
      try {
        return typeof JSON.parse(line).service !== 'string'
      } catch {
        return true
      }
    })
    expect(json).toEqual([])
    const text = said.map(({ line }) => line).join('\n')
    expect(text).not.toMatch(/@example\.com|PRIVATE KEY|SSWS|Bearer/)
    expect(text).not.toContain(cloud.addresses.hookSecret)
    expect(text).toContain('"cold_start":true')
  })
})

describe('a packaged function', () => {
  it('that hangs is killed when its time is up, and gets its messages again', async () => {
    const kim = await person('kim')
    const group = await cloud.groupOf('killed')
    signalReaders('SIGSTOP')
    timeoutsMs['read-group'] = 1_000
    const { counts } = cloud.functions.functions['read-group']
    const since = said.length
    await cloud.admin.join(group, kim)
    await expect.poll(() => counts.timedOut, { timeout: 10_000 }).toBe(1)
    delete timeoutsMs['read-group']
    signalReaders('SIGCONT')
    expect(faultsSince(since, 'read-group')).toEqual([expect.stringContaining('Task timed out after 1.00 seconds')])
    expect(await cloud.messages(cloud.addresses.hintQueue)).toBe(1)
    // As long as the template hides a message: six times the function's time.
    await pass(6)
    await cloud.settled()
    expect(cloud.members('killed')).toEqual(['kim@example.com'])
  })

  it('without its secret says so in one line, and what it was to do waits until the secret is there', async () => {
    const { credentials } = settings.okta
    // So that nothing else is due in the meantime.
    await pass(2)
    await cloud.settled()
    cloud.secrets.remove(credentials)
    // A process keeps a secret for five minutes.
    await renew('read-group')
    const { counts } = cloud.functions.functions['read-group']
    const [since, failed] = [said.length, counts.failed]
    const group = await cloud.admin.createGroup('without a secret')
    const failures = (times: number) => expect.poll(() => counts.failed - failed, { timeout: 10_000 }).toBe(times)
    await failures(1)
    const says = `the secret ${credentials} can't be read (ResourceNotFoundException, 400): make it, or put the ARN`
    expect(faultsSince(since, 'read-group')).toEqual([expect.stringContaining(says)])
    expect(await cloud.messages(cloud.addresses.hintQueue)).toBe(1)
    // Nobody mends it. As often as the template says, then it is a dead letter.
    for (let times = 2; times <= 5; times++) {
      await pass(6)
      await failures(times)
    }
    await pass(6)
    await expect.poll(() => cloud.messages(cloud.deadLetterQueues.hints), { timeout: 10_000 }).toBe(1)
    const { clientId, privateKey } = cloud.okta
    cloud.secrets.put(credentials, JSON.stringify({ clientId, privateKey }))
    expect(await replay({ deadLetters: true })).toMatchObject({ hints: 1 })
    await cloud.settled()
    expect((await cloud.snapshot.mirror(group))?.name).toBe('without a secret')
  })

  it('whose role may not read the secret says which permission is missing, and Okta sends the delivery once more', async () => {
    cloud.secrets.faults.denied = true
    // A process that knows the secret has no need to ask.
    await renew('okta-hook')
    const since = said.length
    const group = await cloud.admin.createGroup('not permitted')
    await cloud.okta.deliveriesSettled()
    const { hookSecret } = settings.okta
    const facts = { level: 'ERROR', error: 'SecretError', secret: hookSecret, missing: 'secretsmanager:GetSecretValue' }
    // The delivery, and Okta's one more attempt.
    const lines = faultsSince(since, 'okta-hook').map((line) => JSON.parse(line))
    expect(lines).toEqual([expect.objectContaining(facts), expect.objectContaining(facts)])
    cloud.secrets.faults.denied = false
    cloud.okta.faults.lag.logs = 0
    await cloud.catchUp()
    expect((await cloud.snapshot.mirror(group))?.name).toBe('not permitted')
  })

  it('whose role may not put says so for each name, and puts when it may', async () => {
    const { counts } = cloud.functions.functions['put-group']
    const [since, failed] = [said.length, counts.failed]
    cloud.qbusiness.faults.add({ operation: 'PutGroup', kind: 'answer', error: 'AccessDeniedException' })
    await cloud.admin.createGroup('not to be put')
    await expect.poll(() => counts.failed, { timeout: 10_000 }).toBe(failed + 1)
    const says = expect.stringMatching(/"level":"ERROR".*could not be worked off.*"cause":"AccessDeniedException"/)
    const [warning, ...errors] = faultsSince(since, 'put-group')
    expect(warning).toContain('"a put was not accepted"')
    expect(errors).toEqual([says, expect.stringContaining('none of 1 messages could be worked off')])
    expect(await cloud.messages(cloud.addresses.nameQueue)).toBe(1)
    await pass(6)
    await cloud.settled()
    expect(cloud.members('not to be put')).toEqual([])
  })

  it('whose settings name a wrong secret says so, and works when they are mended', async () => {
    const wrong = `${settings.okta.credentials.slice(0, -6)}XxYyZz`
    await cloud.deploy({ okta: { ...settings.okta, credentials: wrong } })
    const since = said.length
    const error = await cloud.invoke('reconcile').catch((thrown: Error) => thrown)
    expect(String(error)).toContain(`the secret ${wrong} can't be read (ResourceNotFoundException, 400)`)
    expect(faultsSince(since, 'reconcile')).toEqual([expect.stringContaining(wrong)])
    await cloud.deploy({})
    expect((await cloud.reconcile()).phase).toBe('finished')
  })
})
