import type { FindingName } from '../../shared/settings/findings.ts'
import type { Clock } from '../../shared/sync/clock.ts'
import type { Report } from './report.ts'
import type { ThrowawayGroups } from './throwaway-groups.ts'

/** What a probe is made of. */
export interface Probe {
  groups: ThrowawayGroups
  report: Report
  clock: Clock
  /** The document by which people's groups are asked; null where the index has none. */
  document: string | null
  /** Somebody who has signed in; null where nobody was named. */
  person: string | null
  /** Somebody who was never seen, another one for each number. */
  personOf(index: number): string
  /** Stops everything that is under way, for this reason. */
  stop(why: Error): void
}

/** Settles some of the things that nobody knows. */
export interface Settling {
  names: FindingName[]
  settle(): Promise<void>
}
