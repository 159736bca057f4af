import { type HeldPeople, listHolds } from '../shared/sync/list-holds.ts'
import { counted, duration, printable, quoted, shortened, styled, time, write } from './terminal.ts'
import { DONE, TO_DO, type Verb, wordFaults } from './verb.ts'

/** So many people of a hold are shown, unless all are asked for. */
const MOST_PEOPLE = 10

/** Who is held, where, why and since when. */
export const held: Verb = {
  about: 'lists who is out in Okta and held in a name, the oldest first; exit status 3 where there is somebody',
  usage: ['held [--json] [--all]'],
  options: { json: { about: 'as one JSON object' }, all: { about: 'shows everybody of long lists' } },
  faults: (given) => wordFaults(given),
  async run({ check, snapshot, clock, at }, { options }) {
    await check()
    const holds = await listHolds(snapshot)
    if (options['json']) write(JSON.stringify({ holds: holds.map(facts) }, null, 2))
    else write(heldText(holds, { now: clock.now(), flag: at.flag, all: options['all'] === true }))
    return holds.length > 0 ? TO_DO : DONE
  },
}

function facts({ name, group, hold, people: ids }: HeldPeople) {
  const { id, since, axis, detail, rejected } = hold
  return { name, group, hold: id, since: new Date(since).toISOString(), axis, detail, rejected, people: ids }
}

/** The holds for a terminal. */
export function heldText(
  holds: readonly HeldPeople[],
  { now, flag, all }: { now: number; flag: string; all: boolean },
): string {
  if (holds.length === 0) return 'Nobody is held.'
  const most = all ? Number.POSITIVE_INFINITY : MOST_PEOPLE
  const count = holds.reduce((sum, { people: ids }) => sum + ids.length, 0)
  const total = `${count} held in ${counted(new Set(holds.map(({ name }) => name)).size, 'name', 'names')}.`
  return [...holds.map((one) => block(one, now, flag, most)), styled('bold', total)].join('\n\n')
}

function block({ name, group, hold, people: ids }: HeldPeople, now: number, flag: string, most: number): string {
  const { id, since, detail, rejected } = hold
  const command = (verb: string) =>
    styled('cyan', `npx q-group-sync ${verb}${flag && ` ${flag}`} ${quoted(printable(name))} --hold ${id} --reason '…'`)
  return [
    `${styled('bold', printable(name))}  hold ${id}  ${styled('dim', `${group ?? 'no group'}, for ${duration(now - since)}, since ${time(since)}`)}`,
    `  ${styled('yellow', detail)}`,
    ...shortened(
      ids.map((each) => `− ${printable(each)}`),
      most,
    ).map((line) => `  ${styled('red', line)}`),
    ...(rejected === null
      ? [
          `  ${ids.length === 1 ? 'lets them' : 'lets these'} go:  ${command('approve')}`,
          `  keeps them in:  ${command('reject')}`,
        ]
      : [
          `  kept in by ${rejected.by} at ${time(rejected.at)}: “${printable(rejected.reason)}”`,
          `  lets them go after all:  ${command('approve')}`,
        ]),
  ].join('\n')
}
