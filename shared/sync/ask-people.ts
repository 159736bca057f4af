import pMap from 'p-map'
import { canonicalId } from '../membership/canonical-id.ts'
import { isIn } from '../membership/drift.ts'
import { errorFacts } from './error-facts.ts'
import { inTime } from './in-time.ts'
import type { PutGroupPorts } from './put-group.ts'

/** What came of asking: who is in a name and shouldn't be, and who should be in it and isn't. User ids, as they were asked. */
export interface Asked {
  extra: string[]
  missing: string[]
}

/** No other ring of the name waits longer for what is only looked at, in milliseconds: it can be asked another time. */
export const ANSWER_WITHIN = 3_000
const AT_ONCE = 4

/**
 * Asks the service whether people are in a name, and compares that with its list. Whom it doesn't know isn't counted.
 * Null where it gave no answer.
 */
export async function askPeople(
  { userStore, telemetry, clock }: Pick<PutGroupPorts, 'userStore' | 'telemetry' | 'clock'>,
  name: string,
  members: readonly string[],
  people: readonly string[],
): Promise<Asked | 'no document' | null> {
  const inList = new Set(members.map(canonicalId))
  const ask = async (person: string) => ({ person, groups: await userStore.groupsOf(person) })
  const asking = inTime(clock, pMap(people, ask, { concurrency: AT_ONCE }), ANSWER_WITHIN)
  const answers = await asking.catch((error: unknown) => {
    telemetry.warn('Amazon Q Business did not say who is in a name; nothing is done for it', {
      name,
      ...errorFacts(error),
    })
    return null
  })
  if (answers === null) return null
  if (answers.some(({ groups }) => groups === 'no document')) return 'no document'
  const asked: Asked = { extra: [], missing: [] }
  for (const { person, groups } of answers) {
    const shouldBeIn = inList.has(canonicalId(person))
    const is = Array.isArray(groups) ? isIn(name, groups) : null
    if (is !== null && is !== shouldBeIn) asked[is ? 'extra' : 'missing'].push(person)
  }
  const unknown = answers.filter(({ groups }) => groups === 'unknown').length
  telemetry.count('PeopleAsked', people.length)
  if (unknown > 0) telemetry.count('PeopleUnknown', unknown)
  return asked
}
