import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { type Budget, UNSPENT } from '../membership/budget.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { BudgetTaken, Conflict, type Snapshot } from '../sync/ports.ts'
import type { DueRow, Identity, MirrorSummary, Run, Switched, Turn, UserRow } from '../sync/rows.ts'
import { userDueAt } from '../sync/user-due-at.ts'
import { decisionPut } from './decisions.ts'
import {
  ASIDE,
  budgetKey,
  bulkKey,
  DUE,
  dueAttributes,
  identityKey,
  runKey,
  tallyKey,
  turnKey,
  userKey,
} from './keys.ts'
import type { OfLog } from './log.ts'
import { withoutKeys } from './without-keys.ts'
import { putIfSame, writeIfSame } from './write-if-same.ts'

/** Counts of hints are kept so many seconds. */
const DAY = 86_400

type Item = Record<string, unknown>
type Key = Record<string, unknown> | undefined

/** How long a day's counts are kept, in seconds: to look into. */
const TALLY_KEPT = 30 * DAY

/** As a stage goes on that was there before puts could be stopped. */
const ALWAYS: Switched = { to: 'go', by: 'an older release', reason: 'it always put', at: 0 }

const WHAT: Record<string, DueRow['what']> = { GROUP: 'group', USER: 'user', NAME: 'name', RUN: 'run', EVENT: 'event' }

/** Users and runs to be followed up, what is due, the table as a whole, and what it was made for. */
export function work(
  client: DynamoDBDocumentClient,
  TableName: string,
): Omit<
  Snapshot,
  'mirror' | 'putMirror' | 'name' | 'putLedger' | 'putOutcome' | 'decide' | 'decisions' | 'list' | 'putList' | OfLog
> {
  return {
    user: async (id) => factsOf<UserRow>(await get(userKey(id))),
    putUser: async (row) =>
      write({ ...row, ...userKey(row.id), ...dueAttributes(userDueAt(row), row.setAside) }, row.version),

    async deleteUser({ id, version }) {
      if (version === 0) return
      // A row that was written since has a newer hint to follow.
      await ignoreLost(client.send(new DeleteCommand({ TableName, Key: userKey(id), ...ifIs('version', version) })))
    },

    run: async (id) => factsOf<Run>(await get(runKey(id))),

    async putRun(run) {
      await write(runItem(run), run.version)
      return { ...run, version: run.version + 1 }
    },

    turn: async () => factsOf<Turn>(await get(turnKey)),
    putTurn: (turn) => write({ ...turn, ...turnKey }, turn.version),

    async countUserHint(window) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: bulkKey(window),
          UpdateExpression: 'ADD hints :one SET expiresAt = :expiresAt',
          ExpressionAttributeValues: { ':one': 1, ':expiresAt': Math.floor(window / 1000) + DAY },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      return Number(Attributes?.['hints'])
    },

    async *due(now) {
      for (const due of [DUE, ASIDE]) {
        const condition = {
          KeyConditionExpression: 'due = :due AND dueAt <= :now',
          ExpressionAttributeValues: { ':due': due, ':now': now },
        }
        for await (const items of pages('due', condition)) {
          yield items.map(({ pk, sk, dueAt }) => {
            const [kind, ...id] = String(pk).split('#')
            return { pk: String(pk), sk: String(sk), dueAt: Number(dueAt), what: WHAT[kind!]!, id: id.join('#') }
          })
        }
      }
    },

    async setAside() {
      let count = 0
      const condition = { KeyConditionExpression: 'due = :due', ExpressionAttributeValues: { ':due': ASIDE } }
      for await (const items of pages('due', condition)) count += items.length
      return count
    },

    async postpone({ pk, sk, dueAt }, until) {
      const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = ifIs('dueAt', dueAt)
      await ignoreLost(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { pk, sk },
            UpdateExpression: 'SET #is = :until',
            ConditionExpression,
            ExpressionAttributeNames,
            ExpressionAttributeValues: { ...ExpressionAttributeValues, ':until': until },
          }),
        ),
      )
    },

    async *all() {
      for (const kind of ['GROUP', 'NAME']) {
        const condition = {
          KeyConditionExpression: 'kind = :kind',
          ExpressionAttributeValues: { ':kind': kind },
        }
        for await (const items of pages('all', condition)) {
          if (kind === 'GROUP') yield { mirrors: items.map(summaryOf), ledgers: [] }
          else yield { mirrors: [], ledgers: items.map((item) => withDefaults(withoutKeys<Ledger>(item))) }
        }
      }
    },

    budget: async () => factsOf<Budget>(await get(budgetKey)) ?? UNSPENT,

    async putBudget(budget, decision) {
      const record = decision === undefined ? [] : [decisionPut(TableName, decision)]
      try {
        await writeIfSame(client, TableName, { ...budget, ...budgetKey }, budget.version, record)
      } catch (error) {
        throw error instanceof Conflict ? new BudgetTaken('spent by another', { cause: error }) : error
      }
    },

    async tally(day, what) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: tallyKey(day),
          UpdateExpression: 'SET expiresAt = :expiresAt ADD #what :one',
          ExpressionAttributeNames: { '#what': what },
          ExpressionAttributeValues: { ':one': 1, ':expiresAt': Math.floor(Date.parse(day) / 1000) + TALLY_KEPT },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      return Number(Attributes?.[what])
    },

    identity: async () => {
      const row = factsOf<Identity>(await get(identityKey))
      // The first releases wrote no version, and put from the beginning.
      return row && { ...row, tableVersion: row.tableVersion ?? 1, puts: row.puts === undefined ? ALWAYS : row.puts }
    },

    putIdentity(identity, decision, run) {
      const record = decision === undefined ? [] : [decisionPut(TableName, decision)]
      const follows = run === undefined ? [] : [{ Put: putIfSame(TableName, runItem(run), run.version) }]
      return writeIfSame(client, TableName, { ...identity, ...identityKey }, identity.version, [...record, ...follows])
    },
  }

  async function get(Key: Item): Promise<Item | undefined> {
    return (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item
  }

  async function write(item: Item, version: number): Promise<void> {
    await writeIfSame(client, TableName, item, version)
  }

  async function* pages(IndexName: string, condition: Item): AsyncGenerator<Item[]> {
    let ExclusiveStartKey: Key
    do {
      const query = { TableName, IndexName, ...condition, ExclusiveStartKey } as ConstructorParameters<
        typeof QueryCommand
      >[0]
      const page = await client.send(new QueryCommand(query))
      yield page.Items ?? []
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey !== undefined)
  }
}

function runItem(run: Run): Item {
  return { ...run, ...runKey(run.id), ...dueAttributes(run.takeUpAt) }
}

function factsOf<T>(item: Item | undefined): T | null {
  return item === undefined ? null : withoutKeys<T>(item)
}

function summaryOf(item: Item): MirrorSummary {
  const { changedSince = null, unreadSince = null } = item as Partial<MirrorSummary>
  return { ...withoutKeys<MirrorSummary>(item), changedSince, unreadSince }
}

/** The index has only what a comparison needs. */
function withDefaults(ledger: Ledger): Ledger {
  return { ...noLedger(ledger.key), ...ledger }
}

function ifIs(attribute: string, value: number) {
  return {
    ConditionExpression: '#is = :is',
    ExpressionAttributeNames: { '#is': attribute },
    ExpressionAttributeValues: { ':is': value },
  }
}

async function ignoreLost(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    const lost = ['ConditionalCheckFailedException', 'TransactionConflictException']
    if (!lost.includes((error as Error).name)) throw error
  }
}
