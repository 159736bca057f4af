import type { Scenario } from './scenario.ts'

/** A fault that is planted in a copy of the shipped code, and what must find it. */
export interface Planted {
  name: string
  /** Which invariant it breaks. */
  invariant: number
  file: string
  /** What stands there, once, and what stands there instead. */
  edits: readonly (readonly [from: string, to: string])[]
  /** It is found within so many seeds. */
  within: number
  scenario?: Scenario
}

export const PLANTED: readonly Planted[] = [
  {
    name: 'a name found PUTTING is settled by what GetGroup shows',
    invariant: 1,
    file: 'shared/membership/confirm.ts',
    edits: [
      [
        "return status === 'accepted' || status === 'unconfirmed'",
        "return status === 'accepted' || status === 'unconfirmed' || status === 'putting'",
      ],
    ],
    within: 250,
    scenario: 'crash',
  },
  {
    name: 'a doubtful name is not put a second time',
    invariant: 1,
    file: 'shared/membership/ledger.ts',
    edits: [['return doubt === null ? null : doubt.since + DOUBT_PUTS[doubt.puts]!', 'return null']],
    within: 150,
    scenario: 'rough',
  },
  {
    name: 'what an event says is applied',
    invariant: 2,
    file: 'shared/sync/read-group.ts',
    edits: [
      [
        "import { EMPTY } from '../membership/member-list.ts'",
        "import { digestOf, EMPTY } from '../membership/member-list.ts'",
      ],
      [
        "    telemetry.count('ReadsDone')",
        `    if (look.saw === 'present' && raw !== null) {
      const gone = ring.questions.filter(({ says }) => says === 'removed').map(({ user }) => user)
      const out = raw.filter(({ id }) => gone.includes(id)).map(({ userId }) => userId?.toLowerCase())
      const ids = look.list.ids.filter((id) => !out.includes(id))
      look.list = { ...look.list, ids, digest: digestOf(ids) }
    }`,
      ],
    ],
    within: 50,
    scenario: 'calm',
  },
  {
    name: 'the first page is taken for all',
    invariant: 2,
    file: 'shared/okta/directory.ts',
    edits: [['      isFirst = false\n', '      break\n']],
    within: 20,
    scenario: 'calm',
  },
  {
    name: 'a read that was overtaken by a newer one is written all the same',
    invariant: 2,
    file: 'shared/sync/write-mirror.ts',
    edits: [
      ['if (overlapped && look.readAt >= base.readAt) return null\n', ''],
      [
        'overlapped ? heard(base) : observe(heard(base), look, now, keepFor)',
        'observe(heard(base), look, now, keepFor)',
      ],
    ],
    within: 50,
    scenario: 'crash',
  },
  {
    name: "Okta's own count is not asked",
    invariant: 2,
    file: 'shared/sync/look-at.ts',
    edits: [['if (before.count === 0) return false', 'if (before.count >= 0) return false']],
    within: 200,
    scenario: 'rough',
  },
  {
    name: 'a refusal makes a name ours',
    invariant: 3,
    file: 'shared/membership/intent.ts',
    edits: [
      ['return { ...ledger, refusal, ...NO_FAILURES }', 'return { ...ledger, ours: true, refusal, ...NO_FAILURES }'],
    ],
    within: 50,
    scenario: 'guard',
  },
  {
    name: "what is there is not asked before a name's first put",
    invariant: 3,
    file: 'shared/sync/put-group.ts',
    edits: [['if (exists(asked.status) && !fitsGlob(', 'if (exists(asked.status) && fitsGlob(']],
    within: 50,
    scenario: 'guard',
  },
  {
    name: "the guard's budget is spent without its condition",
    invariant: 4,
    file: 'shared/sync/write-intent.ts',
    edits: [
      ['if (breach !== null) throw', 'if (breach !== null && budget.version === 0) throw'],
      [
        'return await snapshot.putLedger(intent, change, spend(budget, spending, now))',
        'const { version } = await snapshot.budget()\n      return await snapshot.putLedger(intent, change, { ...spend(budget, spending, now), version })',
      ],
    ],
    within: 300,
    scenario: 'guard',
  },
  {
    name: 'an approval lets everybody go who is out, not the people of its hold alone',
    invariant: 4,
    file: 'shared/sync/approve-hold.ts',
    edits: [['letGo = reduce(without(meant, wanted), await listOf(hold.people))', 'letGo = without(meant, wanted)']],
    within: 500,
    scenario: 'guard',
  },
  {
    name: 'who is held is judged anew with the next list',
    invariant: 4,
    file: 'shared/membership/judge.ts',
    edits: [['one.held.map((people) => reduce(leavers, people))', 'one.held.map(() => reduce(leavers, []))']],
    within: 150,
    scenario: 'guard',
  },
  {
    name: 'rings are deduplicated by what they say',
    invariant: 5,
    file: 'shared/queue/doorbells.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what stands there.
    edits: [['deduplication: hash(`${ring} ${key}`)', 'deduplication: hash(json(rung))']],
    within: 50,
    scenario: 'calm',
  },
  {
    name: 'a group is not looked at a minute later',
    invariant: 5,
    file: 'shared/membership/mirror.ts',
    edits: [['mirror.readAt >= mirror.newestHint + SETTLE', 'mirror.readAt >= 0 * SETTLE']],
    within: 30,
    scenario: 'guard',
  },
  {
    name: 'the mirror is written without the names to ring',
    invariant: 5,
    file: 'shared/sync/write-mirror.ts',
    edits: [
      [
        'await snapshot.putMirror(before, after, held)',
        'await snapshot.putMirror(before, { ...after, toRing: [] }, held)',
      ],
    ],
    within: 500,
    scenario: 'crash',
  },
  {
    name: 'former names are not rung',
    invariant: 5,
    file: 'shared/membership/observe.ts',
    edits: [
      [
        '[...new Set([...before.toRing, ...namesBorne(before), ...namesBorne(seen)])]',
        '[...new Set([...before.toRing, ...[before.name, seen.name].filter((name) => name !== null).map(nameKey)])]',
      ],
    ],
    within: 150,
    scenario: 'guard',
  },
  {
    name: 'a put is decided on an index',
    invariant: 5,
    file: 'shared/sync/read-name.ts',
    edits: [
      ['const row = await snapshot.name(key)', 'const row = await fromIndex(snapshot, key)'],
      [
        '/** The key of the row for this spelling',
        `async function fromIndex(snapshot, key) {
  const { ledger } = await snapshot.name(key)
  const bearers = []
  const isOf = (mirror) => mirror.name !== null && [mirror.name, ...mirror.formerNames.map(({ name }) => name)].some((name) => nameKey(name) === key)
  for await (const { mirrors } of snapshot.all()) bearers.push(...mirrors.filter(isOf))
  return { ledger, bearers }
}

/** The key of the row for this spelling`,
      ],
    ],
    within: 30,
    scenario: 'calm',
  },
  {
    name: 'Okta gets its 200 before the hints are queued',
    invariant: 5,
    file: 'shared/okta/answer-hook.ts',
    edits: [['await ports.queue(', 'void ports.queue(']],
    within: 20,
    scenario: 'calm',
  },
  {
    name: "the row's version is checked after the put",
    invariant: 6,
    file: 'shared/sync/put-list.ts',
    edits: [
      [
        '  ledger = await writeIntent(',
        '  await userStore.put(change.name, userIds, ledger.emptyFails)\n  ledger = await writeIntent(',
      ],
    ],
    within: 10,
  },
  {
    name: 'a put without effect is recorded as accepted',
    invariant: 6,
    file: 'shared/sync/put-list.ts',
    edits: [['{ outcome: error.kind, at: now }', "{ outcome: 'accepted', at: now }"]],
    within: 20,
    scenario: 'guard',
  },
  {
    name: 'a change record says what was meant the time before',
    invariant: 6,
    file: 'shared/sync/put-list.ts',
    edits: [['    before: ledger.meant,\n', '    before: ledger.formerly,\n']],
    within: 10,
  },
  {
    name: 'what is due is rung an hour late',
    invariant: 7,
    file: 'shared/sync/catch-up.ts',
    edits: [['snapshot.due(now)', 'snapshot.due(now - 3_600_000)']],
    within: 500,
    scenario: 'calm',
  },
  {
    name: "the System Log's events are not rung",
    invariant: 7,
    file: 'shared/sync/take-page.ts',
    edits: [['  await doorbells.ringHints(rung)\n', '']],
    within: 50,
    scenario: 'calm',
  },
]
