import { expect, test } from 'vitest'
import { heldText } from '../../cli/held.ts'
import type { HeldPeople } from '../../shared/sync/list-holds.ts'

const NOW = Date.parse('2026-01-31T10:00:00Z')
const HOUR = 3_600_000
const HOLD: HeldPeople = {
  name: "The Board's",
  group: '00g1',
  hold: {
    id: '7',
    people: 'digest',
    count: 2,
    since: NOW - 50 * HOUR,
    axis: 'name',
    detail: '2 of 3 would leave',
    rejected: null,
  },
  people: ['ann@example.com', 'bob@example.com'],
}
const many = Array.from({ length: 13 }, (_, index) => `person-${index + 1}@example.com`)
const options = { now: NOW, flag: '--stage prod', all: false }

test('the holds as a terminal shows them', () => {
  const rejected = { by: 'arn:admin', reason: 'a mistake', at: NOW - 2 * HOUR }
  const others: HeldPeople[] = [
    { ...HOLD, name: 'Sales', group: null, hold: { ...HOLD.hold, id: '8', since: NOW - 90 * 60_000, rejected } },
    { ...HOLD, name: 'Sales', hold: { ...HOLD.hold, id: '9', since: NOW - 5 * HOUR }, people: many },
  ]
  expect(heldText([HOLD, ...others], options)).toMatchInlineSnapshot(`
    "The Board's  hold 7  00g1, for 2 days, since 2026-01-29 08:00 UTC
      2 of 3 would leave
      − ann@example.com
      − bob@example.com
      lets these go:  npx q-group-sync approve --stage prod 'The Board'\\''s' --hold 7 --reason '…'
      keeps them in:  npx q-group-sync reject --stage prod 'The Board'\\''s' --hold 7 --reason '…'

    Sales  hold 8  no group, for 90 minutes, since 2026-01-31 08:30 UTC
      2 of 3 would leave
      − ann@example.com
      − bob@example.com
      kept in by arn:admin at 2026-01-31 08:00 UTC: “a mistake”
      lets them go after all:  npx q-group-sync approve --stage prod Sales --hold 8 --reason '…'

    Sales  hold 9  00g1, for 5 hours, since 2026-01-31 05:00 UTC
      2 of 3 would leave
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
      … and 3 more (--all shows everybody)
      lets these go:  npx q-group-sync approve --stage prod Sales --hold 9 --reason '…'
      keeps them in:  npx q-group-sync reject --stage prod Sales --hold 9 --reason '…'

    17 held in 2 names."
  `)
})

test('everybody is shown where that is asked for', () => {
  expect(heldText([{ ...HOLD, people: many }], { ...options, all: true })).toContain('− person-13@example.com')
})

test('nobody is held', () => {
  expect(heldText([], options)).toBe('Nobody is held.')
})
