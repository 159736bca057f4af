import type { Metric } from '../shared/telemetry/metrics.ts'
import { ALARMS, alarmId, own } from './alarms.ts'

/** What CloudFormation puts in for a name. */
const put = (name: string) => `\${${name}}`
const REGION = put('AWS::Region')
const MINUTE = 60
const HOUR = 3_600
const AGE = 'ApproximateAgeOfOldestMessage'
const DEPTH = 'ApproximateNumberOfMessagesVisible'

type Line = [...unknown[], { label: string; stat: string }]

/** A metric of ours. */
function ours(metric: Metric, label: string, stat = 'Sum'): Line {
  const dimensions = own(metric).Dimensions.flatMap(({ Name, Value }) => [Name, Value])
  return [put('AWS::StackName'), metric, ...dimensions, { label, stat }]
}

const queue = (id: string, metric: string, label: string): Line => [
  ...['AWS/SQS', metric, 'QueueName', put(`${id}.QueueName`)],
  { label, stat: 'Maximum' },
]
const api = (metric: string, label: string): Line => [
  ...['AWS/ApiGateway', metric, 'ApiId', put('HttpApi')],
  { label, stat: 'Sum' },
]

/** Widgets in rows of 24 columns. */
function rows(...all: { height: number; widgets: { type: string; properties: object }[] }[]) {
  let y = 0
  return all.flatMap(({ height, widgets }) => {
    const width = 24 / widgets.length
    const row = widgets.map((widget, index) => ({ ...widget, x: index * width, y, width, height }))
    y += height
    return row
  })
}

function number(title: string, line: Line) {
  const properties = { title, region: REGION, view: 'singleValue', period: MINUTE, metrics: [line] }
  return { type: 'metric', properties }
}

function graph(title: string, lines: Line[], more: object = {}) {
  const properties = { title, region: REGION, view: 'timeSeries', period: 5 * MINUTE, metrics: lines, ...more }
  return { type: 'metric', properties }
}

const functions = ['OktaDashhook', 'ReadDashgroup', 'PutDashgroup', 'Reconcile', 'CatchDashup', 'Replay']
const errors = [
  ...functions.map((id) => `SOURCE '${put(`${id}LogGroup`)}'`),
  'fields @timestamp, service, message, group, name, error, status, remedy',
  'filter level in ["ERROR", "WARN"]',
  'sort @timestamp desc',
  'limit 50',
].join(' | ')
const limit = { horizontal: [{ label: 'alarm', value: ALARMS.behind.when[1] }] }

/** The dashboard, as CloudFormation takes it: is it in step, how late is it, what waits for a person. */
export function dashboardResource() {
  const widgets = rows(
    {
      height: 3,
      widgets: [
        {
          type: 'alarm',
          properties: { title: 'Alarms', alarms: Object.keys(ALARMS).map((name) => put(`${alarmId(name)}.Arn`)) },
        },
      ],
    },
    {
      height: 4,
      widgets: [
        number('In step? Names behind', ours('NamesBehind', 'names', 'Maximum')),
        number('How late? Oldest change not in the user store', ours('SecondsBehind', 'seconds', 'Maximum')),
        number('Waits for a person: held', ours('PeopleHeldNow', 'people', 'Maximum')),
        number('Waits for a person: refused', ours('NamesRefusedNow', 'names', 'Maximum')),
        number('Waits for a person: set aside', ours('SetAside', 'rows', 'Maximum')),
        number('Waits for a person: dead letters', queue('NameDeadLetterQueue', DEPTH, 'names')),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Oldest change not in the user store (s)', [ours('SecondsBehind', 'seconds', 'Maximum')], {
          annotations: limit,
        }),
        graph('Lag, median and 99 of 100 (ms)', [
          ...(['p50', 'p99'] as const).flatMap((stat) => [
            ours('EventToHook', `event to hook ${stat}`, stat),
            ours('HookToAccepted', `hook to accepted ${stat}`, stat),
            ours('AcceptedToSucceeded', `accepted to SUCCEEDED ${stat}`, stat),
          ]),
        ]),
        graph('Oldest message (s), and dead letters', [
          queue('HintQueue', AGE, 'hints'),
          queue('NameQueue', AGE, 'names'),
          queue('HintDeadLetterQueue', DEPTH, 'dead hints'),
          queue('NameDeadLetterQueue', DEPTH, 'dead names'),
        ]),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Okta: groups read and changed', [
          ours('ReadsDone', 'read'),
          ours('ReadsFailed', 'failed'),
          ours('MirrorsChanged', 'changed'),
          ours('LogPollsFailed', 'System Log unread'),
        ]),
        graph('Amazon Q Business: puts', [
          ours('PutsAccepted', 'accepted'),
          ours('PutsConfirmed', 'SUCCEEDED'),
          ours('PutsFailed', 'failed'),
          ours('PutsUnconfirmed', 'unconfirmed'),
          ours('DriftFound', 'drifted'),
        ]),
        graph('The hook', [api('Count', 'requests'), api('4xx', '4xx'), api('5xx', '5xx')]),
        graph('Deliveries', [
          ours('HintsQueued', 'hints from the hook'),
          ours('HintsFromLog', 'hints from the System Log'),
          ours('DeliveriesLate', 'late'),
          ours('DeliveriesLost', 'lost'),
        ]),
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Reconciles', [ours('ReconcilesFinished', 'finished'), ours('GroupsUnread', 'groups unread')], {
          period: HOUR,
        }),
        { type: 'log', properties: { title: 'Errors and warnings', region: REGION, view: 'table', query: errors } },
      ],
    },
  )
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: { Ref: 'AWS::StackName' },
      DashboardBody: { 'Fn::Sub': JSON.stringify({ start: '-P1D', periodOverride: 'inherit', widgets }) },
    },
  }
}
