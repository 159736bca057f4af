import type { PlannedName, Rename, StagePlan } from '../shared/membership/stage-plan.ts'
import { planNotes, type Where } from './plan-notes.ts'
import { printable, shortened, styled, time } from './terminal.ts'

/** So many people of a list are shown, unless all are asked for. */
const MOST_PEOPLE = 10
/** The width of names, so that the ids behind them stand in a column. */
const WIDTH = 44

/** A plan for a terminal. */
export function planText(plan: StagePlan, { all, ...where }: Where & { all: boolean }): string {
  const { heading, stopped, settings, summary } = planNotes(plan, where)
  const most = all ? Number.POSITIVE_INFINITY : MOST_PEOPLE
  const blocks = [
    [styled('bold', heading)],
    stopped === null ? [] : [styled('yellow', printable(stopped))],
    settings.map((line, index) => (index === 0 ? styled('yellow', line) : `  ${line}`)),
    ...plan.renames.map(renameLines),
    ...plan.changes.map((name) => nameLines(name, most)),
    plan.unread.map(
      ({ group, name, why }) =>
        `${styled('red', '✗')} ${name === null ? group : `${printable(name)} (${group})`} can't be read now: ${why}`,
    ),
    plan.sum === null
      ? []
      : [
          styled(
            'yellow',
            `All removals together are more than the guard lets go, so every one of them would be held: ${plan.sum.detail}`,
          ),
        ],
    [styled('bold', summary)],
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function renameLines({ group, from, to, until }: Rename): string[] {
  const kept = until === null ? 'wants the empty list' : `is kept in step until ${time(until)}`
  return [
    headed(`${printable(from)} → ${printable(to)}`, group),
    `  ${styled('dim', `renamed: ${printable(from)} ${kept}`)}`,
  ]
}

/** A title with an id behind it. */
function headed(title: string, id: string): string {
  return `${styled('bold', title)}${' '.repeat(Math.max(2, WIDTH - title.length))}${styled('dim', id)}`
}

function nameLines(planned: PlannedName, most: number): string[] {
  const { name, group, joins, leaves, held, wouldHold } = planned
  const list = (ids: readonly string[], mark: string) =>
    shortened(
      ids.map((each) => `${mark} ${printable(each)}`),
      most,
    )
  return [
    headed(printable(name), group ?? 'no group'),
    ...sayings(planned).map(([style, text]) => `  ${styled(style, text)}`),
    ...list(joins, '+').map((line) => `  ${styled('green', line)}`),
    ...list(leaves, '−').map((line) => `  ${styled('red', line)}`),
    ...held.flatMap(({ id: hold, since, people, detail, rejected }) => [
      `  ${styled('yellow', `held since ${time(since)} by hold ${hold}${rejected ? `, and kept in by ${rejected.by}` : ''}: ${detail}`)}`,
      ...list(people, '=').map((line) => `  ${styled('yellow', line)}`),
    ]),
    ...(wouldHold === null
      ? []
      : [
          `  ${styled('yellow', `would be held: ${wouldHold.detail}`)}`,
          ...list(wouldHold.people, '=').map((line) => `  ${styled('yellow', line)}`),
        ]),
  ]
}

/** What is said of a name besides its people. */
export function sayings(planned: PlannedName): ['green' | 'red' | 'yellow' | 'dim', string][] {
  const { isNew, adopts, empties, formerNameOf, putAgain, deletes, deleteAt, refused, doubles, keptOut, joins } =
    planned
  const again = {
    'found putting': 'a put had no answer',
    doubt: 'an older put may still land',
    unconfirmed: 'Amazon Q Business has not confirmed it',
    drift: 'somebody else has changed it',
    refresh: 'it is its turn',
  }
  const said: [boolean, 'green' | 'red' | 'yellow' | 'dim', () => string][] = [
    [adopts, 'yellow', () => 'adopted: the user store has it already, and who is in it can not be asked'],
    [isNew && !adopts && refused === null, 'green', () => (joins.length > 0 ? 'new' : 'new, with nobody in it')],
    [empties, 'red', () => 'emptied'],
    [
      formerNameOf !== null,
      'dim',
      () => `former name of ${printable(formerNameOf!.name)}, kept in step until ${time(formerNameOf!.until)}`,
    ],
    [putAgain !== null, 'dim', () => `the same list is put again: ${again[putAgain!]}`],
    [deletes, 'red', () => 'deleted: no group has wanted it for long'],
    [deleteAt !== null && !deletes, 'dim', () => `no group wants it: to be deleted on ${time(deleteAt!).slice(0, 10)}`],
    [refused !== null, 'red', () => `refused: ${refused!.detail}; ${refused!.remedy}`],
    [
      doubles.length > 0,
      'red',
      () => `refused to ${doubles.join(', ')}, of the same name: rename one of the groups in Okta`,
    ],
    [keptOut.length > 0, 'dim', () => `kept out by hand: ${keptOut.map(printable).join(', ')}`],
  ]
  return said.filter(([is]) => is).map(([, style, text]) => [style, text()])
}
