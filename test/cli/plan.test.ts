import { describe, expect, test } from 'vitest'
import { planMarkdown } from '../../cli/plan-markdown.ts'
import { planText } from '../../cli/plan-text.ts'
import { hasWork, type PlannedName, type StagePlan, summaryOf } from '../../shared/membership/stage-plan.ts'

const NAME: PlannedName = {
  ...{ name: 'Sales', group: '00g1', isNew: false, adopts: false, joins: [], leaves: [], empties: false },
  ...{ formerNameOf: null, putAgain: null, deletes: false, deleteAt: null, refused: null, doubles: [], held: [] },
  ...{ wouldHold: null, keptOut: [] },
}
const HELD: PlannedName['held'][number] = {
  ...{ id: '7', axis: 'name', detail: '9 of 10 members would leave this name', since: '2026-01-30T08:00:00.000Z' },
  ...{ rejected: null, people: ['dora@example.com'] },
}
const REJECTED: typeof HELD = { ...HELD, id: '8', rejected: { by: 'arn:admin', reason: 'no', at: 0 } }

function planOf(facts: Partial<Omit<StagePlan, 'summary'>>): StagePlan {
  const plan = {
    ...{
      at: '2026-01-31T10:00:59.000Z',
      stopped: null,
      settings: { fingerprint: 'abcdefabcdef', differences: [] },
      groups: 3,
      names: 4,
    },
    ...{ changes: [], renames: [], unread: [], sum: null, ...facts },
  }
  return { ...plan, summary: summaryOf(plan) }
}

const many = Array.from({ length: 14 }, (_, index) => `person-${index + 1}@example.com`)

/** Something of everything. */
const EVERYTHING = planOf({
  settings: {
    fingerprint: 'abcdefabcdef',
    differences: [{ key: 'members.attribute', inForce: 'email', here: 'login' }],
  },
  names: 20,
  changes: [
    { ...NAME, joins: ['ann@example.com'], leaves: many },
    { ...NAME, name: 'adopted|`x`', isNew: true, adopts: true, joins: ['bob@example.com'] },
    { ...NAME, name: 'again', putAgain: 'doubt' },
    { ...NAME, name: 'deleted', group: null, deletes: true, deleteAt: '2026-01-31T09:00:00.000Z' },
    {
      ...NAME,
      name: 'emptied',
      group: null,
      leaves: ['ann@example.com'],
      empties: true,
      deleteAt: '2026-02-14T10:00:00.000Z',
    },
    {
      ...NAME,
      name: 'former',
      formerNameOf: { name: 'latter', until: '2026-05-01T00:00:00.000Z' },
      joins: ['eve@example.com'],
    },
    {
      ...NAME,
      name: 'held',
      held: [HELD, REJECTED],
      wouldHold: { people: ['fay@example.com'], axis: 'all', detail: 'too many leave' },
    },
    { ...NAME, name: 'kept out', keptOut: ['gus@example.com'] },
    { ...NAME, name: 'new', isNew: true },
    { ...NAME, name: 'odd \u001b[31m<b>', doubles: ['00g8', '00g9'] },
    {
      ...NAME,
      name: 'refused',
      isNew: true,
      refused: { reason: 'list', detail: 'the group has 1,200 members', remedy: 'split it' },
    },
  ],
  renames: [
    { group: '00g2', from: 'former', to: 'latter', until: '2026-05-01T00:00:00.000Z' },
    { group: '00g3', from: 'old', to: 'young', until: null },
  ],
  unread: [
    { group: '00g7', name: 'silent', why: 'HttpError 500' },
    { group: '00g6', name: null, why: 'TimeError' },
  ],
  sum: { axis: 'all', count: 99, of: 100, detail: '99 of 100 memberships would be taken away' },
})

