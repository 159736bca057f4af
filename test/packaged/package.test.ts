import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import cloudformation from '@aws/cloudformation-validate'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { table } from '../../infra/table.ts'
import { bundle, FUNCTIONS, ROOT } from '../../scripts/bundle.ts'
import {
  allowed,
  built,
  functionOf,
  logicalId,
  metafileOf,
  type Packaged,
  packageExample,
  type Resource,
  type Statement,
} from './packaged.ts'

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
const { okta, qBusiness } = JSON.parse(readFileSync(join(ROOT, 'settings/example.json'), 'utf8'))

let packaged: Packaged

beforeAll(() => {
  packaged = packageExample()
}, 60_000)

afterAll(() => rmSync(packaged.out, { recursive: true }))

describe('the template', () => {
  it("passes AWS's own validation without an error", () => {
    const engine = new cloudformation.CelEngine()
    const { diagnostics } = engine.validateStandard(new cloudformation.TemplateFile(packaged.templateFile))
    engine.free()
    // W3005 is a DependsOn that needn't be said, which osls writes everywhere.
    const faults = diagnostics.filter(({ severity, ruleId }) => severity !== 'INFO' && ruleId !== 'W3005')
    expect(faults.map(({ ruleId, message, entity }) => `${ruleId} ${entity?.logicalId}: ${message}`)).toEqual([])
  })

  it('has a Lambda function for every file of functions/, with its own zip and the timeout it is written for', () => {
    const timeouts = { 'okta-hook': 3, 'read-group': 60, 'put-group': 60, reconcile: 900, 'catch-up': 50, replay: 900 }
    expect(Object.keys(timeouts).sort()).toEqual(FUNCTIONS)
    expect(all('AWS::Lambda::Function')).toHaveLength(FUNCTIONS.length)
    for (const [name, Timeout] of Object.entries(timeouts)) {
      expect(functionOf(packaged, name).Properties).toMatchObject({
        Code: { S3Key: expect.stringMatching(`/${name}\\.zip$`) },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        Timeout,
      })
    }
  })

  it('keeps the table of infra/table.ts whatever happens to the stack', () => {
    const { TableName, ...facts } = table('')
    expect(packaged.resources['Table']).toMatchObject({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ...facts,
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    })
  })

  it.each([
    ['read-group', 'HintQueue', 'HintDeadLetterQueue'],
    ['put-group', 'NameQueue', 'NameDeadLetterQueue'],
  ])('feeds %s from %s, whose messages end in %s', (name, queue, deadLetters) => {
    const fifo = {
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      SqsManagedSseEnabled: true,
    }
    const sources = all('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => JSON.stringify(Properties['EventSourceArn']) === JSON.stringify(arnOf(queue)),
    )
    expect(sources.map(({ Properties }) => Properties)).toMatchObject([
      {
        FunctionName: arnOf(`${logicalId(name)}LambdaFunction`),
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) },
      },
    ])
    const { Properties } = packaged.resources[queue]!
    expect(Properties).toMatchObject({
      ...fifo,
      RedrivePolicy: { deadLetterTargetArn: arnOf(deadLetters), maxReceiveCount: 5 },
    })
    const timeout = functionOf(packaged, name).Properties['Timeout'] as number
    expect(Properties['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * timeout)
    const fourteenDays = 14 * 86_400
    expect(packaged.resources[deadLetters]!.Properties).toMatchObject({ ...fifo, MessageRetentionPeriod: fourteenDays })
  })

  it('runs reconcile nightly and catch-up every minute by EventBridge Scheduler', () => {
    const target = (name: string) => ({
      Arn: arnOf(`${logicalId(name)}LambdaFunction`),
      RoleArn: arnOf('SchedulerRole'),
    })
    expect(all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties)).toMatchObject([
      {
        ScheduleExpression: 'cron(0 2 * * ? *)',
        Target: { ...target('reconcile'), Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}' },
      },
      { ScheduleExpression: 'rate(1 minute)', Target: target('catch-up') },
    ])
  })

  it('leads GET and POST /okta to the hook', () => {
    const routes = all('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties['RouteKey'])
    expect(routes).toEqual(['GET /okta', 'POST /okta'])
    const [integration] = all('AWS::ApiGatewayV2::Integration')
    expect(integration!.Properties).toMatchObject({
      IntegrationUri: arnOf('OktaDashhookLambdaFunction'),
      PayloadFormatVersion: '2.0',
    })
  })
})

