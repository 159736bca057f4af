import { logicalId } from './packaged.ts'

/** What Lambda, its event source and Scheduler need by a role, without any call of ours. */
export const NEEDED_BY_AWS: { by: string; source: string; permissions: (name: string) => string[] }[] = [
  {
    by: 'a function that writes its log',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html',
    permissions: (name) =>
      ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} ${logicalId(name)}LogGroup`),
  },
  {
    // These actions know no narrower resource.
    by: 'a function that is traced',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html',
    permissions: () => ['xray:PutTraceSegments *', 'xray:PutTelemetryRecords *'],
  },
  {
    by: 'the event source that polls a queue for a function',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html',
    permissions: (name) => {
      const queue = { 'read-group': 'HintQueue', 'put-group': 'NameQueue' }[name]
      const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
      return queue === undefined ? [] : actions.map((action) => `${action} ${queue}`)
    },
  },
]

/** What Scheduler needs: https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html. */
export const NEEDED_BY_SCHEDULER = ['CatchDashup', 'Reconcile'].map((id) => `lambda:InvokeFunction ${id}LambdaFunction`)