test('the text of a plan with something of everything', () => {
  expect(planText(EVERYTHING, { name: 'stage prod', flag: '--stage prod', all: false })).toMatchInlineSnapshot(`
    "Plan of stage prod, 2026-01-31 10:00 UTC. Nothing was written.

    These settings are not in force: nothing is put by them until a person accepts them.
      members.attribute: "email" → "login"
      npx q-group-sync approve --stage prod --settings abcdefabcdef --reason '…'

    former → latter                             00g2
      renamed: former is kept in step until 2026-05-01 00:00 UTC

    old → young                                 00g3
      renamed: old wants the empty list

    Sales                                       00g1
      + ann@example.com
      − person-1@example.com
      − person-2@example.com
      − person-3@example.com
      − person-4@example.com
      − person-5@example.com
      − person-6@example.com
      − person-7@example.com
      − person-8@example.com
      − person-9@example.com
      − person-10@example.com
      … and 4 more (--all shows everybody)

    adopted|\`x\`                                 00g1
      adopted: the user store has it already, and who is in it can not be asked
      + bob@example.com

    again                                       00g1
      the same list is put again: an older put may still land

    deleted                                     no group
      deleted: no group has wanted it for long

    emptied                                     no group
      emptied
      no group wants it: to be deleted on 2026-02-14
      − ann@example.com

    former                                      00g1
      former name of latter, kept in step until 2026-05-01 00:00 UTC
      + eve@example.com

    held                                        00g1
      held since 2026-01-30 08:00 UTC by hold 7: 9 of 10 members would leave this name
      = dora@example.com
      held since 2026-01-30 08:00 UTC by hold 8, and kept in by arn:admin: 9 of 10 members would leave this name
      = dora@example.com
      would be held: too many leave
      = fay@example.com

    kept out                                    00g1
      kept out by hand: gus@example.com

    new                                         00g1
      new, with nobody in it

    odd \\u{1b}[31m<b>                           00g1
      refused to 00g8, 00g9, of the same name: rename one of the groups in Okta

    refused                                     00g1
      refused: the group has 1,200 members; split it

    ✗ silent (00g7) can't be read now: HttpError 500
    ✗ 00g6 can't be read now: TimeError

    All removals together are more than the guard lets go, so every one of them would be held: 99 of 100 memberships would be taken away

    6 names would be put: 3 join, 15 leave; 2 groups renamed; 1 emptied; 1 deleted; 2 refused; 1 adopted; 2 held; 1 would be held; 1 kept out by hand; 2 groups not read. 20 names of 3 groups: 9 in step."
  `)
})

test('the text of a plan shows everybody where that is asked for', () => {
  const lines = planText(EVERYTHING, { name: 'stage prod', flag: '--stage prod', all: true }).split('\n')
  expect(lines.filter((line) => /^ {2}− person-/.test(line))).toHaveLength(14)
})

test('the markdown of a plan with something of everything', () => {
  expect(planMarkdown(EVERYTHING, { name: 'stage prod', flag: '--stage prod' })).toMatchInlineSnapshot(`
    "## Plan of stage prod, 2026-01-31 10:00 UTC. Nothing was written.

    6 names would be put: 3 join, 15 leave; 2 groups renamed; 1 emptied; 1 deleted; 2 refused; 1 adopted; 2 held; 1 would be held; 1 kept out by hand; 2 groups not read. 20 names of 3 groups: 9 in step.

    **These settings are not in force: nothing is put by them until a person accepts them.**

    - \`members.attribute: "email" → "login"\`
    - \`npx q-group-sync approve --stage prod --settings abcdefabcdef --reason '…'\`

    | name | group | + | − | held | |
    |---|---|--:|--:|--:|---|
    | \`Sales\` | \`00g1\` | 1 | 14 | 0 |  |
    | \`\` adopted\\|\`x\` \`\` | \`00g1\` | 1 | 0 | 0 | adopted: the user store has it already, and who is in it can not be asked |
    | \`again\` | \`00g1\` | 0 | 0 | 0 | the same list is put again: an older put may still land |
    | \`deleted\` |  | 0 | 0 | 0 | deleted: no group has wanted it for long |
    | \`emptied\` |  | 0 | 1 | 0 | emptied; no group wants it: to be deleted on 2026-02-14 |
    | \`former\` | \`00g1\` | 1 | 0 | 0 | former name of latter, kept in step until 2026-05-01 00:00 UTC |
    | \`held\` | \`00g1\` | 0 | 0 | 3 |  |
    | \`kept out\` | \`00g1\` | 0 | 0 | 0 | kept out by hand: gus@example.com |
    | \`new\` | \`00g1\` | 0 | 0 | 0 | new, with nobody in it |
    | \`odd \\u{1b}[31m<b>\` | \`00g1\` | 0 | 0 | 0 | refused to 00g8, 00g9, of the same name: rename one of the groups in Okta |
    | \`refused\` | \`00g1\` | 0 | 0 | 0 | refused: the group has 1,200 members; split it |

    - \`00g2\` is renamed: \`former\` → \`latter\`, \`former\` kept in step until 2026-05-01 00:00 UTC
    - \`00g3\` is renamed: \`old\` → \`young\`

    **All removals together are more than the guard lets go, so every one of them would be held:** 99 of 100 memberships would be taken away

    - \`silent\` (\`00g7\`) can't be read now: HttpError 500
    - \`00g6\` can't be read now: TimeError

    <details><summary>Sales: 1 person would join</summary>

    \`\`\`diff
    + ann@example.com
    \`\`\`

    </details>

    <details><summary>Sales: 14 people would leave</summary>

    \`\`\`diff
    - person-1@example.com
    - person-2@example.com
    - person-3@example.com
    - person-4@example.com
    - person-5@example.com
    - person-6@example.com
    - person-7@example.com
    - person-8@example.com
    - person-9@example.com
    - person-10@example.com
    - person-11@example.com
    - person-12@example.com
    - person-13@example.com
    - person-14@example.com
    \`\`\`

    </details>

    <details><summary>adopted|\`x\`: 1 person would join</summary>

    \`\`\`diff
    + bob@example.com
    \`\`\`

    </details>

    <details><summary>emptied: 1 person would leave</summary>

    \`\`\`diff
    - ann@example.com
    \`\`\`

    </details>

    <details><summary>former: 1 person would join</summary>

    \`\`\`diff
    + eve@example.com
    \`\`\`

    </details>

    <details><summary>held: hold 7 keeps 1 person in since 2026-01-30 08:00 UTC: 9 of 10 members would leave this name</summary>

    \`\`\`diff
    ! dora@example.com
    \`\`\`

    </details>

    <details><summary>held: hold 8 keeps 1 person in since 2026-01-30 08:00 UTC, by arn:admin: 9 of 10 members would leave this name</summary>

    \`\`\`diff
    ! dora@example.com
    \`\`\`

    </details>

    <details><summary>held: 1 person would be held: too many leave</summary>

    \`\`\`diff
    ! fay@example.com
    \`\`\`

    </details>"
  `)
})

