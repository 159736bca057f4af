import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { built } from './packaged.ts'

const run = promisify(execFile)

let cloud: TestCloud

beforeAll(async () => {
  cloud = await testCloud({ pollers: false, hook: false })
})

afterAll(() => cloud.close())

/** Invokes a bundle in a process of its own, with the variables that lead to the local cloud. */
async function invoke(name: string, event: unknown): Promise<unknown> {
  const context = { functionName: name, awsRequestId: 'one', memoryLimitInMB: '512' }
  const script = `
    const { handler } = require(${JSON.stringify(built(name, 'index.js'))})
    const context = { ...${JSON.stringify(context)}, getRemainingTimeInMillis: () => 120_000 }
    handler(${JSON.stringify(event)}, context).then((value) => process.stdout.write(JSON.stringify(value), () => process.exit()))`
  const { stdout } = await run(process.execPath, ['-e', script], { env: process.env })
  return JSON.parse(stdout)
}

describe('the bundles, run', () => {
  it('bring a group from Okta to Amazon Q Business', async () => {
    const group = await cloud.admin.createGroup('packaged')
    await cloud.admin.join(group, await cloud.admin.createUser('ann@example.com'))
    expect(await invoke('reconcile', {})).toMatchObject({ phase: 'finished', unread: [] })
    const record = { messageId: 'one', body: JSON.stringify({ key: 'packaged', again: false }), attributes: {} }
    expect(await invoke('put-group', { Records: [record] })).toEqual({ batchItemFailures: [] })
    expect(cloud.members('packaged')).toEqual(['ann@example.com'])
  })

  it('read the System Log', async () => {
    cloud.okta.faults.lag.logs = 0
    await cloud.admin.createGroup('in the log')
    const caughtUp = (await invoke('catch-up', {})) as { log: { events: number; hints: number } | null }
    expect(caughtUp.log?.events).toBeGreaterThanOrEqual(1)
    expect(await cloud.messages(cloud.addresses.hintQueue)).toBe(caughtUp.log?.hints)
  })
})
