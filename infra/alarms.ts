import { METRICS, type Metric } from '../shared/telemetry/metrics.ts'

type Intrinsic = { Ref: string } | { 'Fn::GetAtt': [string, string] } | { 'Fn::Sub': string }

/** A metric as CloudFormation takes it. */
interface Source {
  Namespace: string | Intrinsic
  MetricName: string
  Dimensions: { Name: string; Value: string | Intrinsic }[]
}

/** How an alarm takes minutes without data: as it takes those with good or bad data, or as no news. */
type Missing = 'notBreaching' | 'breaching' | 'ignore'

interface Alarm {
  /** What it means, and what to do; `STAGE` stands for the stage. CloudWatch takes 1,024 characters of both. */
  says: string
  toDo: string
  of: Source | Source[]
  statistic: 'Sum' | 'Maximum'
  when: readonly ['>=' | '>' | '<', number]
  /** Seconds of one value, and how many bad ones in a row. */
  period: number
  times: number
  missing: Missing
}

const MINUTE = 60
const HOUR = 3_600
const FUNCTIONS = ['OktaDashhook', 'ReadDashgroup', 'PutDashgroup', 'Reconcile', 'CatchDashup', 'Replay']

const operators = { '>=': 'GreaterThanOrEqualToThreshold', '>': 'GreaterThanThreshold', '<': 'LessThanThreshold' }

/** A metric of ours, by the function that sends it. */
export function own(metric: Metric): Source {
  const service: string | undefined = METRICS[metric].by[0]
  const Dimensions = service === undefined ? [] : [{ Name: 'service', Value: service }]
  return { Namespace: { Ref: 'AWS::StackName' }, MetricName: metric, Dimensions }
}

const queue = (id: string, MetricName: string): Source => ({
  Namespace: 'AWS/SQS',
  MetricName,
  Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }],
})
const api = (MetricName: string): Source => ({
  Namespace: 'AWS/ApiGateway',
  MetricName,
  Dimensions: [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }],
})
const functionErrors = (id: string): Source => ({
  Namespace: 'AWS/Lambda',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'FunctionName', Value: { Ref: `${id}LambdaFunction` } }],
})

/** Something that happened, once. No data is good: it is only told when it happens. */
const once = { statistic: 'Sum', when: ['>=', 1], period: 5 * MINUTE, times: 1, missing: 'notBreaching' } as const
/** What catch-up tells every minute. Without it nothing is known, which another alarm says: this one stays as it is. */
const now = { statistic: 'Maximum', when: ['>=', 1], period: MINUTE, times: 1, missing: 'ignore' } as const
const dead = (id: string) => ({ ...now, of: queue(id, 'ApproximateNumberOfMessagesVisible') })
const waits = (id: string) =>
  ({
    of: queue(id, 'ApproximateAgeOfOldestMessage'),
    statistic: 'Maximum',
    when: ['>', 15 * MINUTE],
    period: MINUTE,
    times: 5,
    // SQS tells nothing of a queue that has been empty for hours.
    missing: 'notBreaching',
  }) as const

const ERRORS = 'read the errors in its log (the dashboard has them): each says what to do'

