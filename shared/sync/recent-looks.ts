import type { RawMember } from '../membership/member-list.ts'
import type { Mirror } from '../membership/mirror.ts'
import type { Question } from '../queue/hint.ts'

/** A group isn't read more often than this, in milliseconds. */
const LEAST_INTERVAL = 1_000
/** How many groups are remembered. */
const MOST_GROUPS = 50

interface RecentLook {
  readAt: number
  changes: number
  beganAt: number
  /** Statuses by Okta user id; null where the group was out of scope, so that its members weren't read. */
  statuses: Map<string, string> | null
}

/**
 * The last looks of this process, so that a burst of events costs a few reads. It is for speed only: an empty one is right
 * too, since every event books a look a minute later.
 */
export class RecentLooks {
  readonly #looks = new Map<string, RecentLook>()
  readonly #counting: readonly string[]

  /** @param counting the statuses of a user that count */
  constructor(counting: readonly string[]) {
    this.#counting = counting
  }

  remember(mirror: Mirror, beganAt: number, raw: readonly RawMember[] | null): void {
    const statuses = raw === null ? null : new Map(raw.map(({ id, status }) => [id, status]))
    this.#looks.delete(mirror.id)
    this.#looks.set(mirror.id, { readAt: mirror.readAt, changes: mirror.changes, beganAt, statuses })
    if (this.#looks.size > MOST_GROUPS) this.#looks.delete(this.#looks.keys().next().value!)
  }

  /** Whether the mirror was written by the look that is remembered, or by one that saw the same. */
  isOf(mirror: Mirror): boolean {
    const look = this.#looks.get(mirror.id)
    return look !== undefined && look.readAt === mirror.readAt && look.changes === mirror.changes
  }

  /** Okta's Date header when the last look began, epoch milliseconds; 0 for none. */
  readAt(id: string): number {
    return this.#looks.get(id)?.readAt ?? 0
  }

  /** Whether the last look shows what all the questions say. */
  shows(id: string, questions: readonly Question[]): boolean {
    const look = this.#looks.get(id)
    if (look === undefined) return false
    return look.statuses === null || questions.every((question) => this.#isShown(look.statuses!, question))
  }

  #isShown(statuses: Map<string, string>, { user, says }: Question): boolean {
    const status = statuses.get(user)
    if (says === 'added') return status !== undefined
    if (says === 'removed') return status === undefined
    const counts = status !== undefined && this.#counting.includes(status)
    // Somebody who isn't in the group at all neither contradicts `on` nor `off`.
    return status === undefined || counts === (says === 'on')
  }

  /** Milliseconds to wait before the group may be read again. `now` is the clock that `beganAt` was taken from. */
  pause(id: string, now: number): number {
    const look = this.#looks.get(id)
    return look === undefined ? 0 : Math.max(0, look.beganAt + LEAST_INTERVAL - now)
  }
}
