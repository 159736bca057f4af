import type { Ledger } from '../membership/ledger.ts'
import { type Mirror, namesBorne, unread } from '../membership/mirror.ts'
import { type Look, observe } from '../membership/observe.ts'
import { Conflict, type Doorbells, type Snapshot } from './ports.ts'

/** Writes what `next` makes of a group's row; where it was written meanwhile, what it makes of that. Answers the row as it stands. */
export async function updateMirror(snapshot: Snapshot, id: string, next: (before: Mirror) => Mirror): Promise<Mirror> {
  for (;;) {
    const before = (await snapshot.mirror(id)) ?? unread(id)
    const written = await tryToWrite(snapshot, before, next(before))
    if (written !== null) return written
  }
}

/**
 * Writes down a look: the newest read wins. A row that nobody read since this read began is older than it. Where reads
 * overlapped, one with an earlier Date header of Okta's is dropped; otherwise null: what this one would change was not proven
 * against the row as it is now, so the group is to be read again.
 * @param before the row as it was before the read began
 * @param heard adds to a row what the ring said
 * @param hold the ledgers of names whose people are held, to be written with the change
 */
export async function writeLook(
  snapshot: Snapshot,
  before: Mirror,
  look: Look,
  heard: (mirror: Mirror) => Mirror,
  { now, keepFor, hold }: { now: number; keepFor: number; hold: (before: Mirror, after: Mirror) => Promise<Ledger[]> },
): Promise<Mirror | null> {
  for (let base = before; ; base = (await snapshot.mirror(before.id)) ?? unread(before.id)) {
    const overlapped = base.readAt !== before.readAt || base.changes !== before.changes
    if (overlapped && look.readAt >= base.readAt) return null
    const after = overlapped ? heard(base) : observe(heard(base), look, now, keepFor)
    const written = await tryToWrite(snapshot, base, after, await hold(base, after))
    if (written !== null) return written
  }
}

/** Rings the names that are written down to ring, and then crosses them off. `again` rings every name the group bears. */
export async function ringNames(
  { snapshot, doorbells }: { snapshot: Snapshot; doorbells: Doorbells },
  mirror: Mirror,
  again: boolean,
): Promise<boolean> {
  const keys = again ? [...new Set([...mirror.toRing, ...namesBorne(mirror)])] : mirror.toRing
  if (keys.length === 0) return false
  await doorbells.ringNames(keys, again)
  // Where somebody wrote the row meanwhile, they have the same names to ring, and cross them off themselves.
  if (mirror.toRing.length > 0) await tryToWrite(snapshot, mirror, { ...mirror, toRing: [] })
  return true
}

async function tryToWrite(
  snapshot: Snapshot,
  before: Mirror,
  after: Mirror,
  held: Ledger[] = [],
): Promise<Mirror | null> {
  if (JSON.stringify(before) === JSON.stringify(after)) return before
  try {
    await snapshot.putMirror(before, after, held)
    return { ...after, version: before.version + 1 }
  } catch (error) {
    if (error instanceof Conflict) return null
    throw error
  }
}
