import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { listHolds } from '../../shared/sync/list-holds.ts'
import { modeOf, whyNoPut } from '../../shared/sync/mode.ts'
import type { Identity, MirrorSummary } from '../../shared/sync/rows.ts'
import { acceptedOf, differencesOf, fingerprintOf } from '../../shared/sync/rules.ts'
import { type Parts, partsIn } from '../parts.ts'
import type { Surroundings } from '../surroundings.ts'
import { counted, printable, time } from '../terminal.ts'
import { Fault, type Sheet } from './finding.ts'
import { invocation } from './invocation.ts'

/** What later checks go by: the table's row about itself, which groups it knows, and when the log was last read. */
export interface Stage {
  table: Identity
  mirrors: MirrorSummary[]
  polledAt: number | null
}

/** Checks that need the table. */
export const OF_TABLE = ['in force', 'puts', 'log', 'failing']

/** The table, whether puts are made, and the queues. */
export async function examineStage(sheet: Sheet, at: Surroundings): Promise<Stage | null> {
  const parts = partsIn(at)
  const stage = await sheet.check('table', () => lookAtTable(parts))
  if (stage === null) sheet.skip('the table', ...OF_TABLE)
  else {
    await sheet.check('in force', async () => inForceOf(parts, stage.table))
    await sheet.check('puts', () => lookAtPuts(parts, stage.table))
    await sheet.check('log', async () => ({ ...logOf(at, stage), value: true }))
    await sheet.check('failing', () => lookAtFailing(parts))
  }
  await sheet.check('queues', () => lookAtQueues(at))
  return stage
}

async function lookAtTable({ snapshot, stage, at }: Parts): Promise<{ found: string; value: Stage }> {
  const flag = at.flag && ` ${at.flag}`
  const { checkNotStopped } = await import('../../shared/sync/in-force.ts')
  const table = await checkNotStopped(snapshot, stage).catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException')
      throw new Fault(`there is no table ${at.table}`, 'deploy the stage again')
    if (error.name !== 'TableVersionError') throw error
    throw new Fault(error.message, `npx q-group-sync upgrade${flag}`)
  })
  if (table === null) {
    throw new Fault(
      'nothing has run here yet',
      'catch-up writes to it within its first minutes: if it stays so, read its log',
    )
  }
  const mirrors: MirrorSummary[] = []
  for await (const page of snapshot.all()) mirrors.push(...page.mirrors)
  const cursor = await snapshot.cursor()
  const known = mirrors.filter(({ state }) => state === 'present').length
  return {
    found: `version ${table.tableVersion}, of the org ${table.orgId}; ${counted(known, 'group is', 'groups are')} known`,
    value: { table, mirrors, polledAt: cursor?.polledAt ?? null },
  }
}

function inForceOf({ rules, at }: Parts, { accepted }: Identity) {
  const settings = acceptedOf(rules)
  const differences = differencesOf(accepted, settings)
  const flag = at.flag && ` ${at.flag}`
  const deploy = 'the settings here are not those that are deployed: package and deploy them'
  if (differences.length > 0) {
    throw new Fault(
      `former settings are in force: ${differences.map(({ key }) => key).join(', ')} ${differences.length === 1 ? 'is' : 'are'} another here`,
      ...(at.deployed === null || at.deployed === fingerprintOf(settings) ? [] : [deploy]),
      'see what these would do, and put them in force:',
      `npx q-group-sync plan${flag}`,
      `npx q-group-sync approve${flag} --settings ${fingerprintOf(settings)} --reason '…'`,
    )
  }
  if (at.deployed !== null && at.deployed !== fingerprintOf(settings)) throw new Fault(deploy)
  return { found: 'these settings say whom the names hold', value: true }
}

async function lookAtFailing({ snapshot }: Parts) {
  const count = await snapshot.setAside()
  if (count === 0) return { found: 'nothing is set aside for failing', value: true }
  throw new Fault(
    `${counted(count, 'group, user or name keeps', 'groups, users or names keep')} failing and ${count === 1 ? 'is' : 'are'} set aside`,
    'the log names each with what to do; docs/set-aside.md says how one is freed',
  )
}

async function lookAtPuts({ snapshot, rules, at }: Parts, table: Identity) {
  const mode = modeOf(table, rules.mode)
  const why = whyNoPut(mode)
  const flag = at.flag && ` ${at.flag}`
  const go = [
    'see what would be put, and let it:',
    `npx q-group-sync plan${flag}`,
    `npx q-group-sync go${flag} --reason '…'`,
  ]
  if (mode.is === 'stop') throw new Fault(printable(why!), ...go)
  if (why !== null) return { found: why, note: go, value: mode }
  const holds = (await listHolds(snapshot)).filter(({ hold }) => hold.rejected === null)
  const people = holds.reduce((sum, { people: { length } }) => sum + length, 0)
  if (people === 0) return { found: 'are made, and nobody waits for a decision', value: mode }
  const note = ['see who it is, and decide:', `npx q-group-sync held${flag}`]
  return {
    found: `are made; ${counted(people, 'person is', 'people are')} held until somebody decides`,
    note,
    value: mode,
  }
}

/** Catch-up reads on every minute; so long it may have been kept from it, in milliseconds. */
const LOG_READ_WITHIN = 10 * 60_000

function logOf(at: Surroundings, { polledAt }: Stage): { found: string } {
  const mend = [
    `catch-up reads it every minute: read its log, and see whether its schedule is on`,
    ...invocation(at, 'catch-up', {}),
  ]
  if (polledAt === null) throw new Fault("Okta's System Log was never read", ...mend)
  if (Date.now() - polledAt > LOG_READ_WITHIN)
    throw new Fault(`Okta's System Log was last read at ${time(polledAt)}`, ...mend)
  return { found: `Okta's System Log was last read at ${time(polledAt)}` }
}

async function lookAtQueues(at: Surroundings) {
  const client = new SQSClient()
  const lookAt = async (QueueUrl: string) => {
    const { Attributes = {} } = await client
      .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      .catch((error: Error) => {
        if (!/NonExistentQueue|QueueDoesNotExist/.test(error.name)) throw error
        throw new Fault(`there is no queue ${QueueUrl}`, 'deploy the stage again')
      })
    const waiting = Number(Attributes['ApproximateNumberOfMessages'])
    const target = JSON.parse(Attributes['RedrivePolicy'] ?? '{}').deadLetterTargetArn as string | undefined
    // A dead-letter queue is in the account and region of its queue.
    return { waiting, dead: target && QueueUrl.replace(/[^/]+$/, target.split(':').at(-1)!) }
  }
  const queues = await Promise.all([at.hints, at.names].map(lookAt))
  const dead = await Promise.all(queues.flatMap(({ dead: url }) => (url ? [lookAt(url)] : [])))
  const [hints, names] = queues.map(({ waiting }) => waiting)
  const failed = dead.reduce((sum, { waiting }) => sum + waiting, 0)
  if (failed > 0) {
    throw new Fault(
      `${counted(failed, 'message', 'messages')} failed five times and ${failed === 1 ? 'is' : 'are'} in the dead-letter queues`,
      'mend what the logs say, and ring them again:',
      ...invocation(at, 'replay', { deadLetters: true }),
    )
  }
  return { found: `${hints} hints and ${names} names wait, and nothing is in the dead-letter queues`, value: true }
}
