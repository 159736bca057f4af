import type { Claim } from '../membership/claim.ts'
import type { GroupStatus } from '../membership/confirm.ts'
import { without } from '../membership/diff.ts'
import { afterQuietLook, findingOf, hasEffect, isJudged, suspectsDueAt } from '../membership/drift.ts'
import type { Ledger } from '../membership/ledger.ts'
import { EMPTY } from '../membership/member-list.ts'
import { type Check, peopleToAsk } from '../membership/nightly.ts'
import { ANSWER_WITHIN, askPeople } from './ask-people.ts'
import { givenUp } from './delete-name.ts'
import { errorFacts } from './error-facts.ts'
import { inTime } from './in-time.ts'
import type { PutGroupPorts } from './put-group.ts'
import { askAgain, dayOf, recordDrift, timesOf } from './record-drift.ts'

/** The ledger after a check, and whether the name is to be put anew though nothing is known to differ. */
export interface Checked {
  ledger: Ledger
  refresh: boolean
}

/**
 * Looks whether the user store still has what was put under a name, as far as the service lets anyone see: whether GetGroup
 * shows something newer than when the put was confirmed, and whether people are in it by CheckDocumentAccess.
 *
 * @param check what the night asks; null where only what the row itself asks for is looked at
 */
export async function checkName(
  ports: PutGroupPorts,
  before: Ledger,
  claim: Claim | null,
  check: Check | null,
): Promise<Checked> {
  const ledger = await askAgain(ports, before)
  const refresh = check?.refresh === ledger.meantAt
  if (!isJudged(ledger)) return { ledger, refresh: refresh && !ledger.drift?.mayPut }
  const looked = check === null ? { ledger, refresh } : await lookAtGroup(ports, ledger, claim, refresh)
  if (looked === null) return { ledger, refresh: false }
  if (!isJudged(looked.ledger)) return looked
  return lookAtPeople(ports, looked, check)
}

/** Null where GetGroup gave no answer: the name is asked again the next night. */
async function lookAtGroup(
  ports: PutGroupPorts,
  ledger: Ledger,
  claim: Claim | null,
  refresh: boolean,
): Promise<Checked | null> {
  const { userStore, telemetry, clock } = ports
  const { name } = ledger
  let status: GroupStatus | null
  try {
    status = await inTime(clock, userStore.status(name), ANSWER_WITHIN)
  } catch (error) {
    telemetry.warn('GetGroup gave no answer; whether the name has drifted is asked the next night', {
      name,
      ...errorFacts(error),
    })
    return null
  }
  const found = findingOf(ledger, status)
  if (found === null) return { ledger: afterQuietLook(ledger, clock.now()), refresh }
  if (found === 'gone' && claim === null && ledger.meant === EMPTY) {
    telemetry.info('a name that nobody wants is gone already', { name })
    return { ledger: givenUp(ledger), refresh: false }
  }
  // It may be the end of a put of our own, which may have gone over a later one.
  if (found === 'newer' && ledger.unsureUntil !== null) return { ledger, refresh: true }
  return { ledger: await recordDrift(ports, ledger, found, timesOf(ledger, status)), refresh: false }
}

async function lookAtPeople(ports: PutGroupPorts, { ledger, refresh }: Checked, check: Check | null): Promise<Checked> {
  const { snapshot, telemetry, clock } = ports
  const { name, meant, formerly } = ledger
  const due = suspectsDueAt(ledger)
  const areDue = due !== null && due <= clock.now()
  if (!areDue && (check === null || check.people === 0)) return { ledger, refresh }
  const listOf = (digest: string | null) => snapshot.list(digest ?? EMPTY)
  const members = await listOf(meant)
  const people = areDue ? await listOf(ledger.suspects) : []
  if (check !== null) {
    const elsewhere = [...(await listOf(formerly)), ...(await listOf(check.others))]
    people.push(...without(peopleToAsk(members, without([...new Set(elsewhere)], members), check), people))
  }
  const asked = await askPeople(ports, name, members, people)
  // Whoever was suspected is asked about once more, and no oftener.
  const rest = { ledger: areDue ? { ...ledger, suspects: null } : ledger, refresh }
  if (asked === null) return rest
  if (asked === 'no document') {
    if ((await snapshot.tally(dayOf(clock.now()), 'noDocument')) === 1) telemetry.warn(...noDocument)
    return rest
  }
  const [missing, extra] = [asked.missing.length, asked.extra.length]
  if (missing + extra === 0 || !hasEffect(ledger, clock.now())) return rest
  // A put of our own that went over a later one is no drift, and is put over all the same.
  if (ledger.unsureUntil !== null) return { ...rest, refresh: true }
  return {
    ledger: await recordDrift(ports, ledger, 'members', { asked: people.length, missing, extra }),
    refresh: false,
  }
}

const noDocument = [
  'who is in a name can not be asked: there is no document by which CheckDocumentAccess could be asked',
  { remedy: 'put one with BatchPutDocument, or name another in drift.document; a drift.sample of 0 asks nobody' },
] as const
