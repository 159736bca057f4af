import { vi } from 'vitest'

type Line = Record<string, unknown> & { message?: string }

/**
 * Hears what the functions of this process say, as CloudWatch would get it: log lines and metrics. To be called before
 * they are composed.
 */
export function hearFunctions() {
  Object.assign(process.env, {
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  })
  let lines: Line[] = []
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(JSON.parse(String(line))))
  }
  return {
    forget: () => {
      lines = []
    },
    /** The log lines that say this. */
    said: (text: string) => lines.filter(({ message }) => message?.includes(text)),
    /** The sum of a metric, in all functions or one. */
    counted: (metric: string, service?: string) =>
      lines
        .filter((line) => '_aws' in line && (service === undefined || line['service'] === service))
        .flatMap((line) => line[metric] ?? 0)
        .reduce((sum: number, value) => sum + Number(value), 0),
  }
}
