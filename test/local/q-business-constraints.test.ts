import { existsSync, readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OperationModel, operations } from '../../local/q-business/operations.ts'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import type { ListShape, Shape, StringShape, StructureShape } from '../../local/q-business/shape.ts'
import { validate } from '../../local/q-business/validate.ts'

// The published model is beside the project where it is written, and not part of it.
const file = new URL('../../../shared/contracts/qbusiness-model.json', import.meta.url)
const there = existsSync(file)
if (!there) console.log('The constraints are not tried: ../shared/contracts/qbusiness-model.json is not there.')

type Input = Record<string, unknown>
/** A value with one thing wrong in it, and where: the name that the service must give to the field. */
type Violation = { what: string; value: unknown; at: string }

const model = there ? JSON.parse(readFileSync(file, 'utf8')) : { operations: {}, shapes: {} }
/** ListDataSources isn't in the part of the model that is beside the project; the SDK's own schema is what it goes by. */
const names = (Object.keys(operations) as (keyof typeof operations)[]).filter((name) => name !== 'ListDataSources')

/** A shape of the published model in the form that the stand-in's own facts have. */
function shapeOf(name: string): Shape {
  const { type, min, max, pattern, enum: values, member, members, required, union } = model.shapes[name]
  const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
  if (type === 'list') return { type, ...bounds, member: shapeOf(member.shape) }
  if (type !== 'structure') return { type, ...bounds, ...(pattern && { pattern }), ...(values && { enum: values }) }
  const entries = Object.entries<{ shape: string }>(members).map(([key, { shape }]) => [key, shapeOf(shape)])
  return { type, members: Object.fromEntries(entries), ...(required && { required }), ...(union && { union }) }
}

const inputOf = (operation: string) => {
  const { shape } = model.operations[operation].input
  const members = Object.entries<{ location?: string }>(model.shapes[shape].members)
  const where = Object.fromEntries(members.map(([key, { location }]) => [key, location ?? 'body']))
  return { shape: shapeOf(shape) as StructureShape, where }
}

let q: QBusiness
let session: ClientHttp2Session

beforeAll(async () => {
  q = await startQBusiness()
  session = connect(q.url)
})

afterAll(async () => {
  session.destroy()
  await q.close()
})

async function send(operation: string, input: Input) {
  const { http } = model.operations[operation]
  const { where } = inputOf(operation)
  const hasBody = http.method === 'PUT' || http.method === 'POST'
  const path = http.requestUri.replace(/\{(\w+)\}/g, (_: string, label: string) =>
    encodeURIComponent(`${input[label]}`),
  )
  const query = Object.entries(input)
    .filter(([key]) => where[key] === 'querystring' || (where[key] === undefined && !hasBody))
    .flatMap(([key, value]) => [value].flat().map((each) => `${key}=${encodeURIComponent(`${each}`)}`))
  const inBody = Object.entries(input).filter(([key]) => (where[key] ?? 'body') === 'body')
  const stream = session.request({
    ':method': http.method,
    ':path': query.length > 0 ? `${path}?${query.join('&')}` : path,
    'x-amz-date': '20270115T080000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=LOCAL/20270115/us-east-1/qbusiness/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    ...(hasBody && { 'content-type': 'application/json' }),
  })
  const head = new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.on('response', resolve)
    stream.on('error', reject)
  })
  stream.end(hasBody ? JSON.stringify(Object.fromEntries(inBody)) : undefined)
  const [headers, body] = await Promise.all([head, text(stream)])
  return { status: headers[':status'], type: headers['x-amzn-errortype'], body: JSON.parse(body) }
}

const arn = (part: number, last: number) =>
  `arn:${Array.from({ length: 4 }, () => 'a'.repeat(part)).join(':')}:${'r'.repeat(last)}`