test('nothing to do is said in one line', () => {
  const calm = planOf({})
  expect(planText(calm, { name: 'stage prod', flag: '--stage prod', all: false })).toBe(
    'Plan of stage prod, 2026-01-31 10:00 UTC. Nothing was written.\n\nNothing would be put. 4 names of 3 groups: 4 in step.',
  )
  expect(planMarkdown(calm, { name: 'stage prod', flag: '--stage prod' })).toBe(
    '## Plan of stage prod, 2026-01-31 10:00 UTC. Nothing was written.\n\nNothing would be put. 4 names of 3 groups: 4 in step.',
  )
})

describe('something is to be done', () => {
  test.each<[string, Partial<StagePlan>]>([
    ['where somebody joins', { changes: [{ ...NAME, joins: ['a'] }] }],
    ['where somebody leaves', { changes: [{ ...NAME, leaves: ['a'] }] }],
    ['where a name is new', { changes: [{ ...NAME, isNew: true }] }],
    ['where a list is put again', { changes: [{ ...NAME, putAgain: 'unconfirmed' }] }],
    ['where a name is deleted now', { changes: [{ ...NAME, deletes: true }] }],
    ['where a name is refused', { changes: [{ ...NAME, refused: { reason: 'name', detail: '', remedy: '' } }] }],
    ['where two groups have a name', { changes: [{ ...NAME, doubles: ['00g2'] }] }],
    ['where somebody is held', { changes: [{ ...NAME, held: [HELD] }] }],
    [
      'where somebody would be held',
      { changes: [{ ...NAME, wouldHold: { people: ['a'], axis: 'name', detail: '' } }] },
    ],
    ['where a group is not read', { unread: [{ group: '00g1', name: null, why: '' }] }],
    ['where settings wait', { settings: { fingerprint: '', differences: [{ key: '', inForce: 1, here: 2 }] } }],
  ])('%s', (_, facts) => {
    expect(hasWork(planOf(facts))).toBe(true)
  })

  test.each<[string, PlannedName]>([
    ['where a person has decided about who is held', { ...NAME, held: [REJECTED] }],
    ['where somebody is kept out by hand', { ...NAME, keptOut: ['a'] }],
    ['where a name waits to be deleted', { ...NAME, group: null, deleteAt: '2027-01-01T00:00:00.000Z' }],
  ])('but not %s', (_, name) => {
    expect(hasWork(planOf({ changes: [name] }))).toBe(false)
  })
})