/** Every alarm, by its name; docs/alarms.md says more of each. */
export const ALARMS = {
  behind: {
    says: 'A change in Okta has been known for more than 15 minutes, and the user store has not got it. What is held, set aside or refused is not counted.',
    toDo: 'Look at the dashboard for what fails: reads of Okta or puts. If both go well but are many, wait. Else read the errors of read-group and put-group in their logs, and replay the group when it is mended.',
    ...now,
    of: own('SecondsBehind'),
    when: ['>', 15 * MINUTE],
    times: 3,
  },
  'no-reconcile': {
    says: 'No reconcile has finished for 26 hours: what no event told of may be wrong. It also says so in a new stage until the first has finished.',
    toDo: `Invoke reconcile with {} and see what it answers; of reconcile, ${ERRORS}.`,
    of: own('ReconcilesFinished'),
    statistic: 'Sum',
    when: ['<', 1],
    // A period of an hour may look back for more than a day.
    period: HOUR,
    times: 26,
    missing: 'breaching',
  },
  'catch-up-stopped': {
    says: 'No catch-up has finished for five minutes: nothing is tried again, the System Log is not read, and how late the user store is is not known.',
    toDo: `Of catch-up, ${ERRORS}. See whether its schedule is on, and whether Lambda throttles it.`,
    of: own('CatchUpsFinished'),
    statistic: 'Sum',
    when: ['<', 1],
    period: MINUTE,
    times: 5,
    missing: 'breaching',
  },
  'puts-stopped': {
    says: 'Nothing is put: somebody has stopped puts, or nobody has let a new stage go yet. What is known waits, and NamesBehind counts it.',
    toDo: 'npx q-group-sync plan --stage STAGE says who stopped it and why, and what would be put. When that is as it should be: npx q-group-sync go --stage STAGE.',
    ...now,
    of: own('PutsStopped'),
  },
  held: {
    says: 'People are out in Okta and stay in the user store until a person decides: the guard holds a mass removal.',
    toDo: 'npx q-group-sync held --stage STAGE shows who, where and why. If it is meant, approve; if Okta is wrong, reject, and mend it there. Nothing lets them go by itself.',
    ...now,
    of: own('PeopleHeldNow'),
  },
  'set-aside': {
    says: 'A group, name or user has failed ten times in a row and is tried ever less often. Nothing else waits for it.',
    toDo: 'Search the logs for "is set aside": the line has the id, the last error and what to invoke when it is mended.',
    ...now,
    of: own('SetAside'),
  },
  drift: {
    says: 'The user store has something else than was put: somebody else writes to the index. It is put again, at most drift.putsPerNight names a day.',
    toDo: 'The error in the log of put-group names it, and what was found. See in CloudTrail who else calls PutGroup or DeleteGroup, and take that permission away.',
    ...once,
    of: own('DriftFound'),
  },
  'deliveries-lost': {
    says: 'Events that the event hook should have had have not come for an hour. The System Log had them, so nothing is lost but minutes.',
    toDo: 'If it goes on: npx q-group-sync doctor --stage STAGE says what is wrong with the hook, and npx q-group-sync hook register --stage STAGE repairs it.',
    ...once,
    of: own('DeliveriesLost'),
  },
  'hook-5xx': {
    says: 'The hook answered Okta with 5xx. Okta sends a delivery once more, then never; the System Log has its events.',
    toDo: `Of okta-hook, ${ERRORS}. If there are none, the API's access log says why: Lambda throttles at its reserved concurrency, or the function took over 3 s.`,
    ...once,
    of: api('5xx'),
  },
  'hook-4xx': {
    says: 'The hook answered with 4xx: a request without the secret, of another path, or with a body that is no JSON. Okta never repeats a delivery that was answered so.',
    toDo: "The API's access log has path, status and address. If they are Okta's, put the secret that Okta sends into the secret of okta.hookSecret; if it is somebody who tries addresses, nothing is to be done.",
    ...once,
    of: api('4xx'),
  },
  'hook-429': {
    says: 'The API refused requests since there were more than its throttle lets through, which is far above what Okta sends. What Okta sent then is lost to the hook; the System Log has it.',
    toDo: "The API's access log has the addresses. If they are Okta's, raise the throttle in infra/api.yml and the hook's reservedConcurrency; if not, renew the API: its URL is known to somebody.",
    ...once,
    of: own('DeliveriesThrottled'),
  },
  'hints-dead': {
    says: 'A hint failed five times and is in the dead-letter queue: read-group can not take it, not even to try it later.',
    toDo: `Of read-group, ${ERRORS}. Then invoke replay with {"deadLetters": true}. They are kept for 14 days.`,
    ...dead('HintDeadLetterQueue'),
  },
  'names-dead': {
    says: 'A ring of a name failed five times and is in the dead-letter queue: put-group can not take it, not even to try it later.',
    toDo: `Of put-group, ${ERRORS}. Then invoke replay with {"deadLetters": true}. They are kept for 14 days.`,
    ...dead('NameDeadLetterQueue'),
  },
  'hints-wait': {
    says: 'A hint has waited for read-group for more than 15 minutes.',
    toDo: `See whether Lambda throttles read-group, and whether its event source is enabled; of read-group, ${ERRORS}. After an import of thousands of groups, wait.`,
    ...waits('HintQueue'),
  },
  'names-wait': {
    says: 'A name has waited for put-group for more than 15 minutes.',
    toDo: `See whether Lambda throttles put-group, and whether its event source is enabled; of put-group, ${ERRORS}. After an import of thousands of groups, wait.`,
    ...waits('NameQueue'),
  },
  'okta-unread': {
    says: "Okta's System Log could not be read for five minutes: Okta does not answer, refuses the credentials, or everything is stopped since another org is behind the URL.",
    toDo: "Catch-up's log says which, with the status. See status.okta.com; see whether the service app is active and has its scopes; renew the secret of okta.credentials.",
    ...once,
    of: own('LogPollsFailed'),
    period: MINUTE,
    times: 5,
  },
  'log-gap': {
    says: 'Okta may have left out events of its System Log: the place to go on from was refused, or is too old.',
    toDo: 'Invoke reconcile with {} to have now what the nightly one would find.',
    ...once,
    of: own('LogGaps'),
  },
  unconfirmed: {
    says: 'Amazon Q Business took a list twice and did not show it for an hour each time.',
    toDo: "GetGroup says what became of it; put-group's log has the names, and request ids for AWS Support. It is put again 15 minutes, 2 hours and a day later.",
    ...once,
    of: own('PutsUnconfirmed'),
  },
  'function-errors': {
    says: 'In each of three spans of five minutes a function failed as a whole: it crashed, or took longer than it may.',
    toDo: `Lambda's Errors say which; of that function, ${ERRORS}. What it did is done again.`,
    ...once,
    of: FUNCTIONS.map(functionErrors),
    times: 3,
  },
} satisfies Record<string, Alarm>