/** Texts of a shape, the shortest and the longest that the model allows as far as the pattern lets them be so. */
function texts({ min = 0, max = 100, pattern, enum: values }: StringShape): { short: string; long: string } {
  if (values) return { short: values[0]!, long: values.at(-1)! }
  const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:'
  const candidates = [
    ...[Math.max(min, 1), 3, max].flatMap((length) => ['a'.repeat(length), '🙂'.repeat(length)]),
    ...[arn(1, 1), arn(63, 1024), `${lambda}f`, lambda.padEnd(max, 'f')],
  ]
  const fitting = candidates
    .filter((each) => [...each].length >= min && [...each].length <= max)
    .filter((each) => pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(each))
    .sort((a, b) => a.length - b.length)
  return { short: fitting[0]!, long: fitting.at(-1)! }
}

/** A value that keeps every constraint: as small as may be, with the required members only, or as large, with all. */
function sample(shape: Shape, size: 'short' | 'long', place: string): unknown {
  switch (shape.type) {
    case 'string':
      return texts(shape)[size]
    case 'integer':
    case 'long':
      return size === 'short' ? (shape.min ?? -(2 ** 63)) : (shape.max ?? 2 ** 62)
    case 'boolean':
      return true
    case 'timestamp':
      return place === 'querystring' ? '2027-01-15T08:00:00.000Z' : 1_800_000_000.5
    case 'blob':
      return 'dGV4dA=='
    case 'list': {
      const length = size === 'short' ? (shape.min ?? 0) : (shape.max ?? 2)
      return Array.from({ length }, (_, at) => sample(shape.member, at === 0 ? size : 'short', place))
    }
    case 'structure': {
      const all = Object.keys(shape.members).filter((key) => !isNotModelled(key))
      const chosen = shape.union ? all.slice(0, 1) : size === 'short' ? (shape.required ?? []) : all
      return Object.fromEntries(chosen.map((key) => [key, sample(shape.members[key]!, size, place)]))
    }
  }
}

const isNotModelled = (key: string) => key === 's3' || key === 's3PathForGroupMembers' || key === 'nextToken'

/** Every way in which one thing of a value can be wrong. */
function violations(shape: Shape, at: string, place: string): Violation[] {
  const wrong = (what: string, value: unknown, where = at): Violation => ({ what, value, at: where })
  const inText = place !== 'body'
  switch (shape.type) {
    case 'string':
      return [...(inText ? [] : [wrong('type', 17)]), ...ofString(shape).map(([what, value]) => wrong(what!, value))]
    case 'integer':
    case 'long':
      return [
        wrong('type', 'one'),
        wrong('type', 1.5),
        ...(shape.type === 'long' ? [wrong('range', 2 ** 63)] : []),
        ...(shape.min === undefined ? [] : [wrong('min', shape.min - 1)]),
        ...(shape.max === undefined ? [] : [wrong('max', shape.max + 1)]),
      ]
    case 'boolean':
    case 'blob':
    case 'timestamp':
      return [wrong('type', '***'), ...(inText ? [] : [wrong('type', {})])]
    case 'list':
      return ofList(shape, at, place)
    case 'structure':
      return ofStructure(shape, at, place)
  }
}

function ofString(shape: StringShape): string[][] {
  const { short, long } = texts(shape)
  const found: string[][] = []
  if (shape.min) found.push(['min', 'a'.repeat(shape.min - 1)])
  if (shape.max !== undefined) found.push(['max', `${long}${'🙂'.repeat(shape.max - [...long].length + 1)}`])
  if (shape.enum) found.push(['enum', 'NOT_ONE_OF_THEM'], ['enum', short.toLowerCase()])
  const letters = { first: [...short].with(0, '\u0007'), last: [...long].with(-1, '\n') }
  if (shape.pattern) found.push(['pattern', letters.first.join('')], ['pattern', letters.last.join('')])
  return found
}

