import type { StagePlan } from '../shared/membership/stage-plan.ts'
import { counted, time } from './terminal.ts'

/** Where a plan is of, for people and after a verb of the command. */
export interface Where {
  name: string
  flag: string
}

/** What every printer of a plan says in words: its heading, what there is to know of the settings, and its sum. */
export function planNotes(
  plan: StagePlan,
  where: Where,
): { heading: string; stopped: string | null; settings: string[]; summary: string } {
  const heading = `Plan of ${where.name}, ${time(plan.at)}. Nothing was written.`
  const stopped =
    plan.stopped === null
      ? null
      : `Nothing of it is put before npx q-group-sync go${where.flag && ` ${where.flag}`}: ${plan.stopped}.`
  return { heading, stopped, settings: settingsNotes(plan, where), summary: summaryNote(plan) }
}

function settingsNotes({ settings: { fingerprint, differences } }: StagePlan, { flag }: Where): string[] {
  if (differences.length === 0) return []
  return [
    'These settings are not in force: nothing is put by them until a person accepts them.',
    ...differences.map(({ key, inForce, here }) => `${key}: ${JSON.stringify(inForce)} → ${JSON.stringify(here)}`),
    `npx q-group-sync approve${flag && ` ${flag}`} --settings ${fingerprint} --reason '…'`,
  ]
}

function summaryNote({ names, groups, renames, summary }: StagePlan): string {
  const { puts, joins, leaves, emptied, deleted, refused, adopted, held, wouldHold, keptOut, unread, inStep } = summary
  const extra = [
    [renames.length, counted(renames.length, 'group renamed', 'groups renamed')],
    [emptied, `${emptied} emptied`],
    [deleted, `${deleted} deleted`],
    [refused, `${refused} refused`],
    [adopted, `${adopted} adopted`],
    [held, `${held} held`],
    [wouldHold, `${wouldHold} would be held`],
    [keptOut, `${keptOut} kept out by hand`],
    [unread, counted(unread, 'group not read', 'groups not read')],
  ] as const
  const main =
    puts === 0
      ? 'Nothing would be put'
      : `${counted(puts, 'name', 'names')} would be put: ${joins} join, ${leaves} leave`
  const said = [main, ...extra.filter(([count]) => count > 0).map(([, text]) => text)].join('; ')
  return `${said}. ${counted(names, 'name', 'names')} of ${counted(groups, 'group', 'groups')}: ${inStep} in step.`
}
