import type { Identity, Switched } from './rows.ts'
import type { Rules } from './rules.ts'

/** Whether puts are made: `observe` as long as nobody has let a new stage go, `stop` while somebody has stopped them. */
export type Mode = { is: 'observe' } | { is: 'put' | 'stop'; said: Switched | null }

/** What counts: what a person said last, or else the settings. */
export function modeOf(table: Pick<Identity, 'puts'> | null, setting: Rules['mode']): Mode {
  const said = table?.puts ?? null
  if (said !== null) return { is: said.to === 'go' ? 'put' : 'stop', said }
  return setting === 'put' ? { is: 'put', said } : { is: 'observe' }
}

/** Why nothing is put; null where it is. */
export function whyNoPut(mode: Mode): string | null {
  if (mode.is === 'put') return null
  if (mode.is === 'observe') return 'this stage only observes: nothing was put yet'
  const { by, reason, at } = mode.said!
  const since = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `puts are stopped since ${since} UTC, by ${by} (“${reason}”)`
}
