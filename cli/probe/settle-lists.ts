import type { GroupMembers } from '@aws-sdk/client-qbusiness'
import type { FindingName } from '../../shared/settings/findings.ts'
import type { Probe, Settling } from './probe.ts'
import { OutOfTimeError } from './probe-error.ts'
import { groups, type Known, people } from './settle-first.ts'

/** What AWS says that a list may have. */
const DOCUMENTED = 1_000

const NO_LIMIT_MET = 'one that is over the limit must be known for that'

/** Whether a list with nobody in it is taken. */
export function settleEmptyList({ groups: own, report }: Probe): Settling {
  return {
    names: ['emptyList'],
    async settle() {
      const outcome = await own.outcome(own.name('empty'), people())
      if (outcome === 'taken') report.tell('emptyList', 'taken', 'a list with nobody in it SUCCEEDED')
      else if (outcome === 'refused')
        report.tell('emptyList', 'refused', 'a list with nobody in it is refused (ValidationException)')
      else
        report.tell(
          'emptyList',
          null,
          'a list with nobody in it is taken, and then FAILED',
          'nothing needs to: put-group finds that out by itself, name by name',
        )
    },
  }
}

/** How long a list may be, what it is that counts, and how one is refused that is too long. */
export function settleLimits(probe: Probe, { kind }: Known): Settling {
  const { groups: own, report, person } = probe
  const namesOf = (count: number) => Array.from({ length: count }, (_, index) => own.name(`nowhere-${index}`))
  const peopleOf = (count: number) => Array.from({ length: count }, (_, index) => probe.personOf(index + 1))
  const sized = (count: number) => (kind === 'people' ? people(...peopleOf(count)) : groups(...namesOf(count)))
  const noun = kind === 'people' ? 'people' : 'groups'

  const tried = async (count: number) => {
    const outcome = await own.outcome(own.name(`of-${count}`), sized(count))
    if (outcome !== 'taken') {
      report.tell(
        'overLimit',
        outcome,
        `a list of ${count} ${noun} ${outcome === 'refused' ? 'is refused (ValidationException)' : 'is taken, and then FAILED'}`,
      )
    }
    return outcome === 'taken'
  }

  /** The longest list that is taken, by halving; null where none is. */
  const longest = async () => {
    let [taken, refused] = [kind === 'people' ? 1 : 0, DOCUMENTED]
    try {
      while (refused - taken > 1) {
        const middle = Math.floor((taken + refused) / 2)
        if (await tried(middle)) taken = middle
        else refused = middle
      }
    } catch (error) {
      if (error instanceof OutOfTimeError) {
        report.tell(
          'memberLimit',
          null,
          `a list of ${taken} is taken, one of ${refused} is not, and then time was over`,
          'probe again',
        )
      }
      throw error
    }
    return taken === 0 ? null : taken
  }

  const names: FindingName[] = ['memberLimit', 'overLimit', 'memberLimitCounts']
  return {
    names,
    async settle() {
      if (kind === 'nobody') {
        report.leave(
          names,
          'a list is taken only with nobody in it, or with people who are known',
          'make people known to the index (CreateUser): nothing else tells',
        )
        return
      }
      const [isTaken, isMoreTaken] = await Promise.all([tried(DOCUMENTED), tried(DOCUMENTED + 1)])
      if (isTaken && isMoreTaken) {
        report.tell(
          'memberLimit',
          `at least ${DOCUMENTED + 1}`,
          `lists of ${DOCUMENTED} and of ${DOCUMENTED + 1} ${noun} SUCCEEDED`,
        )
        report.leave(names, `lists of ${DOCUMENTED + 1} are taken`, NO_LIMIT_MET)
        return
      }
      const limit = isTaken ? DOCUMENTED : await longest()
      if (limit === null) {
        report.leave(
          ['memberLimit', 'memberLimitCounts'],
          `not even a list of one of the ${noun} is taken`,
          'make people known to the index (CreateUser): nothing else tells',
        )
        return
      }
      report.tell('memberLimit', limit, `a list of ${limit} ${noun} SUCCEEDED, and none of ${limit + 1}`)
      await settleCounts(limit)
    },
  }

  /** Lists of both, one that is full and one with one more in it, of which only what counts apart can be taken. */
  async function settleCounts(limit: number) {
    if (kind !== 'people' && person === null) {
      report.leave(
        ['memberLimitCounts'],
        'no list with people in it is taken',
        'name somebody who has signed in: --person ADDRESS',
      )
      return
    }
    const mixed = (count: number): GroupMembers =>
      kind === 'people'
        ? { ...people(...peopleOf(count - 1)), ...groups(own.name('nowhere')) }
        : { ...people(person!), ...groups(...namesOf(count - 1)) }
    const [full, over] = await Promise.all([
      own.outcome(own.name('mixed'), mixed(limit)),
      own.outcome(own.name('mixed-over'), mixed(limit + 1)),
    ])
    if (full !== 'taken') {
      report.leave(
        ['memberLimitCounts'],
        `no list of ${limit} people and groups together is taken`,
        'a group that is there, and people who are known',
      )
    } else if (over === 'taken')
      report.tell('memberLimitCounts', 'apart', `a list of ${limit + 1} people and groups together SUCCEEDED`)
    else
      report.tell(
        'memberLimitCounts',
        'together',
        `a list of ${limit} people and groups together SUCCEEDED, and none of ${limit + 1}`,
      )
  }
}
