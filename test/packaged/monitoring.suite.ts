import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ALARMS, alarmId } from '../../infra/alarms.ts'
import { ROOT } from '../../scripts/bundle.ts'
import { METRICS } from '../../shared/telemetry/metrics.ts'
import { all, packaged } from './packaged.ts'

const alarms = Object.keys(ALARMS).map((name) => ({ name, properties: packaged.resources[alarmId(name)]!.Properties }))
const docs = readFileSync(join(ROOT, 'docs/alarms.md'), 'utf8')

describe('the alarms', () => {
  it('are those of infra/alarms.ts', () => {
    expect(all('AWS::CloudWatch::Alarm')).toHaveLength(alarms.length)
  })

  it.each(alarms)('$name tells the topic, says what to do, and is in docs/alarms.md', ({ name, properties }) => {
    const topic = [{ Ref: 'AlarmTopic' }]
    expect(properties).toMatchObject({ AlarmActions: topic, OKActions: topic })
    const text = String(properties['AlarmDescription'])
    expect(text).toContain(' To do: ')
    expect(text).toContain(`(docs/alarms.md, ${name})`)
    expect(text).not.toContain('STAGE')
    expect(text.length).toBeLessThanOrEqual(1_024)
    expect(docs).toContain(`\n### ${name}\n`)
  })

  it.each(alarms)('$name looks back no further than CloudWatch does', ({ properties }) => {
    const { Period = 300, EvaluationPeriods } = properties as { Period?: number; EvaluationPeriods: number }
    const most = Period < 3_600 ? 86_400 : 7 * 86_400
    expect(Period * EvaluationPeriods).toBeLessThanOrEqual(most)
  })

  it('of what must happen say so where nothing is heard of it, and the others not', () => {
    const missing = Object.fromEntries(alarms.map(({ name, properties }) => [name, properties['TreatMissingData']]))
    const breaching = Object.keys(missing).filter((name) => missing[name] === 'breaching')
    expect(breaching).toEqual(['no-reconcile', 'catch-up-stopped'])
    // Without catch-up, what it tells stays as it was last.
    for (const name of ['behind', 'puts-stopped', 'held', 'set-aside']) expect(missing[name]).toBe('ignore')
  })

  it('have a topic to which only CloudWatch of this account may publish', () => {
    expect(all('AWS::SNS::TopicPolicy').map(({ Properties }) => Properties['PolicyDocument'])).toMatchObject([
      {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    ])
  })

  it('hear of a throttled request by the access log of the API', () => {
    expect(all('AWS::Logs::MetricFilter').map(({ Properties }) => Properties)).toMatchObject([
      {
        LogGroupName: { Ref: 'HttpApiLogGroup' },
        FilterPattern: '{ $.status = "429" }',
        MetricTransformations: [{ MetricNamespace: { Ref: 'AWS::StackName' }, MetricName: 'DeliveriesThrottled' }],
      },
    ])
    expect(METRICS.DeliveriesThrottled.by).toEqual([])
  })
})

describe('the dashboard', () => {
  const { 'Fn::Sub': text } = packaged.resources['Dashboard']!.Properties['DashboardBody'] as { 'Fn::Sub': string }
  const { widgets } = JSON.parse(text) as {
    widgets: {
      type: string
      x: number
      y: number
      width: number
      height: number
      properties: { metrics?: unknown[][] }
    }[]
  }

  it('shows every alarm, and metrics that there are by the functions that send them', () => {
    for (const { name } of alarms) expect(text).toContain(`\${${alarmId(name)}.Arn}`)
    const ours = widgets
      .flatMap(({ properties }) => properties.metrics ?? [])
      .filter(([namespace]) => namespace === `\${AWS::StackName}`)
    expect(ours.length).toBeGreaterThan(20)
    for (const [, metric, , service] of ours) {
      expect(METRICS[metric as keyof typeof METRICS].by, String(metric)).toContain(service)
    }
  })

  it('refers to resources that there are', () => {
    const names = [...text.matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(([, id]) => id!)
    expect([...new Set(names)].filter((id) => packaged.resources[id] === undefined)).toEqual([])
  })

  it('has no widget over another, or beyond its 24 columns', () => {
    const taken = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, at) => `${x + (at % width)} ${y + Math.floor(at / width)}`),
    )
    expect(new Set(taken).size).toBe(taken.length)
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24)
  })
})