/** The id of an alarm's resource. */
export function alarmId(name: string): string {
  const words = name.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1))
  return `${words.join('')}Alarm`
}

/** Every alarm as CloudFormation takes it; each tells the topic when it begins and when it is over. */
export function alarmResources(stage: string): Record<string, unknown> {
  const alarms: [string, Alarm][] = Object.entries(ALARMS)
  return Object.fromEntries(
    alarms.map(([name, { says, toDo, of, statistic, when, period, times, missing }]) => [
      alarmId(name),
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: { 'Fn::Sub': `\${AWS::StackName}-${name}` },
          AlarmDescription: `${says} To do: ${toDo} (docs/alarms.md, ${name})`.replaceAll('STAGE', stage),
          ...(Array.isArray(of) ? sumOf(of, statistic, period) : { ...of, Statistic: statistic, Period: period }),
          ComparisonOperator: operators[when[0]],
          Threshold: when[1],
          EvaluationPeriods: times,
          DatapointsToAlarm: times,
          TreatMissingData: missing,
          AlarmActions: [{ Ref: 'AlarmTopic' }],
          OKActions: [{ Ref: 'AlarmTopic' }],
        },
      },
    ]),
  )
}

function sumOf(sources: Source[], Stat: string, Period: number) {
  const metrics = sources.map((Metric, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric, Stat, Period },
    ReturnData: false,
  }))
  return { Metrics: [{ Id: 'sum', Expression: 'SUM(METRICS())', ReturnData: true }, ...metrics] }
}
