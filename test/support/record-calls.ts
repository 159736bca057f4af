import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { SQSClient } from '@aws-sdk/client-sqs'

/** Who calls now, and where what they call is noted down. */
const callers = new AsyncLocalStorage<{ who: string; calls: Map<string, Set<string>> }>()

type Input = Record<string, unknown>
type Stack = { add(middleware: unknown, options: object): void }

type Send = (this: { middlewareStack: Stack }, ...given: unknown[]) => unknown

// Every client of the SDK has this one class below it. It outlives this module where files share a process.
const ORIGINAL = Symbol.for('send before calls were noted')
const clients = Object.getPrototypeOf(SQSClient.prototype) as { send: Send; [ORIGINAL]?: Send }
clients[ORIGINAL] ??= clients.send
const send = clients[ORIGINAL]
const stacks = new WeakSet<Stack>()
clients.send = function (...given) {
  if (!stacks.has(this.middlewareStack)) {
    stacks.add(this.middlewareStack)
    this.middlewareStack.add(note, { step: 'initialize', name: 'note the call', override: true })
  }
  return send.apply(this, given)
}

function note(next: (args: unknown) => unknown, context: { clientName: string; commandName: string }) {
  return (args: { input: Input }) => {
    const caller = callers.getStore()
    if (caller !== undefined) {
      const { who, calls } = caller
      const noted = calls.get(who) ?? calls.set(who, new Set()).get(who)!
      for (const permission of permissionsOf(context.clientName, context.commandName, args.input)) noted.add(permission)
    }
    return next(args)
  }
}

/** Calls `work` as somebody, whose calls of AWS are noted down. */
export function as<T>(who: string, calls: Map<string, Set<string>>, work: () => T): T {
  return callers.run({ who, calls }, work)
}

/** The permissions that a call needs: actions with resources, by their ids in the template. */
function permissionsOf(client: string, command: string, input: Input): string[] {
  const operation = command.replace(/Command$/, '')
  switch (client) {
    case 'SQSClient':
      return [`sqs:${operation.replace(/Batch$/, '')} ${queueOf(String(input['QueueUrl']))}`]
    case 'SecretsManagerClient':
      return [`secretsmanager:${operation} ${secretOf(String(input['SecretId']))}`]
    case 'LambdaClient':
      return [
        `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation} ${functionOf(String(input['FunctionName']))}`,
      ]
    case 'QBusinessClient':
      // The one that is about no index.
      if (operation === 'GetApplication') return ['qbusiness:GetApplication application']
      return ['application', 'index'].map((resource) => `qbusiness:${operation} ${resource}`)
    // Everybody may ask who they are.
    case 'STSClient':
      return operation === 'GetCallerIdentity' ? [] : [`sts:${operation} *`]
    case 'DynamoDBClient':
    case 'DynamoDBDocumentClient':
      return tablePermissionsOf(operation, input)
    default:
      return [`${client}:${operation} ?`]
  }
}

/** Of a transaction, what each of its writes needs. */
function tablePermissionsOf(operation: string, input: Input): string[] {
  const { TransactItems = [], IndexName } = input as { TransactItems?: Record<string, Input>[]; IndexName?: string }
  if (operation === 'TransactWriteItems' || operation === 'TransactWrite') {
    return TransactItems.flatMap((item) => Object.entries(item)).flatMap(([write, one]) =>
      tablePermissionsOf(write === 'ConditionCheck' ? 'ConditionCheckItem' : write, one),
    )
  }
  const action = { Get: 'GetItem', Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' }[operation] ?? operation
  const table = input['TableName'] === process.env['TABLE_NAME'] ? 'Table' : String(input['TableName'])
  return [`dynamodb:${action} ${table}${IndexName === undefined ? '' : `/index/${IndexName}`}`]
}

/** A queue by its name, or by the variable that leads to it: tests put others in their place. */
function queueOf(url: string): string {
  const [, what, dead] = /\/(hints|names)(-dead)?\.fifo$/.exec(url) ?? []
  if (what !== undefined) return `${what === 'hints' ? 'Hint' : 'Name'}${dead ? 'DeadLetter' : ''}Queue`
  const { HINT_QUEUE_URL, NAME_QUEUE_URL } = process.env
  return url === HINT_QUEUE_URL ? 'HintQueue' : url === NAME_QUEUE_URL ? 'NameQueue' : url
}

function secretOf(arn: string): string {
  const { okta } = JSON.parse(readFileSync(process.env['SETTINGS_FILE']!, 'utf8'))
  return { [okta.credentials]: 'okta.credentials', [okta.hookSecret]: 'okta.hookSecret' }[arn] ?? arn
}

function functionOf(name: string): string {
  return /(^|-)reconcile$/.test(name) ? 'ReconcileLambdaFunction' : name
}
