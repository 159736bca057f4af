import type { Telemetry } from '../shared/sync/ports.ts'

/** What the recipes said, instead of into a log. */
export interface HeardTelemetry extends Telemetry {
  /** The last warning about a name, with the error's kind where there was one. */
  about(name: string): string | undefined
}

export function heardTelemetry(): HeardTelemetry {
  const heard = new Map<string, string>()
  const hear = (message: string, { name, kind, error }: Record<string, unknown> = {}) => {
    if (typeof name === 'string') heard.set(name, error === undefined ? message : `${message} (${kind ?? error})`)
  }
  return { info() {}, count() {}, warn: hear, error: hear, about: (name) => heard.get(name) }
}
