import pMap from 'p-map'
import { namesWith } from './names-with.ts'
import type { PutGroupPorts } from './put-group.ts'
import { type TakenOut, takeOut } from './take-out.ts'

/** What Amazon Q Business takes at once isn't published. */
const AT_ONCE = 8

/**
 * Takes somebody who was removed by hand out of every name that has them, right now. Twice: the index that says who is where
 * may be behind what was put just before they were removed.
 * @param told hears how many lists are read, and of each name as it is done
 */
export async function takeOutOfAll(
  ports: PutGroupPorts,
  user: string,
  told: { read(done: number, of: number): void; done(name: TakenOut): void },
): Promise<TakenOut[]> {
  const known = new Map<string, boolean>()
  const taken = new Map<string, TakenOut>()
  for (let pass = 0; pass < 2; pass++) {
    const names = await namesWith(ports.snapshot, user, known, told.read)
    const take = async ({ key }: { key: string }) => {
      const name = await takeOut(ports, key, user)
      taken.set(key, name)
      told.done(name)
    }
    await pMap(
      names.filter(({ key }) => !taken.has(key)),
      take,
      { concurrency: AT_ONCE },
    )
  }
  return [...taken.values()]
}
