import { readFileSync } from 'node:fs'
import type { When } from './schedule.ts'

/** A function as a CloudFormation template has it. `id` is its logical id; variables may be intrinsic functions. */
export interface TemplateFunction {
  id: string
  /** As the last part of its zip's key has it, without `.zip`. */
  name: string
  timeoutMs: number
  memoryMb: number
  reservedConcurrency?: number
  /** Of what Lambda and its runtime client write. */
  logFormat: 'Text' | 'JSON'
  variables: Record<string, unknown>
}

/** An event source mapping: of which queue the messages go to which function, by logical ids. */
export interface TemplateMapping {
  fn: string
  queue: string
  batchSize: number
  maximumConcurrency?: number
}

/** A schedule: when it starts which function, by its logical id, with what. */
export interface TemplateSchedule {
  fn: string
  when: When
  input: unknown
}

/** A queue; with a limit of receives it has a dead-letter queue. */
export interface TemplateQueue {
  visibilitySeconds: number
  maxReceiveCount?: number
}

/** What a packaged template says of functions and of what starts them. */
export interface Template {
  functions: TemplateFunction[]
  mappings: TemplateMapping[]
  schedules: TemplateSchedule[]
  /** By logical id. */
  queues: Record<string, TemplateQueue>
}

/** As far as it is looked at. */
interface FunctionProperties {
  Code: { S3Key: string }
  Timeout?: number
  MemorySize?: number
  ReservedConcurrentExecutions?: number
  LoggingConfig?: { LogFormat?: 'Text' | 'JSON' }
  Environment?: { Variables: Record<string, unknown> }
}

interface MappingProperties {
  FunctionName: unknown
  EventSourceArn: unknown
  BatchSize?: number
  ScalingConfig?: { MaximumConcurrency: number }
}

interface ScheduleProperties {
  ScheduleExpression: string
  ScheduleExpressionTimezone?: string
  Target: { Arn: unknown; Input?: string }
}

interface QueueProperties {
  VisibilityTimeout?: number
  RedrivePolicy?: { maxReceiveCount: number }
}

/**
 * Reads a packaged template, with CloudFormation's own defaults for what isn't there.
 * @throws Error for a schedule or a reference of another form than this project's have
 */
export function readTemplate(file: string): Template {
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: unknown }>
  }
  const all = <Properties, T>(type: string, read: (properties: Properties, id: string) => T): T[] =>
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
      Type === type ? [read(Properties as Properties, id)] : [],
    )
  return {
    functions: all('AWS::Lambda::Function', functionOf),
    mappings: all('AWS::Lambda::EventSourceMapping', mappingOf),
    schedules: all('AWS::Scheduler::Schedule', scheduleOf),
    queues: Object.fromEntries(all('AWS::SQS::Queue', (queue: QueueProperties, id) => [id, queueOf(queue)])),
  }
}

function functionOf(properties: FunctionProperties, id: string): TemplateFunction {
  const { Code, Timeout = 3, MemorySize = 128, ReservedConcurrentExecutions, LoggingConfig, Environment } = properties
  const name = /([^/]+)\.zip$/.exec(Code.S3Key)?.[1]
  if (!name) throw new Error(`the code of ${id} is no zip: ${JSON.stringify(Code)}`)
  return {
    id,
    name,
    timeoutMs: Timeout * 1000,
    memoryMb: MemorySize,
    ...(ReservedConcurrentExecutions !== undefined && { reservedConcurrency: ReservedConcurrentExecutions }),
    logFormat: LoggingConfig?.LogFormat ?? 'Text',
    variables: Environment?.Variables ?? {},
  }
}

function mappingOf({
  FunctionName,
  EventSourceArn,
  BatchSize = 10,
  ScalingConfig,
}: MappingProperties): TemplateMapping {
  return {
    fn: targetOf(FunctionName),
    queue: targetOf(EventSourceArn),
    batchSize: BatchSize,
    ...(ScalingConfig && { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
  }
}

function scheduleOf({
  ScheduleExpression,
  ScheduleExpressionTimezone = 'UTC',
  Target: { Arn, Input = '{}' },
}: ScheduleProperties): TemplateSchedule {
  return { fn: targetOf(Arn), when: whenOf(ScheduleExpression, ScheduleExpressionTimezone), input: JSON.parse(Input) }
}

function queueOf({ VisibilityTimeout = 30, RedrivePolicy }: QueueProperties): TemplateQueue {
  if (!RedrivePolicy) return { visibilitySeconds: VisibilityTimeout }
  return { visibilitySeconds: VisibilityTimeout, maxReceiveCount: RedrivePolicy.maxReceiveCount }
}

/** `rate(5 minutes)`, or a cron of one time of day in UTC: what startSchedule knows. */
function whenOf(expression: string, timezone: string): When {
  const rate = /^rate\((\d+) minutes?\)$/.exec(expression)
  if (rate) return { everyMs: Number(rate[1]) * 60_000 }
  const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(expression) ?? []
  if (!minute || !hour || timezone !== 'UTC') {
    throw new Error(`the schedule ${expression} in ${timezone} isn't known here: add it to local/lambda/template.ts`)
  }
  return { dailyAt: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` }
}

/** The logical id in `{"Fn::GetAtt": [id, "Arn"]}`. */
function targetOf(reference: unknown): string {
  const [id, attribute] = (reference as { 'Fn::GetAtt'?: string[] })['Fn::GetAtt'] ?? []
  if (!id || attribute !== 'Arn') throw new Error(`not the ARN of a resource: ${JSON.stringify(reference)}`)
  return id
}