function ofList(shape: ListShape, at: string, place: string): Violation[] {
  const inside = violations(shape.member, `${at}.0`, place).map((each) => ({ ...each, value: [each.value] }))
  const small = (length: number) => Array.from({ length }, () => sample(shape.member, 'short', place))
  return [
    ...inside,
    ...(shape.max === undefined ? [] : [{ what: 'max', value: small(shape.max + 1), at }]),
    // An empty list can't be told from none in a query.
    ...(place === 'body'
      ? [
          ...(shape.min ? [{ what: 'min', value: small(shape.min - 1), at }] : []),
          { what: 'type', value: { 0: small(1)[0] }, at },
          { what: 'type', value: [null], at: `${at}.0` },
        ]
      : []),
  ]
}

function ofStructure(shape: StructureShape, at: string, place: string): Violation[] {
  const of = (key: string) => (at === '' ? key : `${at}.${key}`)
  const whole = sample(shape, 'short', place) as Input
  const others = shape.union ? {} : whole
  const inside = Object.entries(shape.members).flatMap(([key, member]) =>
    violations(member, of(key), place).map((each) => ({ ...each, value: { ...others, [key]: each.value } })),
  )
  const missing = (shape.required ?? []).map((key) => {
    const { [key]: _, ...rest } = whole
    return { what: 'required', value: rest, at: of(key) }
  })
  const both = Object.entries(shape.members).map(([key, member]) => [key, sample(member, 'short', place)])
  return [
    ...inside,
    ...missing,
    ...missing.map(({ value, at: where }) => ({
      what: 'required',
      value: { ...value, [where.slice(where.lastIndexOf('.') + 1)]: null },
      at: where,
    })),
    { what: 'unknown', value: { ...whole, notInTheModel: 'x' }, at: of('notInTheModel') },
    ...(shape.union
      ? [
          { what: 'union', value: {}, at },
          { what: 'union', value: Object.fromEntries(both), at },
        ]
      : []),
    { what: 'type', value: 'text', at },
    { what: 'type', value: [], at },
  ]
}

/** The requests for one operation with one thing wrong each. */
function requestsOf(operation: string): (Violation & { value: Input })[] {
  const { shape, where } = inputOf(operation)
  const right = rightInput(operation, 'short')
  const inside = Object.entries(shape.members).flatMap(([key, member]) =>
    violations(member, key, where[key]!).map((each) => ({ ...each, value: { ...right, [key]: each.value } as Input })),
  )
  const missing = (shape.required ?? [])
    .filter((key) => where[key] !== 'uri')
    .map((key) => {
      const { [key]: _, ...rest } = right
      return { what: 'required', value: rest, at: key }
    })
  // The operations without a body have no place for an unknown member but the query.
  return [...inside, ...missing, { what: 'unknown', value: { ...right, notInTheModel: 'x' }, at: 'notInTheModel' }]
}

function rightInput(operation: string, size: 'short' | 'long'): Input {
  const { shape, where } = inputOf(operation)
  const keys =
    size === 'short' ? (shape.required ?? []) : Object.keys(shape.members).filter((key) => !isNotModelled(key))
  const entries = keys.map((key) => [key, sample(shape.members[key]!, size, where[key]!)])
  return {
    ...Object.fromEntries(entries),
    applicationId: q.applicationId,
    ...(where['indexId'] && { indexId: q.indexId }),
  }
}

