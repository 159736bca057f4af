import * as z from 'zod/mini'

/** What a function was invoked with doesn't fit; the message names every fault. */
export class RequestError extends Error {
  override name = 'RequestError'
}

/**
 * What a function was invoked with, parsed; nothing is `{}`. Throws RequestError with everything that is wrong, all at once.
 * @param usage what it may be invoked with, for the error
 */
export function parseEvent<Schema extends z.ZodMiniType>(
  schema: Schema,
  event: unknown,
  usage: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(event ?? {})
  if (parsed.success) return parsed.data
  throw new RequestError(`the request doesn't fit: ${z.prettifyError(parsed.error)}\nIt may be: ${usage}`)
}
