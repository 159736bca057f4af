import { canonicalId } from '../membership/canonical-id.ts'
import { EMPTY } from '../membership/member-list.ts'
import { errorFacts } from './error-facts.ts'
import { type PutGroupPorts, putGroup } from './put-group.ts'

/**
 * How a name stands after somebody was taken out of it: `out` is confirmed by GetGroup, `put` is accepted by PutGroup and not
 * confirmed yet, `in` isn't put: it is tried again by itself at `retryAt`. `took` is in milliseconds; `why` names the error of the
 * last try, where there was one.
 */
export interface TakenOut {
  name: string
  is: 'out' | 'put' | 'in'
  took: number
  retryAt: number | null
  why: string | null
}

/** It is tried again after so many milliseconds; after that the functions go on by themselves. */
const AGAIN_AFTER = [500, 1_000, 2_000, 4_000, 8_000, 8_000]
/** What was accepted is asked for its confirmation so often. */
const ASKED = 4

/** Puts a name at once, ahead of the queue, without somebody who was removed by hand. It doesn't throw for what goes wrong. */
export async function takeOut(ports: PutGroupPorts, key: string, user: string): Promise<TakenOut> {
  const { snapshot, clock, doorbells } = ports
  const began = clock.now()
  const id = canonicalId(user)
  let taken: TakenOut | undefined
  for (const [tries, wait] of [0, ...AGAIN_AFTER].entries()) {
    if (taken?.is === 'put' && tries > ASKED) break
    await clock.sleep(wait)
    const why = await putGroup(ports, key).then(() => null, reasonOf)
    const { ledger } = await snapshot.name(key)
    const isIn = (await snapshot.list(ledger.meant ?? EMPTY)).some((each) => canonicalId(each) === id)
    const isPut = ledger.status === 'accepted' || ledger.status === 'unconfirmed'
    const is = isIn ? 'in' : ledger.status === 'confirmed' ? 'out' : isPut ? 'put' : 'in'
    taken = { name: ledger.name, is, took: clock.now() - began, retryAt: ledger.retryAt, why }
    if (is === 'out') return taken
  }
  // The functions have more time.
  if (taken!.is === 'in') await doorbells.ringNames([key])
  return taken!
}

function reasonOf(error: unknown): string {
  const { error: name, kind } = errorFacts(error)
  return String(kind ?? name)
}
