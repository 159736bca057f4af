/** A line that a function has logged, with its facts. */
export interface Line {
  level: string
  message: string
  service: string
  [fact: string]: unknown
}

/** What the functions of this process have told so far, as it would go to CloudWatch. */
export interface Told {
  lines: Line[]
  /** Every byte of it. */
  text(): string
  /** The sum of a metric. */
  count(metric: string): number
}

/**
 * Listens to what the functions of this process log (from INFO) and count, by Powertools and its formats, from now on. To be
 * called before they are composed, since they take the level from the environment then.
 */
export function listen(): Told {
  Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'INFO', POWERTOOLS_METRICS_DISABLED: 'false' })
  const lines: Line[] = []
  const chunks: string[] = []
  const counts = new Map<string, number>()
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...given: unknown[]) => boolean
    stream.write = ((chunk: unknown, ...more: unknown[]) => {
      const told = objectIn(chunk)
      if (told === undefined) return write(chunk, ...more)
      chunks.push(String(chunk))
      if ('_aws' in told) for (const [metric, value] of Object.entries(told)) add(metric, value)
      else lines.push(told as Line)
      return true
    }) as typeof stream.write
  }
  return { lines, text: () => chunks.join(''), count: (metric) => counts.get(metric) ?? 0 }

  /** A metric that was counted several times in one invocation is a list. */
  function add(metric: string, value: unknown): void {
    for (const one of [value].flat()) {
      if (typeof one === 'number') counts.set(metric, (counts.get(metric) ?? 0) + one)
    }
  }
}

/** The log line or the metrics that a chunk is; undefined for what somebody else writes. */
function objectIn(chunk: unknown): Record<string, unknown> | undefined {
  if (typeof chunk !== 'string' || !chunk.startsWith('{')) return undefined
  try {
    const object = JSON.parse(chunk)
    return 'service' in object ? object : undefined
  } catch {
    return undefined
  }
}
