import { reduce, without } from '../membership/diff.ts'
import { digestOf, EMPTY } from '../membership/member-list.ts'
import { desiredOf } from '../membership/plan.ts'
import { decideHold, findHold, type HoldRequest } from './decide-hold.ts'
import { type ReadGroupPorts, readGroup } from './read-group.ts'
import { keyOf, readName } from './read-name.ts'
import { RefusedError } from './refused-error.ts'

/** Who was let go, and who of the hold wasn't, since Okta has them in again. User ids. */
export interface Approval {
  letGo: string[]
  backIn: string[]
}

/**
 * Lets the people of a hold go who are still out in Okta, which is asked anew: they leave with the name's next put. One more
 * person isn't let go with them. It is used once, and kept with who did it and why.
 * Throws RefusedError where the hold isn't there, nobody of it is out any more, or Okta can't be asked.
 */
export async function approveHold(
  ports: ReadGroupPorts & { newId(): string },
  request: HoldRequest,
): Promise<Approval> {
  const { snapshot, doorbells, clock, newId } = ports
  const { name } = request
  const key = await keyOf(snapshot, name)
  const { ledger, claim: before } = await readName(snapshot, key)
  const people = await snapshot.list((await findHold(snapshot, ledger, name, request.hold)).people)
  const owner = before?.owner ?? ledger.owner
  if (owner !== null) await askOkta(ports, owner)
  let letGo: string[] = []
  await decideHold(
    { snapshot, now: clock.now },
    request,
    'approve',
    async (row, hold) => {
      const listOf = (digest: string | null) => snapshot.list(digest ?? EMPTY)
      const [meant, wanted] = [await listOf(row.ledger.meant), await listOf(desiredOf(row.ledger, row.claim))]
      letGo = reduce(without(meant, wanted), await listOf(hold.people))
      if (letGo.length === 0)
        throw new RefusedError(`hold ${hold.id} of “${name}” is over: nobody of it is still out in Okta`)
      // Another hold may have been approved that isn't put yet.
      const { approval, holds } = row.ledger
      const before = await listOf(approval?.people ?? null)
      const all = [...before, ...without(letGo, before)].sort()
      const [digest, digestOfAll] = [digestOf(letGo), digestOf(all)]
      await Promise.all([snapshot.putList(digest, letGo), snapshot.putList(digestOfAll, all)])
      const ids = [...(approval?.holds ?? []), hold.id]
      return {
        ledger: {
          ...row.ledger,
          holds: holds.filter(({ id }) => id !== hold.id),
          approval: { holds: ids, people: digestOfAll, at: clock.now() },
        },
        record: { people: digest, count: letGo.length },
      }
    },
    newId,
  )
  await doorbells.ringNames([key])
  return { letGo, backIn: without(people, letGo) }
}

/** Okta is asked what the group is now, so that “still out” is true. */
async function askOkta(ports: ReadGroupPorts & { newId(): string }, id: string): Promise<void> {
  const causes = [{ id: ports.newId(), type: 'by hand' }]
  const ring = { id, books: false, again: true, causes, questions: [], sentAt: 0 }
  if ((await readGroup(ports, ring)) !== 'not read') return
  throw new RefusedError(
    `Okta could not be asked who is in group ${id} now: nobody is let go by what was true before; try again`,
  )
}
