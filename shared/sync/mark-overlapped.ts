import { Conflict, type Snapshot } from './ports.ts'

/**
 * Notes that a put was sent by a function that had lost the name to another: it may have gone over the other's. The name
 * counts as one whose put had no answer, so that it is put again with what is wanted now. Ours it is in any case: what
 * was put may have made a name anew that was given up meanwhile.
 */
export async function markOverlapped(snapshot: Snapshot, key: string, now: number): Promise<void> {
  const overlapped = {
    status: 'putting',
    ours: true,
    meantAt: now,
    retryAt: null,
    doubt: { since: now, puts: 0 },
  } as const
  for (;;) {
    const { ledger } = await snapshot.name(key)
    try {
      await snapshot.putLedger({ ...ledger, ...overlapped })
      return
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}
