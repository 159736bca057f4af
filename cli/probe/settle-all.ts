import type { FindingName } from '../../shared/settings/findings.ts'
import { FINDING_NAMES } from '../../shared/settings/findings.ts'
import type { Probe, Settling } from './probe.ts'
import { DeniedError, InterruptedError, OutOfTimeError } from './probe-error.ts'
import { settleFirst } from './settle-first.ts'
import { settleEmptyList, settleLimits } from './settle-lists.ts'
import { settleAbsentType, settleNesting } from './settle-members.ts'
import { putPairs, settleOverlap } from './settle-overlap.ts'
import { tellTimes } from './tell-times.ts'

const NEEDS_WITNESS: FindingName[] = ['overlap', 'absentMemberType', 'nestingDepth']
const AGAIN = 'probe again, when the index is not in maintenance'

/**
 * Settles what can be settled, into the probe's report; of the rest it says why not. The groups are left to be deleted. Throws
 * DeniedError and InterruptedError.
 * @param settled hears how many of how many are told
 */
export async function settleAll(probe: Probe, settled: (count: number, of: number) => void): Promise<void> {
  const { report } = probe
  const count = () => settled(Object.keys(report.found).length, FINDING_NAMES.length)
  report.leave(
    ['recreatedGroup'],
    'only a document that names a group tells whether it knows the group again',
    'put a document of your own with a group in its access list, delete the group, put it again and look',
  )
  const rest: FindingName[] = FINDING_NAMES.filter((name) => name !== 'recreatedGroup')
  await guarded(probe, {
    names: rest,
    async settle() {
      const known = await settleFirst(probe)
      count()
      if (known === null) {
        report.leave(
          rest,
          'no list is taken, neither with people never seen nor with groups nor with nobody',
          'make people known to the index (CreateUser), and name one: --person ADDRESS',
        )
        return
      }
      if (probe.document === null) {
        report.leave(
          NEEDS_WITNESS,
          'the index has no document by which to ask',
          'put a document into the index by BatchPutDocument, and name it in drift.document',
        )
      } else if (known.witness === null) {
        report.leave(
          NEEDS_WITNESS,
          'CheckDocumentAccess shows no groups of people never seen',
          'name somebody who has signed in: --person ADDRESS',
        )
      }
      const pairs = await putPairs(probe, known)
      const { witness } = known
      const { document } = probe
      const all: Settling[] = [settleOverlap(probe, known, pairs), settleEmptyList(probe), settleLimits(probe, known)]
      if (witness !== null && document !== null) {
        all.push(settleAbsentType(probe, witness, document), settleNesting(probe, witness, document))
      }
      await allOf(all.map((each) => guarded(probe, each).finally(count)))
      tellTimes(probe)
    },
  })
  report.leave(rest, 'nothing was seen that tells', AGAIN)
  count()
}

/** Whatever goes wrong with one is why it isn't settled; what ends the whole probe is thrown. */
async function guarded({ report, stop }: Probe, { names, settle }: Settling): Promise<void> {
  try {
    await settle()
  } catch (error) {
    if (error instanceof DeniedError) stop(error)
    if (error instanceof DeniedError || error instanceof InterruptedError) throw error
    const { name, message } = error as Error
    if (error instanceof OutOfTimeError) report.leave(names, message, AGAIN)
    else report.leave(names, `it failed: ${name}`, AGAIN)
  }
}

/** Waits for all of them, also where one fails: nothing may be put when the groups are deleted. */
async function allOf(all: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(all)) if (outcome.status === 'rejected') throw outcome.reason
}
