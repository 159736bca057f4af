import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptDeployed } from '../support/accept.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud({ hook: false, settings: { guard: NO_GUARD, scope: { names: ['team-*', 'late-*'] } } })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
afterAll(() => cloud.close())

test('a first reconcile puts every group in scope and no other', async () => {
  for (let index = 0; index < 12; index++) {
    const id = await cloud.admin.createGroup(`team-${index}`)
    await cloud.admin.join(id, index % 2 === 0 ? ann : bob)
  }
  await cloud.admin.join(await cloud.admin.createGroup('other'), ann)
  const report = await cloud.reconcile({ scheduledTime: '2026-11-21T02:00:00Z' })
  expect(report).toMatchObject({ phase: 'finished', counts: { groups: 12, changed: 12, absent: 0 }, unread: [] })
  for (let index = 0; index < 12; index++) {
    expect(cloud.members(`team-${index}`)).toEqual([index % 2 === 0 ? 'ann@example.com' : 'bob@example.com'])
  }
  expect(cloud.members('other')).toBeUndefined()
  expect(cloud.members('Everyone')).toBeUndefined()
})

test('what is equal in both is done: nothing through the queues, no call to Q Business', async () => {
  const calls = cloud.qbusiness.calls.length
  const { invocations } = cloud.functions.functions['put-group'].counts
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished', counts: { changed: 0, namesRung: 0 } })
  expect(cloud.qbusiness.calls.length).toBe(calls)
  expect(cloud.functions.functions['put-group'].counts.invocations).toBe(invocations)
})

test('lost events are repaired: who left, a rename, a group out of scope, a group that is gone', async () => {
  const idOf = async (name: string) =>
    (
      await cloud.admin
        .call('GET', `/api/v1/groups?filter=${encodeURIComponent(`profile.name eq "${name}"`)}`)
        .catch(() => cloud.admin.call('GET', `/api/v1/groups?q=${name}`))
    )[0].id
  await cloud.admin.leave(await idOf('team-0'), ann)
  await cloud.admin.rename(await idOf('team-2'), 'team-two')
  await cloud.admin.rename(await idOf('team-4'), 'elsewhere')
  await cloud.admin.deleteGroup(await idOf('team-6'))
  const report = await cloud.reconcile()
  expect(report.counts).toMatchObject({ groups: 10, absent: 2 })
  expect(cloud.members('team-0')).toEqual([])
  expect(cloud.members('team-two')).toEqual(['ann@example.com'])
  expect(cloud.members('team-2')).toEqual(['ann@example.com'])
  expect(cloud.members('team-4')).toEqual([])
  await cloud.admin.rename(await idOf('elsewhere'), 'team-4')
  await cloud.reconcile()
  expect(cloud.members('team-4')).toEqual(['ann@example.com'])
  // One 404 proves nothing; the second, a minute later, does.
  expect(cloud.members('team-6')).toEqual(['ann@example.com'])
  await cloud.minutes(2)
  expect(cloud.members('team-6')).toEqual([])
})

test('a name that somebody forgot to ring is rung: the mirror is compared with the ledger', async () => {
  await cloud.functions.stopPollers()
  const id = await cloud.admin.createGroup('late-ring')
  await cloud.admin.join(id, ann)
  await cloud.invoke('reconcile')
  const { PurgeQueueCommand } = await import('@aws-sdk/client-sqs')
  await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.addresses.nameQueue }))
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(cloud.members('late-ring')).toBeUndefined()
  expect((await cloud.reconcile()).counts).toMatchObject({ changed: 0, namesRung: 1 })
  expect(cloud.members('late-ring')).toEqual(['ann@example.com'])
})

test('a group that cannot be read is named in the run, loses nobody, and is read again later', async () => {
  const id = await cloud.admin.createGroup('team-unread')
  await cloud.admin.join(id, ann)
  await cloud.reconcile()
  await cloud.admin.leave(id, ann)
  cloud.okta.faults.next({ answer: 500, path: new RegExp(`/groups/${id}$`), times: 1 })
  expect((await cloud.reconcile()).unread).toEqual([id])
  expect(cloud.members('team-unread')).toEqual(['ann@example.com'])
  await cloud.minutes(2)
  expect(cloud.members('team-unread')).toEqual([])
})

test('a listing that fails leaves the run to be taken up by catch-up', async () => {
  cloud.okta.faults.next({ answer: 500, path: /\/api\/v1\/groups\?/, times: 1 })
  const run = { scheduledTime: '2026-11-23T02:00:00Z' }
  expect(await cloud.reconcile(run)).toMatchObject({ phase: 'listing' })
  await cloud.minutes(2)
  expect((await cloud.snapshot.run('2026-11-23T02:00:00Z'))?.phase).toBe('finished')
})

test('a run goes on from its cursor when the time is nearly up', async () => {
  // 20 s left is less than a run needs to go on: each call does one step.
  const { compose } = await import('../../functions/reconcile.ts')
  const handler = compose() as (event: unknown, context: unknown) => Promise<{ phase: string }>
  const context = { getRemainingTimeInMillis: () => 20_000, functionName: 'reconcile', awsRequestId: 'x' }
  const phases = []
  for (let call = 0; call < 2; call++) phases.push((await handler({ run: 'short of time' }, context)).phase)
  expect(phases).toEqual(['listing', 'listing'])
  await cloud.minutes(1)
  expect((await cloud.snapshot.run('short of time'))?.phase).toBe('finished')
})

test('something that changed, nobody knows what, starts a reconcile soon, at most one an hour', async () => {
  const { invocations } = cloud.functions.functions.reconcile.counts
  const body = {
    eventId: 'import-1',
    data: { events: [{ eventType: 'system.import.complete', target: null, uuid: '1' }] },
  }
  const send = (eventId: string) =>
    fetch(cloud.addresses.hook, {
      method: 'POST',
      headers: { authorization: cloud.addresses.hookSecret },
      body: JSON.stringify({ ...body, eventId }),
    })
  for (const id of ['import-1', 'import-2', 'import-3']) expect((await send(id)).status).toBe(200)
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.functions.functions.reconcile.counts.invocations).toBe(invocations + 1)
  expect((await send('import-4')).status).toBe(200)
  await cloud.settled()
  await cloud.minutes(1)
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.functions.functions.reconcile.counts.invocations).toBe(invocations + 2)
})

test('settings that say otherwise whom the names hold wait until a person accepts them', async () => {
  const id = await cloud.admin.createGroup('team-settings')
  const user = await cloud.admin.createUser('settings@example.com', { login: 'settings-login@example.com' })
  await cloud.admin.join(id, user)
  await cloud.reconcile()
  expect(cloud.members('team-settings')).toEqual(['settings@example.com'])
  await cloud.deploy({ guard: NO_GUARD, scope: { names: ['team-*'] }, members: { attribute: 'login' } })
  await cloud.reconcile()
  expect(cloud.members('team-settings')).toEqual(['settings@example.com'])
  await acceptDeployed(cloud)
  await cloud.catchUp()
  expect(cloud.members('team-settings')).toEqual(['settings-login@example.com'])
  expect(cloud.members('late-ring')).toEqual([])
  passTime(DAY)
})

test('a request that does not fit says everything that is wrong', async () => {
  await expect(cloud.invoke('reconcile', { scheduledTime: 'soon', accept: true })).rejects.toThrow(
    /scheduledTime[\s\S]*the id of a run/,
  )
})
