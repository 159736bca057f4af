import { DeniedError } from './probe-error.ts'
import { isAtRest, isEnd, type ThrowawayGroups } from './throwaway-groups.ts'

/** A group of a probe that couldn't be deleted. */
export interface Left {
  name: string
  why: string
}

/** Between two tries, in milliseconds. */
const [LEAST, MOST] = [50, 2_000]
/** So long before the end it is no longer waited for puts to be done, in milliseconds. */
const LAST_TRIES = 30_000
/** So long a group may take to be shown, and another put of one that is done. */
const [SHOWN_LATE, OTHER_PUT] = [5_000, 30_000]

/**
 * Deletes every group that a probe may have put, and looks whether they are gone; who stops the probe doesn't stop this.
 * Answers those that aren't.
 * @param until epoch milliseconds
 */
export async function cleanUp(groups: ThrowawayGroups, until: number): Promise<Left[]> {
  const left = await deleteAll(groups, until)
  // GetGroup may show late what was put, and a put without an answer may come late.
  return left.length > 0 || groups.made.size === 0 ? left : listedStill(groups, until)
}

/** The same by what GetGroup shows alone: to list the groups of a large index takes long. */
export async function deleteAll(groups: ThrowawayGroups, until: number): Promise<Left[]> {
  const all = await Promise.all([...groups.there].map((name) => remove(groups, name, until)))
  const left = all.filter((one) => one !== null)
  if (left.length === 0) groups.there.clear()
  return left
}

async function remove(groups: ThrowawayGroups, name: string, until: number): Promise<Left | null> {
  const began = groups.clock.now()
  let [isDeleted, why] = [false, '']
  for (let wait = LEAST; ; wait = Math.min(MOST, wait * 1.5)) {
    try {
      // Who may not look may still delete.
      const shown = await groups.shown(name).catch(unlessDenied)
      if (isDeleted && (shown === null || shown?.status === 'DELETED')) return null
      why = `GetGroup shows it as ${shown?.status ?? 'not there'}`
      // A put that lands after its group was deleted would bring it back.
      const patience = shown === null ? SHOWN_LATE : shown && isEnd(shown) ? OTHER_PUT : until
      const waitsUntil = Math.min(until - LAST_TRIES, began + patience)
      const mayDelete = isDeleted || shown === undefined || isAtRest(shown) || groups.clock.now() >= waitsUntil
      if (mayDelete && shown?.status !== 'DELETING') {
        const deleted = await groups.delete(name)
        if (deleted === 'gone' && !shown) return null
        if (deleted === 'busy') why = `DeleteGroup is refused, since it is ${shown?.status ?? 'busy'}`
        else isDeleted = true
      }
    } catch (error) {
      why = (error as Error).message
      if (error instanceof DeniedError) return { name, why }
    }
    if (groups.clock.now() >= until) return { name, why }
    await groups.clock.sleep(wait)
  }
}

function unlessDenied(error: Error): undefined {
  if (error instanceof DeniedError) return undefined
  throw error
}

async function listedStill(groups: ThrowawayGroups, until: number): Promise<Left[]> {
  for (let wait = LEAST; ; wait = Math.min(MOST, wait * 1.5)) {
    let names: string[]
    try {
      names = await groups.listed('this')
    } catch (error) {
      return [...groups.there].map((name) => ({
        name,
        why: `whether it is gone can't be seen: ${(error as Error).message}`,
      }))
    }
    if (names.length === 0) return []
    const left = await Promise.all(names.map((name) => remove(groups, name, until)))
    const late = left.filter((one) => one !== null)
    if (late.length > 0) return late
    if (groups.clock.now() >= until) return names.map((name) => ({ name, why: 'ListGroups still shows it' }))
    await groups.clock.sleep(wait)
  }
}
