import type { GroupMembers } from '@aws-sdk/client-qbusiness'
import type { FindingName } from '../../shared/settings/findings.ts'
import { seconds } from '../terminal.ts'
import type { Probe, Settling } from './probe.ts'
import { groups, type Known, people, SHOWN_WITHIN } from './settle-first.ts'
import { isAtRest, isEnd, type Put, type Shown } from './throwaway-groups.ts'

interface Pair {
  first: Put
  second: Put
  /** Whether the witness is in the list that was put later. */
  laterHas: boolean
}

const PAIRS = 4
/** After the first of two puts is done, so long the other may take, in milliseconds: where the history tells of it, and where not. */
const [OTHER_TOLD, OTHER_DONE] = [60_000, 3_000]

/** Puts two lists right after one another, before anything else takes time. */
export async function putPairs(probe: Probe, { kind, witness }: Known): Promise<Pair[]> {
  const { groups: own } = probe
  const other =
    kind === 'people' ? people(probe.personOf(1)) : kind === 'groups' ? groups(own.name('nowhere')) : people()
  const withWitness: GroupMembers = witness === null ? other : people(witness)
  const pairs: Pair[] = []
  for (let index = 0; index < PAIRS; index++) {
    const name = own.name(`twice-${index + 1}`)
    const laterHas = index % 2 === 0
    const first = await own.put(name, laterHas ? other : withWitness)
    pairs.push({ first, second: await own.put(name, laterHas ? withWitness : other), laterHas })
  }
  return pairs
}

/** Whether a put is taken while another is being worked on, and which of the two counts in the end. */
export function settleOverlap(probe: Probe, known: Known, pairs: readonly Pair[]): Settling {
  const { groups: own, report, document } = probe
  const { witness } = known
  const names: FindingName[] = ['putWhileProcessing', 'overlap']
  return {
    names,
    async settle() {
      if (pairs.some(({ second }) => second.is === 'conflict')) {
        report.tell('putWhileProcessing', 'conflict', 'a put is refused while one is PROCESSING (ConflictException)')
        report.tell('overlap', null, 'no put is taken while one is PROCESSING', 'nothing needs to: puts never overlap')
        return
      }
      const last = await Promise.all(pairs.map(({ second }) => bothDone(probe, second.name, known)))
      const gap = Math.max(...pairs.map(({ first, second }) => second.answeredAt - first.sentAt))
      if (!last.some((shown) => overlapped(shown) ?? gap < known.processing)) {
        report.leave(
          names,
          `a put is done before another can be sent, ${seconds(gap)} later`,
          'probe again from where the way to AWS is shorter',
        )
        return
      }
      report.tell('putWhileProcessing', 'taken', `a put is taken ${seconds(gap)} after another, which was PROCESSING`)
      if (witness === null || document === null) return
      report.tell('overlap', ...(await orderOf(witness, document)))
    },
  }

  async function orderOf(person: string, file: string): Promise<['in-order' | 'reversed', string]> {
    const side = await own.wait(
      'CheckDocumentAccess shows of two lists now the one, now the other, still',
      250,
      async () => {
        const names = await own.of(person, file)
        const laterCounts = pairs.map(({ second, laterHas }) => names.includes(second.name) === laterHas)
        if (laterCounts.every(Boolean)) return 'in-order'
        return laterCounts.some(Boolean) ? null : 'reversed'
      },
      SHOWN_WITHIN,
    )
    const which = side === 'in-order' ? 'later' : 'earlier'
    return [side, `of two lists put right after one another, the ${which} one counts, in ${PAIRS} of ${PAIRS} groups`]
  }
}

/** What GetGroup shows when both puts of a group are done. */
async function bothDone({ groups: own, clock }: Probe, name: string, { processing }: Known): Promise<Shown> {
  let since: number | null = null
  return own.wait(`a put of ${name} is still PROCESSING`, 50, async () => {
    const shown = await own.shown(name)
    if (shown === null || !isEnd(shown)) return null
    since ??= clock.now()
    const isToldOf = shown.history.length > 1
    if (isToldOf && isAtRest(shown)) return shown
    return clock.now() - since >= Math.max(isToldOf ? OTHER_TOLD : OTHER_DONE, 2 * processing) ? shown : null
  })
}

/** Whether the second put came before the first was done; null where the history doesn't tell. */
function overlapped({ history }: Shown): boolean | null {
  if (history.length < 3) return null
  const oldestFirst = isEnd(history[0]!) ? history.toReversed() : history
  const firstEnd = oldestFirst.findIndex(isEnd)
  return oldestFirst.slice(0, firstEnd).length >= 2
}
