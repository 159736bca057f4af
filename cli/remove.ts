import type { Removed } from '../shared/membership/budget.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'
import { removePerson } from '../shared/sync/remove-person.ts'
import type { TakenOut } from '../shared/sync/take-out.ts'
import { takeOutOfAll } from '../shared/sync/take-out-of-all.ts'
import type { Parts } from './parts.ts'
import { counted, printable, progress, quoted, styled, time, write } from './terminal.ts'
import { DONE, FAILED, type Given, missing, type Verb, wordFaults } from './verb.ts'

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const USUALLY = '24h'
const LONGEST = 365 * 86_400_000

/** Takes one person out of every name this minute. */
export const remove: Verb = {
  about: 'takes a person out of every name at once, and keeps them out until Okta says so too, or for a time',
  usage: ['remove USER --reason TEXT [--for 24h]', 'remove --list [--json]'],
  options: {
    reason: { value: 'TEXT', about: 'why; it is kept with who you are' },
    for: { value: '24h', about: 'for how long at most: minutes, hours or days, as 30m, 24h or 7d; 24h unless told' },
    list: { about: 'lists who is kept out' },
    json: { about: 'the list as one JSON object' },
  },
  faults(given) {
    const { options } = given
    if (options['list']) return wordFaults(given)
    const isTime = millisecondsOf(options['for'] ?? USUALLY) !== null
    const time = isTime ? [] : [`--for ${options['for']} is no time: write 30m, 24h or 7d, a year at most`]
    return [...wordFaults(given, 'USER'), ...missing(given, 'reason'), ...time]
  },
  run: (parts, given) => (given.options['list'] ? list(parts, given) : removeNow(parts, given)),
}

async function removeNow(parts: Parts, { words, options }: Given): Promise<number> {
  const stopped = await parts.check()
  if (stopped !== null) {
    throw new RefusedError(
      `nobody is taken out while ${stopped}. A put replaces a whole list, so all else that waits for a name would go with it: look at q-group-sync plan, and run q-group-sync go first; or take the person's access where they sign in`,
    )
  }
  const by = await parts.caller()
  const user = await userOf(parts, words[0]!)
  const { clock, at } = parts
  const until = clock.now() + millisecondsOf(options['for'] ?? USUALLY)!
  await removePerson(parts, { user, by, reason: String(options['reason']), until })
  write(
    `${styled('bold', printable(user))} is kept out of every name until ${time(until)}, or until Okta has them out too.`,
  )
  const reading = progress('Lists read')
  // Nobody is asked about meanwhile: that would take the time of the names that wait.
  const ports = { ...parts, rules: { ...parts.rules, drift: { ...parts.rules.drift, sample: 0 } } }
  const said = (name: TakenOut) => {
    reading.end()
    write(line(name, parts.telemetry.about(name.name)))
  }
  const taken = await takeOutOfAll(ports, user, { read: reading.tell, done: said }).finally(reading.end)
  const open = taken.filter(({ is }) => is === 'in')
  if (taken.length === 0)
    write(styled('yellow', `No name has ${printable(user)} in: check how it is written, as Amazon Q Business has it.`))
  else if (open.length === 0) write(`Out of ${counted(taken.length, 'name', 'names')}.`)
  else {
    const rest = counted(open.length, 'name', 'names')
    write(
      styled(
        'red',
        `Not out of ${rest} yet, of ${taken.length}: it is tried again by itself. Run this again to try now.`,
      ),
    )
  }
  write(
    styled(
      'dim',
      `Lets them in again: npx q-group-sync restore${at.flag && ` ${at.flag}`} ${quoted(user)} --reason '…'`,
    ),
  )
  return open.length > 0 ? FAILED : DONE
}

function line({ name, is, took, retryAt, why }: TakenOut, heard: string | undefined): string {
  const seconds = `${(took / 1000).toFixed(2)} s`.padStart(8)
  const [mark, what] = {
    out: [styled('green', '✓'), 'out, as GetGroup says'],
    put: [styled('yellow', '…'), 'put; Amazon Q Business works on it, and it is asked again by itself'],
    in: [
      styled('red', '✗'),
      `not out: ${why ?? heard ?? 'a put had no answer'}${retryAt === null ? '' : `; again at ${time(retryAt)}`}`,
    ],
  }[is]
  return `  ${mark} ${seconds}  ${printable(name)}: ${what}`
}

/** Who it is: a user id as in Amazon Q Business, or what Okta says of one of its own ids. */
async function userOf({ okta, rules }: Parts, word: string): Promise<string> {
  if (!/^00u\w{17}$/.test(word)) return word
  const user = await (await okta()).userId(word)
  if (user !== null) return user
  throw new RefusedError(
    `Okta has no user ${word} with a profile.${rules.members.attribute}: give the id that Amazon Q Business knows them by`,
  )
}

async function list({ check, snapshot, clock }: Parts, { options }: Given): Promise<number> {
  await check()
  const { removed } = await snapshot.budget()
  const now = removed.filter(({ until }) => until > clock.now())
  if (options['json']) write(JSON.stringify({ removed: now.map(facts) }, null, 2))
  else if (now.length === 0) write('Nobody is kept out by hand.')
  for (const { id, until, at, by, reason } of options['json'] ? [] : now) {
    write(`${styled('bold', printable(id))}  until ${time(until)}`)
    write(styled('dim', `  by ${by} at ${time(at)}: “${printable(reason)}”`))
  }
  return DONE
}

function facts({ id, at, until, by, reason }: Removed) {
  return { user: id, at: new Date(at).toISOString(), until: new Date(until).toISOString(), by, reason }
}

function millisecondsOf(text: string | true): number | null {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(String(text)) ?? []
  const milliseconds = Number(count) * UNITS[unit ?? '']!
  return milliseconds > 0 && milliseconds <= LONGEST ? milliseconds : null
}
