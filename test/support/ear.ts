/** A line that a function has logged, with its facts; or metrics, under `_aws`. */
export type Line = Record<string, unknown> & { level?: string; message?: string; service: string }

/**
 * Hears what the functions of this process say, as CloudWatch would get it: log lines from INFO, and metrics. To be called
 * before they are composed, since they take the level from the environment then.
 */
export function hearFunctions() {
  Object.assign(process.env, { POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_LOG_LEVEL: 'INFO' })
  let lines: Line[] = []
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...given: unknown[]) => boolean
    const hear = (chunk: unknown, ...more: unknown[]) => {
      const line = lineIn(chunk)
      if (line === undefined) return write(chunk, ...more)
      lines.push(line)
      return true
    }
    stream.write = hear as typeof stream.write
  }
  return {
    forget: () => {
      lines = []
    },
    /** How much was heard so far. */
    heard: () => lines.length,
    /** The log lines since so much was heard. */
    lines: (since = 0) => lines.slice(since).filter((line) => !('_aws' in line)),
    /** The log lines that say this. */
    said: (text: string) => lines.filter(({ message }) => message?.includes(text)),
    /** The sum of a metric, in all functions or one; one that was counted several times in an invocation is a list. */
    counted: (metric: string, service?: string) =>
      lines
        .filter((line) => '_aws' in line && (service === undefined || line.service === service))
        .flatMap((line) => line[metric] ?? 0)
        .reduce((sum: number, value) => sum + Number(value), 0),
    /** All of it, as it was written. */
    text: () => lines.map((line) => JSON.stringify(line)).join('\n'),
  }
}

/** The line that a chunk is; undefined for what somebody else writes. */
function lineIn(chunk: unknown): Line | undefined {
  if (typeof chunk !== 'string' || !chunk.startsWith('{')) return undefined
  try {
    const line = JSON.parse(chunk)
    return typeof line.service === 'string' ? line : undefined
  } catch {
    return undefined
  }
}
