import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../../scripts/bundle.ts'
import { PERMISSIONS } from '../support/permissions.ts'
import { NEEDED_BY_AWS, NEEDED_BY_SCHEDULER } from './needed-by-aws.ts'
import { all, allowed, functionOf, packaged } from './packaged.ts'

describe('the roles', () => {
  const roleOf = (name: string): string =>
    (functionOf(name).Properties as { Role: { 'Fn::GetAtt': [string, string] } }).Role['Fn::GetAtt'][0]
  const policies = {
    viewer: 'ViewerPolicy',
    doctor: 'DoctorPolicy',
    prober: 'ProberPolicy',
    approver: 'ApproverPolicy',
  }

  it.each(FUNCTIONS)(
    'let %s do what the tests have seen it need, with what AWS needs for it, and nothing else',
    (name) => {
      const byAws = NEEDED_BY_AWS.flatMap(({ permissions }) => permissions(name))
      expect(allowed(roleOf(name))).toEqual([...PERMISSIONS[name]!, ...byAws].sort())
    },
  )

  it.each(Object.entries(policies))('let a %s do what the command needs for it, and nothing else', (who, id) => {
    expect(allowed(id)).toEqual(PERMISSIONS[who]!.toSorted())
  })

  it('let the scheduler start what is scheduled', () => {
    expect(allowed('SchedulerRole')).toEqual(NEEDED_BY_SCHEDULER)
  })

  it('are one for each function and one for the scheduler, and there are no others', () => {
    const roles = [...FUNCTIONS.map(roleOf), 'SchedulerRole']
    expect(new Set(roles).size).toBe(FUNCTIONS.length + 1)
    const inTemplate = Object.entries(packaged.resources).filter(([, { Type }]) => Type.startsWith('AWS::IAM::'))
    expect(inTemplate.map(([id]) => id).sort()).toEqual([...roles, ...Object.values(policies)].sort())
    for (const { Properties } of all('AWS::IAM::Role')) expect(Properties).not.toHaveProperty('ManagedPolicyArns')
  })

  it('name every action, and every resource but of tracing, which has none', () => {
    const everything = [...FUNCTIONS.map(roleOf), 'SchedulerRole', ...Object.values(policies)].flatMap(allowed)
    expect(everything.filter((one) => one.includes('*') && !/^xray:\w+ \*$/.test(one))).toEqual([])
  })

  it('keep what reads Okta from writing to Amazon Q Business, and what writes there from the secrets of Okta', () => {
    const services = (name: string) => new Set(allowed(roleOf(name)).map((one) => one.split(':')[0]))
    for (const name of FUNCTIONS) expect(services(name).has('qbusiness')).toBe(name === 'put-group')
    expect(services('put-group').has('secretsmanager')).toBe(false)
    expect([...services('okta-hook')].sort()).toEqual(['logs', 'secretsmanager', 'sqs', 'xray'])
  })
})