describe.skipIf(!there)('The published model', () => {
  test.each(names)('%s is bound to HTTP as it says', (name) => {
    const { http } = model.operations[name]
    const { shape, where } = inputOf(name)
    const own: OperationModel = operations[name]
    const inPlace = (place: string) =>
      Object.fromEntries(Object.entries(shape.members).filter(([key]) => where[key] === place))
    expect({ method: own.method, path: own.path }).toEqual({ method: http.method, path: http.requestUri })
    expect(normal({ labels: own.labels, query: own.query ?? {}, body: own.body ?? {} })).toEqual(
      normal({ labels: inPlace('uri'), query: inPlace('querystring'), body: inPlace('body') }),
    )
    expect([...Object.keys(own.labels), ...(own.required ?? [])].sort()).toEqual([...(shape.required ?? [])].sort())
  })

  test('refuses every request with one thing wrong in it, and says which', async () => {
    const tried = new Map<string, number>()
    const wrong: string[] = []
    for (const name of names) {
      for (const { what, value, at } of requestsOf(name)) {
        const { status, type, body } = await send(name, value)
        tried.set(what, (tried.get(what) ?? 0) + 1)
        const fields = new Set((body.fields ?? []).map((field: { name: string }) => field.name))
        const right = status === 400 && type === 'ValidationException' && body.reason === 'FIELD_VALIDATION_FAILED'
        const inForm = validate(shapeOf('ValidationException'), body, '').length === 0
        if (!right || !inForm || fields.size !== 1 || !fields.has(at)) {
          wrong.push(`${name} ${what} at ${at}: ${status} ${type} ${body.reason} ${[...fields]}`)
        }
      }
    }
    const total = [...tried.values()].reduce((sum, each) => sum + each, 0)
    const kinds = [...tried].map(([what, times]) => `${times} ${what}`).join(', ')
    console.log(`${total} requests, each breaking one constraint, were tried on ${names.length} operations: ${kinds}.`)
    expect(wrong).toEqual([])
    expect(total).toBeGreaterThan(500)
  })

  test.each(names)('%s is taken just within every bound', async (name) => {
    for (const size of ['short', 'long'] as const) {
      const { status, type, body } = await send(name, rightInput(name, size))
      // Groups and data sources of these names aren't there; that is found out after the request was taken.
      expect({ size, type, body }).not.toMatchObject({ type: 'ValidationException' })
      expect([200, 404]).toContain(status)
    }
  })

  test('has what is left out here: it passes the constraints, and is refused for another reason', async () => {
    const list = rightInput('PutGroup', 'short')
    const s3 = { bucket: 'a'.repeat(63), key: 'k'.repeat(1024) }
    const inS3 = { ...list, groupMembers: { s3PathForGroupMembers: s3 } }
    expect((await send('PutGroup', inS3)).body.message).toContain('not modelled')
    const document = { ...rightInput('BatchPutDocument', 'short'), documents: [{ id: 'd', content: { s3 } }] }
    expect((await send('BatchPutDocument', document)).body.message).toContain('not modelled')
    const page = { ...rightInput('ListGroups', 'short'), nextToken: 't'.repeat(800) }
    expect((await send('ListGroups', page)).body.message).toContain('given out')
  })

  test.each(names)('%s answers in its output shape', async (name) => {
    const groupName = '🙂'.repeat(1024)
    q.store.putForeign(groupName, ['ann@example.com'])
    const user = { id: 'ann@example.com', access: 'DENY' as const }
    const group = { name: groupName, access: 'ALLOW' as const }
    const accessConfiguration = { accessControls: [{ principals: [{ user }, { group }] }] }
    q.store.putDocument({ id: 'd', accessConfiguration })
    const input = {
      ...rightInput(name, 'short'),
      updatedEarlierThan: '2099-01-01T00:00:00Z',
      userId: 'ann@example.com',
    }
    const known = Object.fromEntries(
      Object.entries({ ...input, documentId: 'd' }).filter(([key]) => key in inputOf(name).where),
    )
    const { status, body } = await send(name, 'groupName' in known ? { ...known, groupName } : known)
    expect(status).toBe(200)
    expect(validate(shapeOf(model.operations[name].output.shape), body, '')).toEqual([])
  })
})

/** Without what makes no difference: the order of names, and lists of nothing. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal).sort()
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, each]) => !(key === 'required' && each.length === 0))
  return Object.fromEntries(entries.map(([key, each]) => [key, normal(each)]))
}
