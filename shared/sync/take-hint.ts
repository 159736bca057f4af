import type { ReceivedHint } from '../queue/hint.ts'
import { noteDeliveries } from './deliveries.ts'
import { followUser } from './follow-user.ts'
import { type ReadGroupPorts, readGroup } from './read-group.ts'
import { somethingChanged } from './something-changed.ts'
import { takeInBulk } from './take-in-bulk.ts'

/** Does what a hint asks for: reads a group, follows a user into their groups or leaves them to a reconcile, or starts a reconcile soon. */
export async function takeHint(ports: ReadGroupPorts, hint: ReceivedHint): Promise<void> {
  if (hint.subject === 'group') await readGroup(ports, hint)
  else if (hint.subject === 'user') {
    if (!(await takeInBulk(ports, hint))) await followUser(ports, hint)
  } else await somethingChanged(ports, hint.sentAt)
  // Only now: what is known to have come has led to its look, so that the System Log needn't ring for it.
  await noteDeliveries(ports, hint)
}
