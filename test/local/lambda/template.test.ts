import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTemplate } from '../../../local/lambda/template.ts'

const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-template-'))
afterAll(() => rmSync(folder, { recursive: true }))

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })

/** What is read of a template with this one resource. */
function read(Type: string, Properties: object) {
  const file = join(folder, 'template.json')
  writeFileSync(file, JSON.stringify({ Resources: { It: { Type, Properties } } }))
  return readTemplate(file)
}
const schedule = (ScheduleExpression: string, more = {}) =>
  read('AWS::Scheduler::Schedule', { ScheduleExpression, Target: { Arn: arn('CatchUp') }, ...more }).schedules

test('what a template leaves out is what CloudFormation takes for it', () => {
  const Code = { S3Bucket: 'x', S3Key: 'serverless/x/catch-up.zip' }
  expect(read('AWS::Lambda::Function', { Code }).functions).toEqual([
    { id: 'It', name: 'catch-up', timeoutMs: 3_000, memoryMb: 128, logFormat: 'Text', variables: {} },
  ])
  expect(read('AWS::SQS::Queue', {}).queues).toEqual({ It: { visibilitySeconds: 30 } })
  const mapping = { FunctionName: arn('CatchUp'), EventSourceArn: arn('HintQueue') }
  expect(read('AWS::Lambda::EventSourceMapping', mapping).mappings).toEqual([
    { fn: 'CatchUp', queue: 'HintQueue', batchSize: 10 },
  ])
  expect(schedule('rate(1 minute)')).toEqual([{ fn: 'CatchUp', when: { everyMs: 60_000 }, input: {} }])
})

test('concurrency, log formats, times of day and inputs are read as they are', () => {
  const Code = { S3Bucket: 'x', S3Key: 'serverless/x/reconcile.zip' }
  const given = { Code, ReservedConcurrentExecutions: 1, Timeout: 900, LoggingConfig: { LogFormat: 'JSON' } }
  const [fn] = read('AWS::Lambda::Function', given).functions
  expect(fn).toMatchObject({ reservedConcurrency: 1, timeoutMs: 900_000, logFormat: 'JSON' })
  expect(schedule('cron(30 2 * * ? *)')).toMatchObject([{ when: { dailyAt: '02:30' } }])
  const Target = { Arn: arn('Reconcile'), Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}' }
  expect(schedule('rate(5 minutes)', { Target })).toEqual([
    { fn: 'Reconcile', when: { everyMs: 300_000 }, input: { scheduledTime: '<aws.scheduler.scheduled-time>' } },
  ])
})

test('what is not known here is an error that says so', () => {
  expect(() => schedule('cron(0 2 ? * MON *)')).toThrow("the schedule cron(0 2 ? * MON *) in UTC isn't known here")
  const ScheduleExpressionTimezone = 'Europe/Berlin'
  expect(() => schedule('cron(0 2 * * ? *)', { ScheduleExpressionTimezone })).toThrow('in Europe/Berlin')
  expect(() => schedule('rate(1 minute)', { Target: { Arn: 'arn:aws:x' } })).toThrow('not the ARN of a resource')
  expect(() => read('AWS::Lambda::Function', { Code: { S3Key: 'x.jar' } })).toThrow('the code of It is no zip')
})
