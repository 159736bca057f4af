import { seconds } from '../terminal.ts'
import type { Probe, Settling } from './probe.ts'
import { groups, people, SHOWN_WITHIN } from './settle-first.ts'
import type { Put } from './throwaway-groups.ts'

const KNOWN = 'name somebody who has signed in: --person ADDRESS'
/** So many levels of groups are tried. */
const LEVELS = 5
/** After a list is seen to count, so long another may take that was put at the same time, in milliseconds. */
const TOGETHER = 3_000

/** Whether a member without a type is one of the index. */
export function settleAbsentType({ groups: own, report }: Probe, witness: string, document: string): Settling {
  return {
    names: ['absentMemberType'],
    async settle() {
      const [typed, untyped] = [own.name('typed'), own.name('untyped')]
      const outcomes = await Promise.all([
        own.outcome(typed, people(witness)),
        own.outcome(untyped, { memberUsers: [{ userId: witness }] }),
      ])
      if (outcomes.some((outcome) => outcome !== 'taken')) {
        report.leave(['absentMemberType'], 'a list with one person in it is not taken', KNOWN)
        return
      }
      const has = await shownLast(own, witness, document, typed, (names) => names.includes(untyped))
      if (has) report.tell('absentMemberType', 'INDEX', 'a member put without a type counts for documents of the index')
      else
        report.tell(
          'absentMemberType',
          'DATASOURCE',
          `a member put without a type is not shown within ${seconds(TOGETHER)}, one of type INDEX is`,
        )
    },
  }
}

/** How many levels of groups in groups count. */
export function settleNesting({ groups: own, report }: Probe, witness: string, document: string): Settling {
  return {
    names: ['nestingDepth'],
    async settle() {
      const chain = Array.from({ length: LEVELS }, (_, index) => own.name(`level-${index + 1}`))
      const innermost = chain[0]!
      // A group that isn't there may not be taken as a member.
      const puts: Put[] = []
      for (const [index, name] of chain.entries()) {
        puts.push(await own.put(name, index === 0 ? people(witness) : groups(chain[index - 1]!)))
      }
      const taken = puts.filter(({ is }) => is === 'taken')
      const ended = await Promise.all(taken.map((put) => own.ended(put)))
      if (ended.filter(({ end }) => end === 'SUCCEEDED').length < LEVELS) {
        report.leave(['nestingDepth'], 'a list with one person or one group in it is not taken', KNOWN)
        return
      }
      let depth = 0
      await shownLast(own, witness, document, innermost, (names) => {
        const missing = chain.findIndex((name) => !names.includes(name))
        depth = missing < 0 ? LEVELS : missing
        return depth === LEVELS
      })
      if (depth === LEVELS)
        report.tell(
          'nestingDepth',
          `at least ${LEVELS}`,
          `who is in the innermost of ${LEVELS} groups is in all of them; more was not tried`,
        )
      else
        report.tell('nestingDepth', depth, `who is in the innermost of ${LEVELS} groups is shown in ${depth} of them`)
    },
  }
}

/** Whether something is shown of a person, a while after what was put at the same time. Throws OutOfTimeError where that isn't shown. */
async function shownLast(
  own: Probe['groups'],
  person: string,
  document: string,
  control: string,
  isThere: (names: readonly string[]) => boolean,
): Promise<boolean> {
  let since: number | null = null
  return own.wait(
    'CheckDocumentAccess does not show what was put,',
    250,
    async () => {
      const names = await own.of(person, document)
      if (typeof names === 'string' || !names.includes(control)) {
        return null
      }
      if (isThere(names)) return true
      since ??= own.clock.now()
      return own.clock.now() - since >= TOGETHER ? false : null
    },
    SHOWN_WITHIN,
  )
}
