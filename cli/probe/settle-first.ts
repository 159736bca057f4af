import type { GroupMembers } from '@aws-sdk/client-qbusiness'
import { seconds } from '../terminal.ts'
import { deleteAll } from './clean-up.ts'
import type { Probe } from './probe.ts'
import { OutOfTimeError } from './probe-error.ts'
import type { Put, Shown, Watched } from './throwaway-groups.ts'

/** What the first groups told, by which the others are made. */
export interface Known {
  /** Of what kind lists may be made: people whom nobody has ever seen, names of groups, or nobody. */
  kind: 'people' | 'groups' | 'nobody'
  /** Whom CheckDocumentAccess shows in groups; null where it shows nobody. */
  witness: string | null
  /** How long a put was PROCESSING, in milliseconds. */
  processing: number
}

/** So long the first group may take, in milliseconds: the others take as long again, several times. */
const AT_MOST = 90_000
/** After a put that took longer, the first group isn't put once more. */
const PUT_TWICE = 20_000
/** So long CheckDocumentAccess may take to show what a put did, in milliseconds. */
export const SHOWN_WITHIN = 10_000

/** People who can't be anybody: nobody has an address under .invalid (RFC 2606). */
export const people = (...ids: string[]): GroupMembers => ({
  memberUsers: ids.map((userId) => ({ userId, type: 'INDEX' })),
})
export const groups = (...names: string[]): GroupMembers => ({
  memberGroups: names.map((groupName) => ({ groupName, type: 'INDEX' })),
})

/**
 * Makes one group after the other until one is taken, sees how the service tells of it, and deletes it: nothing else is made
 * before that is known to work. Null where no list is taken.
 */
export async function settleFirst(probe: Probe): Promise<Known | null> {
  const { groups: own, clock } = probe
  const stranger = probe.personOf(0)
  const kinds: [Known['kind'], GroupMembers][] = [
    ['people', people(stranger)],
    ['groups', groups(own.name('nowhere'))],
    ['nobody', people()],
  ]
  const { until } = own
  own.until = Math.min(until, clock.now() + AT_MOST)
  for (const [kind, list] of kinds) {
    const put = await own.put(own.name(`first-${kind}`), list)
    const watched = put.is === 'taken' ? await firstOf(probe, put) : null
    if (kind === 'people') tellUnknownUsers(probe, watched)
    if (watched?.end !== 'SUCCEEDED') continue
    await tellTimes(probe, put, list, watched)
    await tellGroupNames(probe, put.name)
    const witness = await tellUnseenPerson(probe, kind === 'people' ? put.name : null, stranger)
    await deleteAgain(probe)
    own.until = until
    return { kind, witness: witness ?? probe.person, processing: watched.doneAfter }
  }
  return null
}

async function firstOf({ groups, report }: Probe, put: Put): Promise<Watched> {
  try {
    return await groups.ended(put, null, 10)
  } catch (error) {
    if (error instanceof OutOfTimeError) {
      report.tell('processingMs', null, error.message, 'probe again when the index is not in maintenance')
    }
    throw error
  }
}

function tellUnknownUsers({ report }: Probe, watched: Watched | null): void {
  if (watched === null)
    report.tell('unknownUsers', 'refused', 'a list with a person never seen is refused (ValidationException)')
  else if (watched.end === 'FAILED')
    report.tell('unknownUsers', 'fails-later', 'a list with a person never seen is taken, and then FAILED')
  else report.tell('unknownUsers', 'taken', 'a list with a person never seen SUCCEEDED')
}

/** How long a put takes to be shown, and to be done. */
async function tellTimes({ groups: own, report, clock }: Probe, put: Put, list: GroupMembers, first: Watched) {
  const wasSeen = first.shown.some(({ status }) => status === 'PROCESSING')
  const done = Math.ceil(first.doneAfter)
  report.tell(
    'processingMs',
    wasSeen ? done : `at most ${Math.max(1, done)}`,
    wasSeen
      ? `a put was PROCESSING for ${seconds(done)}`
      : `a put was done when it was first shown, after ${seconds(done)}`,
  )
  const stale = [first.shownAfter]
  if (first.doneAfter <= PUT_TWICE) {
    const before = first.shown.at(-1)!
    // Whole seconds look alike within one.
    if (before.at % 1_000 === 0) await clock.sleep(1_100)
    const again = await own.put(put.name, list)
    if (again.is === 'taken') stale.push((await own.ended(again, before, 10)).shownAfter)
  }
  const longest = Math.ceil(Math.max(...stale))
  const of = stale.length === 2 ? 'a new group and one that is put again' : 'a new group'
  report.tell(
    'staleStatusMs',
    longest,
    longest === 0
      ? `GetGroup shows a put at once, of ${of}`
      : `GetGroup shows a put ${seconds(longest)} late, of ${of}`,
  )
}

async function tellGroupNames({ groups: own, report }: Probe, name: string): Promise<void> {
  const other = name.replace(/first-.*/, (purpose) => purpose.toUpperCase())
  const shown: Shown | null = await own.shown(other)
  if (shown === null)
    report.tell('groupNames', 'case-sensitive', 'GetGroup does not know a group by its name in other case')
  else report.tell('groupNames', 'case-insensitive', 'GetGroup shows a group by its name in other case too')
}

/** Answers the person never seen, where groups are shown of them. @param name of the group that has them in; null where none has */
async function tellUnseenPerson({ groups: own, report, document }: Probe, name: string | null, stranger: string) {
  if (document === null) {
    report.tell(
      'unseenPerson',
      null,
      'the index has no document by which to ask',
      'put a document into the index by BatchPutDocument, and name it in drift.document',
    )
    return null
  }
  const ask = () => own.of(stranger, document)
  if (name === null) {
    if ((await ask()) === 'not-found')
      report.tell('unseenPerson', 'not-found', 'CheckDocumentAccess answers 404 for a person never seen')
    else
      report.tell(
        'unseenPerson',
        null,
        'nobody unknown can be in a group, so there is nothing to be shown of them',
        'nothing needs to: it makes no difference here',
      )
    return null
  }
  let last = [] as Awaited<ReturnType<typeof ask>>
  const isShown = await own
    .wait(
      '',
      250,
      async () => {
        last = await ask()
        return last.includes(name) ? true : null
      },
      SHOWN_WITHIN,
    )
    .catch((error) => {
      if (error instanceof OutOfTimeError) return false
      throw error
    })
  if (isShown) report.tell('unseenPerson', 'resolved', 'CheckDocumentAccess shows the group of a person never seen')
  else if (last === 'not-found')
    report.tell('unseenPerson', 'not-found', 'CheckDocumentAccess answers 404 for a person never seen')
  else if (last === 'no document')
    report.tell(
      'unseenPerson',
      null,
      'CheckDocumentAccess does not know the document',
      'name another in drift.document',
    )
  else
    report.tell(
      'unseenPerson',
      'empty',
      `CheckDocumentAccess shows no group of a person never seen, within ${seconds(SHOWN_WITHIN)}`,
    )
  return isShown ? stranger : null
}

async function deleteAgain({ groups: own }: Probe): Promise<void> {
  const [left] = await deleteAll(own, own.until)
  if (left !== undefined) throw new OutOfTimeError(`the first group could not be deleted: ${left.why}`)
}
