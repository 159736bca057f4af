import type { PlannedName, StagePlan } from '../shared/membership/stage-plan.ts'
import { planNotes, type Where } from './plan-notes.ts'
import { sayings } from './plan-text.ts'
import { people, printable, time } from './terminal.ts'

/** A plan for a pull request or a ticket: everybody is in it, folded in where there are many. */
export function planMarkdown(plan: StagePlan, where: Where): string {
  const { heading, stopped, settings, summary } = planNotes(plan, where)
  const [note, ...lines] = settings
  const rows = plan.changes.map(
    ({ name, group, joins, leaves, held, wouldHold, ...rest }) =>
      `| ${code(name)} | ${group === null ? '' : code(group)} | ${joins.length} | ${leaves.length} | ${
        held.reduce((sum, hold) => sum + hold.people.length, 0) + (wouldHold?.people.length ?? 0)
      } | ${sayings({ name, group, joins, leaves, held, wouldHold, ...rest })
        .map(([, text]) => escaped(text))
        .join('; ')} |`,
  )
  const blocks = [
    [`## ${escaped(heading)}`],
    stopped === null ? [] : [`**${escaped(stopped)}**`],
    [escaped(summary)],
    note === undefined ? [] : [`**${escaped(note)}**`, '', ...lines.map((line) => `- ${code(line)}`)],
    rows.length === 0 ? [] : ['| name | group | + | − | held | |', '|---|---|--:|--:|--:|---|', ...rows],
    plan.renames.map(
      ({ group, from, to, until }) =>
        `- ${code(group)} is renamed: ${code(from)} → ${code(to)}${until === null ? '' : `, ${code(from)} kept in step until ${time(until)}`}`,
    ),
    plan.sum === null
      ? []
      : [
          `**All removals together are more than the guard lets go, so every one of them would be held:** ${escaped(plan.sum.detail)}`,
        ],
    plan.unread.map(
      ({ group, name, why }) =>
        `- ${name === null ? code(group) : `${code(name)} (${code(group)})`} can't be read now: ${escaped(why)}`,
    ),
    ...plan.changes.flatMap(lists),
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

function lists({ name, joins, leaves, held, wouldHold }: PlannedName): string[][] {
  const parts: [string, readonly string[]][] = [
    [`${people(joins.length)} would join`, joins.map((id) => `+ ${id}`)],
    [`${people(leaves.length)} would leave`, leaves.map((id) => `- ${id}`)],
    ...held.map((hold): [string, string[]] => [
      `hold ${hold.id} keeps ${people(hold.people.length)} in since ${time(hold.since)}${hold.rejected ? `, by ${hold.rejected.by}` : ''}: ${hold.detail}`,
      hold.people.map((id) => `! ${id}`),
    ]),
    [
      `${people(wouldHold?.people.length ?? 0)} would be held: ${wouldHold?.detail}`,
      (wouldHold?.people ?? []).map((id) => `! ${id}`),
    ],
  ]
  return parts
    .filter(([, ids]) => ids.length > 0)
    .map(([title, ids]) => [
      `<details><summary>${html(`${printable(name)}: ${title}`)}</summary>`,
      '',
      fenced(ids.map(printable)),
      '',
      '</details>',
    ])
}

/** A code block with a fence that is longer than any run of backticks in it. */
function fenced(lines: readonly string[]): string {
  const fence = '`'.repeat(Math.max(3, ...backticks(lines.join('\n')).map((count) => count + 1)))
  return [`${fence}diff`, ...lines, fence].join('\n')
}

/** A code span; in a table, a bar must be escaped even there. */
function code(text: string): string {
  const safe = printable(text).replaceAll('|', '\\|')
  const fence = '`'.repeat(Math.max(0, ...backticks(safe)) + 1)
  const pad = safe.startsWith('`') || safe.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${safe}${pad}${fence}`
}

function backticks(text: string): number[] {
  return (text.match(/`+/g) ?? []).map((run) => run.length)
}

function escaped(text: string): string {
  return printable(text).replace(/[\\`*_[\]<>|#&~]/g, (mark) => `\\${mark}`)
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
