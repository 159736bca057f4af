import { type OperationModel, type OperationName, operations } from './operations.ts'
import { type FieldError, invalid, unreadable } from './service-error.ts'
import type { ListShape, Shape } from './shape.ts'
import { validate } from './validate.ts'

/** A request as it came over the wire; `path` with its query, header names in lower case. */
export interface WireRequest {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: Uint8Array
}

/** An operation and its input, which keeps every constraint of the model; times of the query in epoch milliseconds. */
export interface ServiceRequest {
  operation: OperationName
  input: Record<string, unknown>
}

/**
 * Reads a request as the model binds it: method, path, query and body.
 *
 * @throws ServiceError ValidationException with every field at fault; reason CANNOT_PARSE for what is no REST-JSON,
 *   UNKNOWN_OPERATION for a path or a method that none of the operations served has
 */
export function readRequest({ method, path, headers, body }: WireRequest): ServiceRequest {
  const [rawPath = '', ...rest] = path.split('?')
  const { operation, model, labels } = route(method, rawPath)
  const query = readQuery(model.query ?? {}, rest.join('?'))
  const inBody = model.body ? readBody(headers['content-type'], body) : readNothing(body)
  const given = { ...query.values, ...inBody }
  const faults = [
    ...validate({ type: 'structure', members: model.labels }, labels, ''),
    ...query.faults,
    ...validate({ type: 'structure', members: model.body ?? {} }, inBody, ''),
    ...(model.required ?? []).filter((name) => !(name in given)).map(missing),
  ]
  if (faults.length > 0) throw invalid(faults)
  return { operation, input: { ...given, ...labels } }
}

function route(method: string, path: string) {
  const segments = path.split('/')
  for (const [name, model] of Object.entries<OperationModel>(operations)) {
    const template = model.path.split('/')
    if (method !== model.method || template.length !== segments.length) continue
    if (!template.every((segment, at) => segment.startsWith('{') || segment === segments[at])) continue
    const labels: Record<string, string> = {}
    template.forEach((segment, at) => {
      if (segment.startsWith('{')) labels[segment.slice(1, -1)] = decode(segments[at] ?? '')
    })
    return { operation: name as OperationName, model, labels }
  }
  throw unreadable(`No operation is served at ${method} ${path}.`.slice(0, 2048), 'UNKNOWN_OPERATION')
}

function readQuery(shapes: Record<string, Shape>, text: string) {
  const given = new Map<string, string[]>()
  for (const pair of text.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=')
    const key = decode(name)
    given.set(key, [...(given.get(key) ?? []), decode(value.join('='))])
  }
  const values: Record<string, unknown> = {}
  const faults: FieldError[] = []
  for (const [name, texts] of given) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
    values[name] = undefined
    if (!shape) faults.push({ name, message: 'Member is not known' })
    else if (shape.type !== 'list' && texts.length > 1) faults.push({ name, message: 'Member must be given once' })
    else {
      const value = shape.type === 'list' ? texts : fromText(shape, texts[0] ?? '')
      faults.push(...validate(shape, value, name))
      values[name] = value
    }
  }
  return { values, faults }
}

/** The value that a text of the query stands for; the text itself where it is none, for `validate` to refuse. */
function fromText(shape: Exclude<Shape, ListShape>, text: string): unknown {
  if (shape.type === 'integer' && /^-?\d{1,10}$/.test(text)) return Number(text)
  if (shape.type === 'timestamp' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text)) {
    const time = Date.parse(text)
    return Number.isNaN(time) ? text : time
  }
  return text
}

function readBody(contentType: string | string[] | undefined, body: Uint8Array): Record<string, unknown> {
  if (!/^application\/json\s*(;|$)/i.test(String(contentType))) {
    throw unreadable(`The content type of the body must be application/json, not ${contentType}.`)
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw unreadable('The body is not JSON in UTF-8.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable('The body is no JSON object.')
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
}

function readNothing(body: Uint8Array): Record<string, unknown> {
  if (body.length > 0) throw unreadable('This operation takes no body.')
  return {}
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unreadable('The path or the query is not percent-encoded UTF-8.')
  }
}

function missing(name: string): FieldError {
  return { name, message: 'Member must not be null' }
}
