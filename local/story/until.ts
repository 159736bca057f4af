import { setTimeout as wait } from 'node:timers/promises'

/** A condition that didn't come about in time; the message says which, and what was seen instead. */
class NotMetError extends Error {
  override name = 'NotMetError'
}

/** How a wait differs from the usual one, in milliseconds, and how what was seen is said. */
interface UntilOptions<T> {
  patience?: number
  every?: number
  say?: (seen: T) => string
}

/**
 * Looks again and again until what is seen is as it should be, and answers that.
 * @throws NotMetError after `patience`, 20 s unless told
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  isMet: (seen: T) => boolean,
  { patience = 20_000, every = 5, say = JSON.stringify }: UntilOptions<T> = {},
): Promise<T> {
  const end = performance.now() + patience
  for (;;) {
    const seen = await look()
    if (isMet(seen)) return seen
    if (performance.now() >= end) {
      throw new NotMetError(`waited ${patience / 1000} s until ${what}, and saw: ${say(seen)}`)
    }
    await wait(every)
  }
}
