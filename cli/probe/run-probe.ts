import type { QBusinessClient } from '@aws-sdk/client-qbusiness'
import type { Clock } from '../../shared/sync/clock.ts'
import type { Place } from '../surroundings.ts'
import { progress, warn } from '../terminal.ts'
import { cleanUp, type Left } from './clean-up.ts'
import { deleteCommand } from './examine-rights.ts'
import type { Probe } from './probe.ts'
import { Report } from './report.ts'
import { settleAll } from './settle-all.ts'
import { interrupted, ThrowawayGroups } from './throwaway-groups.ts'

/** How long a probe may take, and how long it may settle things of that; to delete its groups it takes a minute in any case. */
const [WHOLE, SETTLING, CLEANING] = [300_000, 210_000, 60_000]
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How a probe ended; `why` it didn't run through, null where it did. Milliseconds. */
export interface Ended {
  report: Report
  why: Error | null
  made: number
  left: Left[]
  took: number
}

/** A probe that hasn't made anything yet. @param given.id tells its groups from those of others */
export function makeProbe(
  client: QBusinessClient,
  index: { applicationId: string; indexId: string },
  { clock, id, person }: { clock: Clock; id: string; person: string | null },
): Probe & { id: string } {
  const stopping = new AbortController()
  const { applicationId, indexId } = index
  const given = { clock, id, signal: stopping.signal, until: clock.now() + SETTLING }
  const groups = new ThrowawayGroups(client, { applicationId, indexId }, given)
  const personOf = (number: number) => `probe-${number === 0 ? id : number}@q-group-sync.invalid`
  const stop = (why: Error) => stopping.abort(why)
  return { groups, report: new Report(), clock, document: null, person, personOf, stop, id }
}

/** Settles what it can, and deletes every group that it made, however it ends. */
export async function runProbe(probe: Probe, { settings }: Place): Promise<Ended> {
  const { groups, report, clock } = probe
  const began = clock.now()
  groups.until = began + SETTLING
  const ear = hearSignals(probe, settings.qBusiness)
  const line = progress('Settled')
  let why: Error | null = null
  try {
    await settleAll(probe, line.tell)
  } catch (error) {
    why = error as Error
  }
  line.end()
  const left = await cleanUp(groups, Math.max(began + WHOLE, clock.now() + CLEANING))
  ear.close()
  return { report, why, made: groups.made.size, left, took: clock.now() - began }
}

/** The first signal stops the probe, which deletes its groups then; the second ends it at once, and says what is left. */
function hearSignals({ stop, groups }: Probe, index: { applicationId: string; indexId: string }): { close(): void } {
  let isStopping = false
  const hear = () => {
    if (isStopping) {
      warn('Left behind, as far as they were made:')
      for (const name of groups.there) warn(`    ${deleteCommand(index, name)}`)
      process.exit(1)
    }
    isStopping = true
    warn('Stopping: the throwaway groups are deleted first. Again, and they are left.')
    stop(interrupted())
  }
  for (const signal of SIGNALS) process.on(signal, hear)
  return {
    close() {
      for (const signal of SIGNALS) process.off(signal, hear)
    },
  }
}
