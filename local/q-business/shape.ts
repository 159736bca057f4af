/**
 * A string as the service model bounds it; lengths count Unicode code points, patterns are those of the whole string.
 */
export interface StringShape {
  type: 'string'
  min?: number
  max?: number
  pattern?: string
  enum?: readonly string[]
}

/** A whole number; `long` differs from `integer` only in its range, 64 bits instead of 32. */
export interface NumberShape {
  type: 'integer' | 'long'
  min?: number
  max?: number
}

/** ISO 8601 in a query, epoch seconds in a body; a blob is Base64. */
export interface PlainShape {
  type: 'timestamp' | 'blob' | 'boolean'
}

/** A list; the model has no sparse ones, so null is not an element. */
export interface ListShape {
  type: 'list'
  member: Shape
  min?: number
  max?: number
}

/** An object of known members; of a union exactly one member is set. */
export interface StructureShape {
  type: 'structure'
  members: Record<string, Shape>
  required?: readonly string[]
  union?: true
}

/** One shape of a service model: what a value may be. */
export type Shape = StringShape | NumberShape | PlainShape | ListShape | StructureShape
