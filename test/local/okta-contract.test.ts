import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOOK_ELIGIBLE } from '../../local/okta/event-types.ts'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { call } from './okta-client.ts'
import { hookBody } from './okta-receiver.ts'

interface Schema {
  $ref?: string
  type?: string
  enum?: unknown[]
  format?: string
  nullable?: boolean
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
}

const folder = new URL('../../../shared/contracts/', import.meta.url)
const isThere = existsSync(folder)
const contract = (name: string) => (isThere ? JSON.parse(readFileSync(new URL(name, folder), 'utf8')) : undefined)
const openapi = contract('okta-openapi.json')
if (!isThere)
  console.warn(
    'Skipped: the published contracts are not beside this project, so Okta’s answers are not checked by them.',
  )

let okta: Okta
beforeAll(async () => {
  okta = await startOkta()
})
afterAll(() => okta.close())

describe.skipIf(!isThere)('answers fit the published schemas', () => {
  test('the check finds what is wrong', () => {
    expect(problems({ id: 1, type: 'TEAM', created: 'then', profile: { name: null } }, named('Group'))).toHaveLength(4)
    expect(problems({ name: 'x' }, named('EventHook'))).toHaveLength(2)
  })

  test('groups', async () => {
    const { id } = okta.org.createGroup({ name: 'Described', description: 'Has a description' })
    okta.org.importGroup({ name: 'Imported', description: 'Too' })
    expect(problems((await call(okta, 'GET', `/api/v1/groups/${id}`)).body, named('Group'))).toEqual([])
    const { body } = await call(okta, 'GET', '/api/v1/groups?expand=stats')
    expect(body).toHaveLength(3)
    expect(problems(body, { type: 'array', items: named('Group') })).toEqual([])
  })

  test('users of every status', async () => {
    const user = okta.org.createUser('every@example.com', { activate: false })
    const check = async () => problems((await call(okta, 'GET', `/api/v1/users/${user.id}`)).body, named('User'))
    expect(await check()).toEqual([])
    for (const step of [
      'activate',
      'suspend',
      'unsuspend',
      'lock',
      'unlock',
      'password_expires',
      'reset_password',
      'reactivate',
      'deactivate',
    ] as const) {
      okta.org.changeUser(user.id, step)
      expect(await check(), step).toEqual([])
    }
  })

  test('event hooks', async () => {
    const { body } = await call(
      okta,
      'POST',
      '/api/v1/eventHooks',
      hookBody('https://hooks.example.com', ['group.lifecycle.create']),
    )
    // The schema doesn't say that a filter which was never set is null.
    expect(problems(body, named('EventHook'))).toEqual([])
    okta.org.hooks.deactivate(body.id, okta.org.by())
    expect(problems((await call(okta, 'GET', '/api/v1/eventHooks')).body, { items: named('EventHook') })).toEqual([])
  })

  test('errors', async () => {
    expect(problems((await call(okta, 'GET', '/api/v1/groups/none')).body, named('Error'))).toEqual([])
    expect(problems((await call(okta, 'POST', '/api/v1/groups', {})).body, named('Error'))).toEqual([])
  })

  test('System Log events without their nulls, which the schema does not have', async () => {
    okta.faults.nulls = 'absent'
    const { body } = await call(okta, 'GET', '/api/v1/logs')
    expect(body.length).toBeGreaterThan(10)
    expect(problems(body, { type: 'array', items: named('LogEvent') })).toEqual([])
  })

  test('the hook-eligible event types are those of the catalog', () => {
    const { eventTypes } = contract('okta-event-types.json') as {
      eventTypes: Record<string, { hookEligible: boolean }>
    }
    const eligible = Object.keys(eventTypes).filter((name) => eventTypes[name]!.hookEligible)
    expect([...HOOK_ELIGIBLE].sort()).toEqual(eligible.sort())
  })
})

function named(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** What of a value doesn't fit a schema. */
function problems(value: unknown, given: Schema, path = '$'): string[] {
  const schema = given.$ref ? (openapi.components.schemas[given.$ref.split('/').at(-1)!] as Schema) : given
  if (value === null) return schema.nullable ? [] : [`${path} is null`]
  const found = (schema.allOf ?? []).flatMap((part) => problems(value, part, path))
  const ways = (schema.anyOf ?? []).map((part) => problems(value, part, path))
  if (ways.length > 0 && !ways.some((way) => way.length === 0)) found.push(...ways[0]!)
  if (schema.type && !isOf(value, schema.type)) return [...found, `${path} is not ${schema.type}`]
  if (schema.enum && !schema.enum.includes(value)) found.push(`${path} is ${value}`)
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(String(value)))) found.push(`${path} is no time`)
  if (Array.isArray(value))
    return [
      ...found,
      ...value.flatMap((item, index) => (schema.items ? problems(item, schema.items, `${path}[${index}]`) : [])),
    ]
  if (typeof value !== 'object') return found
  const object = value as Record<string, unknown>
  for (const name of schema.required ?? []) if (!(name in object)) found.push(`${path}.${name} is missing`)
  for (const [name, inner] of Object.entries(object)) {
    const property = schema.properties?.[name]
    if (property) found.push(...problems(inner, property, `${path}.${name}`))
  }
  return found
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return type === 'object' ? typeof value === 'object' && !Array.isArray(value) : typeof value === type
}
