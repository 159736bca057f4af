import { keepCauses } from '../membership/observe.ts'
import { inScope } from '../membership/scope.ts'
import { NO_FAILURES } from '../membership/set-aside.ts'
import type { ReceivedHint } from '../queue/hint.ts'
import { withFailure } from './back-off.ts'
import { errorFacts } from './error-facts.ts'
import { inTime } from './in-time.ts'
import { noteFailure } from './note-failure.ts'
import { Conflict } from './ports.ts'
import { type ReadGroupPorts, TIME_TO_WRITE } from './read-group.ts'
import type { UserRow } from './rows.ts'
import { somethingChanged } from './something-changed.ts'
import { oktaWhat, tellSetAside } from './tell-set-aside.ts'
import { userDueAt } from './user-due-at.ts'

/**
 * Makes a hint about a user into hints about the groups that Okta says they are in. Since Okta's answer may be older than
 * the event, it asks once more a minute later and rings the groups that have come. A user whom Okta doesn't know any more
 * was in groups that nobody can name: that starts a reconcile soon.
 */
export async function followUser(ports: ReadGroupPorts, hint: ReceivedHint): Promise<void> {
  const { directory, snapshot, doorbells, telemetry, clock, rules } = ports
  const row = (await snapshot.user(hint.id)) ?? nobody(hint.id)
  // What rang is over: another event has booked a later look since.
  if (!hint.books && !hint.again && row.version > 0 && userDueAt(row) > clock.now()) return
  const isNews = hint.sentAt > row.newestHint && (hint.books || hint.again)
  const causes = keepCauses([...row.causes, ...hint.causes])
  const newestHint = Math.max(row.newestHint, hint.books ? hint.sentAt : 0)
  const what = oktaWhat('user', hint.id)
  try {
    const deadline = ports.timeLeft() - TIME_TO_WRITE
    const found = await inTime(clock, directory.groupsOfUser(hint.id), deadline).catch((error: unknown) => ({ error }))
    if (found !== null && 'error' in found) {
      telemetry.count('ReadsFailed')
      telemetry.warn("a user's groups could not be read; they are read again later", {
        user: hint.id,
        ...errorFacts(found.error),
      })
      const tries = hint.again ? NO_FAILURES : {}
      const failed = withFailure({ ...row, newestHint, causes, rung: [], ...tries }, clock.now(), found.error)
      await snapshot.putUser(failed)
      return tellSetAside(telemetry, what, row, failed)
    }
    if (found === null) {
      await somethingChanged(ports, hint.sentAt)
      await snapshot.deleteUser(row)
      return tellSetAside(telemetry, what, row, NO_FAILURES)
    }
    const groups = found.filter((group) => inScope(group, rules.scope)).map(({ id }) => id)
    const { books, again, questions } = hint
    const isFirst = isNews || row.failures > 0
    const ring = isFirst ? { books: books || !again, again, questions } : { books: true, again: false, questions: [] }
    const toRing = isFirst ? groups : groups.filter((id) => !row.rung.includes(id))
    await doorbells.ringHints(toRing.map((id) => ({ subject: 'group', id, causes, ...ring })))
    if (isFirst && (ring.books || row.failures > 0)) {
      await snapshot.putUser({ ...row, newestHint, causes, rung: groups, ...NO_FAILURES })
    } else if (!books && !again) await snapshot.deleteUser(row)
    tellSetAside(telemetry, what, row, NO_FAILURES)
  } catch (error) {
    // Another hint about the same user was followed meanwhile; this one is followed again.
    if (error instanceof Conflict) return await doorbells.ringHints([{ ...hint }])
    await noteFailure(async () => {
      const failed = withFailure(row, clock.now(), error)
      if (row.version === 0 || failed === row) return
      await snapshot.putUser(failed)
      tellSetAside(telemetry, what, row, failed)
    })
    throw error
  }
}

function nobody(id: string): UserRow {
  return { id, version: 0, newestHint: 0, causes: [], rung: [], ...NO_FAILURES }
}
