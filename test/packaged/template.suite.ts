import { describe, expect, it } from 'vitest'
import { table } from '../../infra/table.ts'
import { FUNCTIONS } from '../../scripts/bundle.ts'
import { all, arnOf, functionOf, logicalId, packaged } from './packaged.ts'

describe('the template', () => {
  it('has a Lambda function for every file of functions/, with its own zip and the timeout it is written for', () => {
    const timeouts = { 'okta-hook': 3, 'read-group': 60, 'put-group': 60, reconcile: 900, 'catch-up': 50, replay: 900 }
    expect(Object.keys(timeouts).sort()).toEqual(FUNCTIONS)
    expect(all('AWS::Lambda::Function')).toHaveLength(FUNCTIONS.length)
    for (const [name, Timeout] of Object.entries(timeouts)) {
      expect(functionOf(name).Properties).toMatchObject({
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
    const timeout = functionOf(name).Properties['Timeout'] as number
    expect(Properties['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * timeout)
    const fourteenDays = 14 * 86_400
    expect(packaged.resources[deadLetters]!.Properties).toMatchObject({ ...fifo, MessageRetentionPeriod: fourteenDays })
  })

  it('runs reconcile nightly and catch-up every minute by EventBridge Scheduler, with few retries', () => {
    const target = (name: string, MaximumRetryAttempts: number) => ({
      Arn: arnOf(`${logicalId(name)}LambdaFunction`),
      RoleArn: arnOf('SchedulerRole'),
      RetryPolicy: { MaximumRetryAttempts, MaximumEventAgeInSeconds: expect.any(Number) },
    })
    expect(all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties)).toMatchObject([
      {
        ScheduleExpression: 'cron(0 2 * * ? *)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
        Target: { ...target('reconcile', 3), Input: '{"scheduledTime": "<aws.scheduler.scheduled-time>"}' },
      },
      {
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: target('catch-up', 1),
      },
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
  it('bounds what the hook can cost far above what Okta sends, and logs neither headers nor bodies', () => {
    const { DefaultRouteSettings, AccessLogSettings } = packaged.resources['HttpApiStage']!.Properties as {
      DefaultRouteSettings: { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }
      AccessLogSettings: { DestinationArn: unknown; Format: string }
    }
    const perSecond = 400_000 / 86_400
    expect(DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(20 * perSecond)
    expect(functionOf('okta-hook').Properties['ReservedConcurrentExecutions']).toBeGreaterThan(5 * perSecond)
    expect(AccessLogSettings.DestinationArn).toEqual(arnOf('HttpApiLogGroup'))
    const logged = Object.values(JSON.parse(AccessLogSettings.Format))
    expect(logged).toContain('$context.status')
    expect(
      logged.filter((one) => !/^\$context\.(?!authorizer|identity\.(?!sourceIp)|requestOverride)/.test(`${one}`)),
    ).toEqual([])
  })

  it('keeps every log as JSON for 90 days, and metrics in a namespace of the stage', () => {
    const groups = all('AWS::Logs::LogGroup')
    expect(groups).toHaveLength(FUNCTIONS.length + 1)
    for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(90)
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        LoggingConfig: { LogFormat: 'JSON' },
        Environment: { Variables: { POWERTOOLS_METRICS_NAMESPACE: { Ref: 'AWS::StackName' } } },
      })
    }
  })
})
