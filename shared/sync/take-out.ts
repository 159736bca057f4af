import { canonicalId } from '../membership/canonical-id.ts'
import { EMPTY } from '../membership/member-list.ts'
import { type PutGroupPorts, putGroup } from './put-group.ts'

/**
 * How a name stands after a person was taken out of it: `out` is confirmed by GetGroup, `put` is accepted by PutGroup and not
 * confirmed yet, `in` isn't put: it is tried again by itself at `retryAt`. `took` is in milliseconds.
 */
export interface TakenOut {
  name: string
  is: 'out' | 'put' | 'in'
  took: number
  retryAt: number | null
}

/** So long it is tried, in milliseconds between the tries; after that the functions go on by themselves. */
const AGAIN_AFTER = [500, 1_000, 2_000, 4_000, 8_000, 8_000]

/** Puts a name at once, ahead of the queue, without somebody who was removed by hand. */
export async function takeOut(ports: PutGroupPorts, key: string, user: string): Promise<TakenOut> {
  const { snapshot, clock, doorbells } = ports
  const began = clock.now()
  const id = canonicalId(user)
  let taken: TakenOut | undefined
  for (const wait of [0, ...AGAIN_AFTER]) {
    await clock.sleep(wait)
    await putGroup(ports, key)
    const { ledger } = await snapshot.name(key)
    const isIn = (await snapshot.list(ledger.meant ?? EMPTY)).some((each) => canonicalId(each) === id)
    const isPut = ledger.status === 'accepted' || ledger.status === 'unconfirmed'
    const settled = ledger.status === 'confirmed' ? 'out' : isPut ? 'put' : 'in'
    taken = { name: ledger.name, is: isIn ? 'in' : settled, took: clock.now() - began, retryAt: ledger.retryAt }
    if (taken.is === 'out') return taken
  }
  // What could not be reached is rung: the functions have more time.
  if (taken!.is === 'in') await doorbells.ringNames([key])
  return taken!
}
