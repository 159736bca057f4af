import type { FieldError } from './service-error.ts'
import type { ListShape, NumberShape, Shape, StringShape, StructureShape } from './shape.ts'

const patterns = new Map<string, RegExp>()

/**
 * Everything that is wrong with a value that came as JSON, by the shape it must have; nothing if it is right.
 *
 * As in REST-JSON, null for a member of a structure means that it isn't there.
 *
 * @param name the path of the value in the request, for the messages
 */
export function validate(shape: Shape, value: unknown, name: string): FieldError[] {
  switch (shape.type) {
    case 'string':
      return typeof value === 'string' ? faultsOfString(shape, value, name) : wrongType(name, 'a string')
    case 'integer':
    case 'long':
      return faultsOfNumber(shape, value, name)
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrongType(name, 'a boolean')
    case 'timestamp':
      return Number.isFinite(value) ? [] : wrongType(name, 'epoch seconds')
    case 'blob':
      return isBase64(value) ? [] : wrongType(name, 'Base64')
    case 'list':
      return Array.isArray(value) ? faultsOfList(shape, value, name) : wrongType(name, 'a list')
    case 'structure':
      return faultsOfStructure(shape, value, name)
  }
}

function faultsOfString({ min, max, pattern, enum: values }: StringShape, value: string, name: string): FieldError[] {
  const faults: string[] = []
  const length = [...value].length
  if (min !== undefined && length < min) faults.push(`Member must have length greater than or equal to ${min}`)
  if (max !== undefined && length > max) faults.push(`Member must have length less than or equal to ${max}`)
  if (pattern !== undefined && !wholly(pattern).test(value)) {
    faults.push(`Member must satisfy regular expression pattern: ${pattern}`)
  }
  if (values && !values.includes(value)) faults.push(`Member must satisfy enum value set: [${values.join(', ')}]`)
  return faults.map((message) => ({ name, message }))
}

function wholly(pattern: string): RegExp {
  let compiled = patterns.get(pattern)
  if (!compiled) {
    compiled = new RegExp(`^(?:${pattern})$`, 'u')
    patterns.set(pattern, compiled)
  }
  return compiled
}

function faultsOfNumber({ type, min, max }: NumberShape, value: unknown, name: string): FieldError[] {
  const bits = type === 'integer' ? 31 : 63
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -(2 ** bits) || value >= 2 ** bits) {
    return wrongType(name, type === 'integer' ? 'an integer of 32 bits' : 'an integer of 64 bits')
  }
  const faults: FieldError[] = []
  if (min !== undefined && value < min) {
    faults.push({ name, message: `Member must have value greater than or equal to ${min}` })
  }
  if (max !== undefined && value > max) {
    faults.push({ name, message: `Member must have value less than or equal to ${max}` })
  }
  return faults
}

function faultsOfList({ member, min, max }: ListShape, value: unknown[], name: string): FieldError[] {
  const faults: FieldError[] = []
  if (min !== undefined && value.length < min) {
    faults.push({ name, message: `Member must have length greater than or equal to ${min}` })
  }
  if (max !== undefined && value.length > max) {
    faults.push({ name, message: `Member must have length less than or equal to ${max}` })
  }
  value.forEach((element, at) => {
    faults.push(...validate(member, element, `${name}.${at}`))
  })
  return faults
}

function faultsOfStructure(shape: StructureShape, value: unknown, name: string): FieldError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType(name, 'a structure')
  const given = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  const faults: FieldError[] = []
  for (const required of shape.required ?? []) {
    if (!given.some(([key]) => key === required)) {
      faults.push({ name: name === '' ? required : `${name}.${required}`, message: 'Member must not be null' })
    }
  }
  const set = given.filter(([key]) => Object.hasOwn(shape.members, key)).length
  if (shape.union && set !== 1) {
    const message = `Exactly one of ${Object.keys(shape.members).join(', ')} must be set, ${set} are`
    faults.push({ name, message })
  }
  for (const [key, member] of Object.entries(value)) {
    const path = name === '' ? key : `${name}.${key}`
    const known = Object.hasOwn(shape.members, key) ? shape.members[key] : undefined
    if (!known) faults.push({ name: path, message: 'Member is not known' })
    else if (member !== null && member !== undefined) faults.push(...validate(known, member, path))
  }
  return faults
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)
}

function wrongType(name: string, expected: string): FieldError[] {
  return [{ name, message: `Member must be ${expected}` }]
}
