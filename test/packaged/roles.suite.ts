import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../../scripts/bundle.ts'
import { all, allowed, arnOf, functionOf, logicalId, packaged, type Statement, settings } from './packaged.ts'

const { okta, qBusiness } = settings

describe('the roles', () => {
  const permissions = (name: string): Statement[] => {
    const { Role } = functionOf(name).Properties as { Role: { 'Fn::GetAtt': [string, string] } }
    return allowed(packaged.resources[Role['Fn::GetAtt'][0]]!)
  }
  const on = (name: string, service: string) =>
    permissions(name).filter(({ actions }) => actions.some((action) => action.startsWith(`${service}:`)))
  const actionsOf = (name: string) => permissions(name).flatMap(({ actions }) => actions)

  it('are one for each function, which may write to its own log', () => {
    const roles = FUNCTIONS.map((name) => JSON.stringify(functionOf(name).Properties['Role']))
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
    for (const name of ['read-group', 'reconcile', 'replay', 'catch-up']) {
      expect(on(name, 'secretsmanager')).toEqual([
        { actions: ['secretsmanager:GetSecretValue'], resources: [okta.credentials] },
      ])
    }
    expect(on('put-group', 'secretsmanager')).toEqual([])
  })

  it('let only put-group touch Amazon Q Business, and there only groups and access of one index', () => {
    const application = `arn:\${AWS::Partition}:qbusiness:\${AWS::Region}:\${AWS::AccountId}:application/${qBusiness.applicationId}`
    expect(on('put-group', 'qbusiness')).toEqual([
      {
        actions: [
          'qbusiness:GetGroup',
          'qbusiness:PutGroup',
          'qbusiness:DeleteGroup',
          'qbusiness:CheckDocumentAccess',
          'qbusiness:ListDocuments',
        ],
        resources: [{ 'Fn::Sub': application }, { 'Fn::Sub': `${application}/index/${qBusiness.indexId}` }],
      },
    ])
    for (const name of FUNCTIONS.filter((other) => other !== 'put-group')) {
      expect(actionsOf(name).filter((action) => action.startsWith('qbusiness:'))).toEqual([])
    }
  })

  it('let the table be written row by row, and only catch-up see what is due', () => {
    const rows = (...names: string[]) => ({
      actions: names.map((name) => `dynamodb:${name}`),
      resources: [arnOf('Table')],
    })
    expect(on('catch-up', 'dynamodb')).toEqual([
      rows('GetItem', 'PutItem', 'UpdateItem'),
      { actions: ['dynamodb:Query'], resources: [{ 'Fn::Sub': `\${Table.Arn}/index/due` }] },
    ])
    expect(on('read-group', 'dynamodb')).toEqual([rows('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem')])
    for (const name of FUNCTIONS.filter((other) => other !== 'catch-up')) {
      expect(JSON.stringify(on(name, 'dynamodb'))).not.toContain('index/due')
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
