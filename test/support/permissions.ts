/**
 * What each function of the project asks of AWS, and what a viewer, a doctor, a prober and an approver of holds do by the command: an action
 * and the resource, by its id in the template. Every test with the embedded cloud fails for a call that isn't here;
 * test/flows/permissions.test.ts makes each of them; and test/packaged holds the packaged roles to exactly these.
 */
const hints = 'HintQueue'
const names = 'NameQueue'
const oktaSecret = 'secretsmanager:GetSecretValue okta.credentials'
const rows = (...actions: string[]) => actions.map((action) => `dynamodb:${action} Table`)
const userStore = (...actions: string[]) =>
  actions.flatMap((action) => [`qbusiness:${action} application`, `qbusiness:${action} index`])

export const PERMISSIONS: Record<string, string[]> = {
  'okta-hook': [`sqs:SendMessage ${hints}`, 'secretsmanager:GetSecretValue okta.hookSecret'],
  'read-group': [
    ...rows('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
    `sqs:SendMessage ${hints}`,
    `sqs:SendMessage ${names}`,
    oktaSecret,
  ],
  'put-group': [
    ...rows('GetItem', 'PutItem', 'UpdateItem', 'Query'),
    `sqs:SendMessage ${names}`,
    ...userStore('GetGroup', 'PutGroup', 'DeleteGroup', 'CheckDocumentAccess', 'ListDocuments'),
  ],
  reconcile: [
    ...rows('GetItem', 'PutItem', 'DeleteItem', 'Query'),
    'dynamodb:Query Table/index/all',
    `sqs:SendMessage ${names}`,
    oktaSecret,
  ],
  'catch-up': [
    ...rows('GetItem', 'PutItem', 'UpdateItem'),
    'dynamodb:Query Table/index/due',
    'dynamodb:Query Table/index/all',
    `sqs:SendMessage ${hints}`,
    `sqs:SendMessage ${names}`,
    oktaSecret,
    'lambda:InvokeFunction ReconcileLambdaFunction',
  ],
  replay: [
    ...rows('GetItem', 'PutItem'),
    `sqs:SendMessage ${hints}`,
    `sqs:SendMessage ${names}`,
    ...['HintDeadLetterQueue', 'NameDeadLetterQueue'].flatMap((queue) => [
      `sqs:ReceiveMessage ${queue}`,
      `sqs:DeleteMessage ${queue}`,
      `sqs:GetQueueAttributes ${queue}`,
    ]),
    oktaSecret,
  ],
  viewer: [
    'lambda:GetFunctionConfiguration ReconcileLambdaFunction',
    ...rows('GetItem', 'Query'),
    'dynamodb:Query Table/index/all',
    oktaSecret,
    ...userStore('GetGroup'),
  ],
  doctor: [
    'lambda:GetFunctionConfiguration ReconcileLambdaFunction',
    ...rows('GetItem', 'Query'),
    'dynamodb:Query Table/index/all',
    'dynamodb:Query Table/index/due',
    oktaSecret,
    'secretsmanager:GetSecretValue okta.hookSecret',
    ...[hints, names, 'HintDeadLetterQueue', 'NameDeadLetterQueue'].map((queue) => `sqs:GetQueueAttributes ${queue}`),
    'qbusiness:GetApplication application',
    ...userStore('GetIndex', 'ListDataSources'),
  ],
  prober: [
    'qbusiness:GetApplication application',
    ...userStore('PutGroup', 'GetGroup', 'DeleteGroup', 'ListGroups', 'ListDocuments', 'CheckDocumentAccess'),
  ],
  approver: [
    'lambda:GetFunctionConfiguration ReconcileLambdaFunction',
    ...rows('GetItem', 'PutItem', 'DeleteItem', 'Query'),
    'dynamodb:Query Table/index/all',
    `sqs:SendMessage ${names}`,
    oktaSecret,
  ],
}