describe('the roles', () => {
  const permissions = (name: string): Statement[] => {
    const { Role } = functionOf(packaged, name).Properties as { Role: { 'Fn::GetAtt': [string, string] } }
    return allowed(packaged.resources[Role['Fn::GetAtt'][0]]!)
  }
  const on = (name: string, service: string) =>
    permissions(name).filter(({ actions }) => actions.some((action) => action.startsWith(`${service}:`)))
  const actionsOf = (name: string) => permissions(name).flatMap(({ actions }) => actions)

  it('are one for each function, which may write to its own log', () => {
    const roles = FUNCTIONS.map((name) => JSON.stringify(functionOf(packaged, name).Properties['Role']))
    expect(new Set(roles).size).toBe(FUNCTIONS.length)
    for (const name of FUNCTIONS) {
      expect(on(name, 'logs')).toEqual([
        { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [arnOf(`${logicalId(name)}LogGroup`)] },
      ])
    }
  })

  it('name every action, and every resource but of tracing, which has none', () => {
    for (const statement of all('AWS::IAM::Role').flatMap(allowed)) {
      expect(statement.actions.join()).not.toContain('*')
      const tracing = statement.actions.every((action) => action.startsWith('xray:'))
      if (!tracing) expect(JSON.stringify(statement.resources)).not.toContain('*')
    }
  })

  it('let the hook send hints and read its own secret, and nothing else', () => {
    const own = permissions('okta-hook').filter(({ actions }) => !/^(logs|xray):/.test(actions[0]!))
    expect(own).toEqual([
      { actions: ['sqs:SendMessage'], resources: [arnOf('HintQueue')] },
      { actions: ['secretsmanager:GetSecretValue'], resources: [okta.hookSecret] },
    ])
  })

  it("let only who reads Okta have Okta's secret", () => {
    for (const name of ['read-group', 'reconcile', 'replay']) {
      expect(on(name, 'secretsmanager')).toEqual([
        { actions: ['secretsmanager:GetSecretValue'], resources: [okta.credentials] },
      ])
    }
    for (const name of ['put-group', 'catch-up']) expect(on(name, 'secretsmanager')).toEqual([])
  })

  it('let only put-group touch Amazon Q Business, and there only groups of one index', () => {
    const application = `arn:\${AWS::Partition}:qbusiness:\${AWS::Region}:\${AWS::AccountId}:application/${qBusiness.applicationId}`
    expect(on('put-group', 'qbusiness')).toEqual([
      {
        actions: ['qbusiness:GetGroup', 'qbusiness:PutGroup', 'qbusiness:DeleteGroup'],
        resources: [{ 'Fn::Sub': application }, { 'Fn::Sub': `${application}/index/${qBusiness.indexId}` }],
      },
    ])
    for (const name of FUNCTIONS.filter((other) => other !== 'put-group')) {
      expect(actionsOf(name).filter((action) => action.startsWith('qbusiness:'))).toEqual([])
    }
  })

  it('let catch-up start reconcile, and the scheduler start both', () => {
    const invoke = 'lambda:InvokeFunction'
    const reconcile = arnOf('ReconcileLambdaFunction')
    expect(on('catch-up', 'lambda')).toEqual([{ actions: [invoke], resources: [reconcile] }])
    expect(allowed(packaged.resources['SchedulerRole']!)).toEqual([
      { actions: [invoke], resources: [reconcile, arnOf('CatchDashupLambdaFunction')] },
    ])
  })
})

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  it('can be loaded under Node 24 with the variables that the template sets, and needs each of them', () => {
    const { Environment } = functionOf(packaged, name).Properties as { Environment: { Variables: object } }
    const { SETTINGS_FILE, ...variables } = Environment.Variables as Record<string, unknown>
    expect(SETTINGS_FILE).toBe('/var/task/settings.json')
    const given = Object.fromEntries(Object.keys(variables).map((variable) => [variable, `the ${variable}`]))
    const env = { ...given, SETTINGS_FILE: built(packaged, name, 'settings.json') }
    // The function is composed when it is loaded, and again without one variable after the other.
    const load = `
      const { handler, compose } = require(${JSON.stringify(built(packaged, name, 'index.js'))})
      const missed = Object.keys(process.env).filter((variable) => {
        try { compose({ ...process.env, [variable]: undefined }) } catch (error) {
          return error.name === 'SettingsError' && error.message.startsWith(variable + ' must be set')
        }
      })
      console.log(JSON.stringify({ node: process.versions.node, handler: typeof handler, missed: missed.sort() }))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', load], { env, encoding: 'utf8' })
    expect(stderr).toBe('')
    const node = expect.stringMatching(/^24\./)
    expect(JSON.parse(stdout)).toEqual({ node, handler: 'function', missed: Object.keys(env).sort() })
  })

  it('is zipped with its settings, readable by all, and to the same bytes every time', async () => {
    const zip = readFileSync(built(packaged, `${name}.zip`))
    const files = unzipSync(zip)
    expect(Object.keys(files)).toEqual(['index.js', 'settings.json'])
    expect(JSON.parse(Buffer.from(files['settings.json']!).toString())).toMatchObject({ okta, qBusiness })
    const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-again-'))
    mkdirSync(join(folder, name))
    await bundle(name, folder, Buffer.from(files['settings.json']!).toString())
    expect(readFileSync(join(folder, `${name}.zip`)).equals(zip)).toBe(true)
    rmSync(folder, { recursive: true })
  })
})

describe('the bundles', () => {
  const inputsOf = (name: string) => Object.keys(metafileOf(packaged, name).inputs)

  it.each([
    ['okta-hook', '@okta/okta-sdk-nodejs'],
    ['okta-hook', '@aws-sdk/client-dynamodb'],
    ['okta-hook', '@aws-sdk/client-qbusiness'],
    ['put-group', '@okta/okta-sdk-nodejs'],
    ['put-group', '@aws-sdk/client-secrets-manager'],
    ['catch-up', '@okta/okta-sdk-nodejs'],
    ['catch-up', '@aws-sdk/client-qbusiness'],
    ['read-group', '@aws-sdk/client-qbusiness'],
    ['reconcile', '@aws-sdk/client-qbusiness'],
    ['replay', '@aws-sdk/client-qbusiness'],
  ])('%s is without %s', (name, module) => {
    expect(inputsOf(name).filter((input) => input.includes(`node_modules/${module}/`))).toEqual([])
  })

  it('have in them a shared/membership that imports nothing but itself and hashes', () => {
    const modules = FUNCTIONS.flatMap((name) => Object.entries(metafileOf(packaged, name).inputs))
    const pure = modules.filter(([path]) => path.startsWith('shared/membership/'))
    expect(pure.length).toBeGreaterThan(10)
    const imports = new Set(pure.flatMap(([, input]) => input.imports.map(({ path }) => path)))
    expect([...imports].filter((path) => !path.startsWith('shared/membership/'))).toEqual(['node:crypto'])
  })

  it.each([
    ['okta-hook', 450_000],
    ['put-group', 600_000],
    ['catch-up', 600_000],
    ['read-group', 5_600_000],
    ['reconcile', 5_600_000],
    ['replay', 5_600_000],
  ])('%s has %i bytes at most', (name, most) => {
    expect(statSync(built(packaged, name, 'index.js')).size).toBeLessThanOrEqual(most)
  })

  it('are listed with their sizes when they are packaged', () => {
    for (const name of FUNCTIONS) {
      expect(packaged.output).toMatch(new RegExp(`^ {2}${name} +[\\d,]+ KB +[\\d,]+ KB$`, 'm'))
    }
  })
})

function all(type: string): Resource[] {
  return Object.values(packaged.resources).filter(({ Type }) => Type === type)
}
