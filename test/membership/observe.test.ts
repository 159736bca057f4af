import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { claimOf } from '../../shared/membership/claim.ts'
import { EMPTY, memberListOf } from '../../shared/membership/member-list.ts'
import { isSettled, type Mirror, namesBorne, unread } from '../../shared/membership/mirror.ts'
import { keepCauses, type Look, observe } from '../../shared/membership/observe.ts'

const KEEP_FOR = 1_000_000
const NOW = 77

const listOf = (...people: string[]) =>
  memberListOf(
    people.map((person) => ({ id: person, status: 'ACTIVE', userId: `${person}@example.com` })),
    ['ACTIVE'],
  )

function present(readAt: number, name: string, ...people: string[]): Look {
  const group = { id: '00g1', type: 'OKTA_GROUP', name, created: 'C', lastUpdated: 'U', lastMembershipUpdated: 'M' }
  return { readAt, saw: 'present', group, name, list: listOf(...people), lookAgainAt: null }
}
const missing = (readAt: number): Look => ({ readAt, saw: 'missing' })
function outOfScope(readAt: number): Look {
  const { group } = present(readAt, 'Sales') as Extract<Look, { saw: 'present' }>
  return { readAt, saw: 'outOfScope', group }
}

/** The mirror after looks one after another, every name rung after each. */
const afterLooks = (...looks: Look[]) =>
  looks.reduce((mirror, look) => ({ ...observe(mirror, look, NOW, KEEP_FOR), toRing: [] }), unread('00g1'))
const observed = (mirror: Mirror, look: Look, keepFor = KEEP_FOR) => observe(mirror, look, NOW, keepFor)

describe('a whole read', () => {
  test('is written down as it was, with the name to ring', () => {
    expect(observed(unread('00g1'), present(1_000, 'Sales', 'ann', 'bob'))).toEqual({
      ...unread('00g1'),
      state: 'present',
      type: 'OKTA_GROUP',
      created: 'C',
      lastUpdated: 'U',
      lastMembershipUpdated: 'M',
      name: 'Sales',
      digest: listOf('ann', 'bob').digest,
      count: 2,
      readAt: 1_000,
      toRing: ['sales'],
      toRingSince: NOW,
      changes: 1,
    })
  })

  test('that shows the same rings nothing', () => {
    const before = afterLooks(present(1_000, 'Sales', 'ann'))
    expect(observed(before, present(2_000, 'Sales', 'ann'))).toEqual({ ...before, readAt: 2_000 })
  })

  test('keeps in mind what was not rung yet', () => {
    const before = { ...afterLooks(present(1_000, 'Sales', 'ann')), toRing: ['old'] }
    expect(observed(before, present(2_000, 'Sales', 'bob')).toRing).toEqual(['old', 'sales'])
    expect(observed(before, present(2_000, 'Sales', 'ann')).toRing).toEqual(['old'])
  })

  test('ends the failures before it', () => {
    const before = { ...afterLooks(present(1_000, 'Sales', 'ann')), failures: 2, retryAt: 5_000 }
    expect(observed(before, present(2_000, 'Sales', 'ann'))).toMatchObject({ failures: 0, retryAt: null })
  })

  test('books another look where it was told to', () => {
    const look = { ...present(1_000, 'Sales'), lookAgainAt: 601_000 } as Look
    expect(observed(unread('00g1'), look).lookAgainAt).toBe(601_000)
    expect(observed(observed(unread('00g1'), look), missing(2_000)).lookAgainAt).toBeNull()
  })
})

describe('a renamed group', () => {
  const renamed = afterLooks(present(1_000, 'Sales', 'ann'), present(2_000, 'Verkauf', 'ann'))

  test('keeps its former name until it ends, and both names are rung', () => {
    const next = observed(afterLooks(present(1_000, 'Sales', 'ann')), present(2_000, 'Verkauf', 'ann'))
    expect(next.formerNames).toEqual([{ name: 'Sales', until: 2_000 + KEEP_FOR }])
    expect(next.toRing).toEqual(['sales', 'verkauf'])
  })

  test('rings its former names when its members change', () => {
    expect(observed(renamed, present(3_000, 'Verkauf', 'bob')).toRing).toEqual(['verkauf', 'sales'])
  })

  test('gives a former name up when its time is over, and rings it', () => {
    const last = observed(renamed, present(2_000 + KEEP_FOR - 1, 'Verkauf', 'ann'))
    expect(last).toMatchObject({ formerNames: [{ name: 'Sales' }], toRing: [] })
    const over = observed(renamed, present(2_000 + KEEP_FOR, 'Verkauf', 'ann'))
    expect(over.formerNames).toEqual([])
    expect(over.toRing).toContain('sales')
  })

  test('gives its former name up at once where none is kept', () => {
    const over = observed(afterLooks(present(1_000, 'Sales', 'ann')), present(2_000, 'Verkauf', 'ann'), 0)
    expect(over.formerNames).toEqual([])
    expect(over.toRing).toEqual(['sales', 'verkauf'])
  })

  test('that is named as before has that name now, and the other one formerly', () => {
    const back = observed(renamed, present(3_000, 'SALES', 'ann'))
    expect(back).toMatchObject({ name: 'SALES', formerNames: [{ name: 'Verkauf', until: 3_000 + KEEP_FOR }] })
  })

  test('to another case of its name has no former name, and is rung for its spelling', () => {
    const spelled = observed(afterLooks(present(1_000, 'Sales', 'ann')), present(2_000, 'sales', 'ann'))
    expect(spelled).toMatchObject({ name: 'sales', formerNames: [], toRing: ['sales'], changes: 2 })
  })

  test('keeps one former name of several spellings, with the later end', () => {
    const often = ['One', 'Two', 'ONE', 'Three'].map((name, index) => present(1_000 * (index + 1), name))
    expect(afterLooks(...often).formerNames).toEqual([
      { name: 'ONE', until: 4_000 + KEEP_FOR },
      { name: 'Two', until: 3_000 + KEEP_FOR },
    ])
  })
})

test('of many former names the newest forty are kept, and one that is given up is rung', () => {
  const names = Array.from({ length: 41 }, (_, index) => `Name ${index}`)
  const before = afterLooks(...names.map((called, index) => present(1_000 * (index + 1), called)))
  expect(before.formerNames).toHaveLength(40)
  const next = observed(before, present(50_000, 'Name 41'))
  expect(next.formerNames.map((former) => former.name)).toEqual(names.slice(1).reverse())
  expect(next.toRing).toEqual(expect.arrayContaining(['name 0', 'name 41']))
})

describe('a missing group', () => {
  const before = afterLooks(present(1_000, 'Sales', 'ann'), present(2_000, 'Verkauf', 'ann'))

  test('stands as it was when Okta answers 404 once, and again within the minute', () => {
    const once = observed(before, missing(10_000))
    expect(once).toEqual({ ...before, state: 'missing', missingSince: 10_000, readAt: 10_000 })
    expect(observed(once, missing(69_999))).toEqual({ ...once, readAt: 69_999 })
  })

  test('is gone when Okta answers 404 a minute later: every name it bore is rung, and wants nobody', () => {
    const gone = observed(observed(before, missing(10_000)), missing(70_000))
    expect(gone).toMatchObject({ state: 'gone', name: null, formerNames: [], digest: EMPTY, count: 0 })
    expect(gone.toRing).toEqual(['verkauf', 'sales'])
    expect(observed(gone, missing(90_000))).toEqual({ ...gone, readAt: 90_000 })
  })

  test('that is back was never gone, and its minute begins anew the next time', () => {
    const back = observed(observed(before, missing(10_000)), present(20_000, 'Verkauf', 'ann'))
    expect(back).toEqual({ ...before, readAt: 20_000 })
    expect(observed(back, missing(75_000))).toMatchObject({ state: 'missing', missingSince: 75_000, name: 'Verkauf' })
  })

  test('that was never read is missing and then gone, and there is nothing to ring', () => {
    expect(afterLooks(missing(1_000))).toMatchObject({ state: 'missing', missingSince: 1_000, changes: 0 })
    expect(afterLooks(missing(1_000), missing(61_000))).toMatchObject({ state: 'gone', changes: 0 })
  })

  test('that was gone and is back bears its name again', () => {
    const back = observed(
      afterLooks(present(1_000, 'Sales'), missing(2_000), missing(62_000)),
      present(63_000, 'Sales', 'ann'),
    )
    expect(back).toMatchObject({ state: 'present', missingSince: null, name: 'Sales', toRing: ['sales'] })
  })
})

test('a group out of scope bears no name, and every name it bore is rung', () => {
  const before = afterLooks(present(1_000, 'Sales', 'ann'), present(2_000, 'Verkauf', 'ann'))
  const out = observed(before, outOfScope(3_000))
  expect(out).toMatchObject({ state: 'outOfScope', name: null, formerNames: [], digest: EMPTY, count: 0 })
  expect(out.toRing).toEqual(['verkauf', 'sales'])
  expect(observed({ ...out, toRing: [] }, outOfScope(4_000)).toRing).toEqual([])
})

describe('what was heard', () => {
  const heard = [{ id: 'e1', type: 'group.user_membership.add' }]
  const before = afterLooks(present(1_000, 'Sales', 'ann'))

  test('explains the change that it led to', () => {
    const changed = observed({ ...before, heard }, present(2_000, 'Sales', 'ann', 'bob'))
    expect(changed).toMatchObject({ heard: [], causes: [{ ...heard[0], change: 2 }], changes: 2 })
  })

  test('is kept while the group is not settled, and forgotten once it is', () => {
    const waiting = { ...before, heard, newestHint: 10_000 }
    expect(observed(waiting, present(69_999, 'Sales', 'ann')).heard).toEqual(heard)
    expect(observed(waiting, present(70_000, 'Sales', 'ann'))).toMatchObject({ heard: [], causes: [] })
  })

  test('is kept while the group is missing: it may explain that it is gone', () => {
    const once = observed({ ...before, heard, newestHint: 2_000 }, missing(70_000))
    expect(once.heard).toEqual(heard)
    expect(observed(once, missing(130_000))).toMatchObject({ heard: [], causes: [{ id: 'e1', change: 2 }] })
  })

  test('of causes the newest twenty are kept, each once for each user', () => {
    const causes = Array.from({ length: 30 }, (_, index) => ({
      id: `e${index % 25}`,
      type: 't',
      user: `u${index % 25}`,
    }))
    const kept = keepCauses(causes)
    expect(kept).toHaveLength(20)
    expect(kept.at(-1)?.id).toBe('e24')
    expect(keepCauses([causes[0]!, { ...causes[0]!, user: 'another' }, causes[0]!])).toHaveLength(2)
  })
})

const MINUTE = 60_000
const name = fc.constantFrom('One', 'ONE', 'Two', 'Three')
const people = fc.subarray(['ann', 'bob'])
const step = fc.record({
  pass: fc.constantFrom(0, 1_000, 30_000, MINUTE, KEEP_FOR / 2, KEEP_FOR),
  look: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(name, people).map(
        ([called, who]) =>
          (at: number) =>
            present(at, called, ...who),
      ),
    },
    fc.constantFrom(missing, outOfScope),
  ),
  hears: fc.boolean(),
  rings: fc.boolean(),
})

test.prop([fc.array(step, { maxLength: 8 })])('whatever is seen, no change of a claim is left unrung', (steps) => {
  let mirror = unread('00g1')
  let at = 1_000_000
  let firstMissed: number | null = null
  for (const [index, { pass, look, hears, rings }] of steps.entries()) {
    at += pass
    const before: Mirror = {
      ...mirror,
      ...(hears && { heard: [...mirror.heard, { id: `e${index}`, type: 't' }], newestHint: at - 1 }),
      ...(rings && { toRing: [] }),
    }
    const seen = look(at)
    mirror = observe(before, seen, NOW, KEEP_FOR)

    expect(mirror.readAt).toBe(at)
    expect(mirror.toRing).toEqual(expect.arrayContaining(before.toRing))
    for (const key of new Set([...namesBorne(before), ...namesBorne(mirror)])) {
      const [was, is] = [claimOf(key, null, [before]), claimOf(key, null, [mirror])]
      if (was?.digest !== is?.digest || was?.name !== is?.name) expect(mirror.toRing).toContain(key)
    }
    for (const { name: former, until } of mirror.formerNames) {
      if (seen.saw === 'present') expect(until).toBeGreaterThan(at)
      expect(until).toBeLessThanOrEqual(at + KEEP_FOR)
      expect(former).not.toBe(mirror.name)
    }

    if (mirror.changes > before.changes) {
      const causes = before.heard.map(({ id }) => ({ id, change: mirror.changes }))
      expect(mirror.causes.slice(-causes.length || mirror.causes.length)).toMatchObject(causes)
      expect(mirror.heard).toEqual([])
      expect(mirror.toRingSince).toBe(NOW)
    } else {
      expect(mirror.causes).toEqual(before.causes)
      if (isSettled(mirror) && mirror.state !== 'missing') expect(mirror.heard).toEqual([])
      else expect(mirror.heard).toEqual(before.heard)
    }

    firstMissed = seen.saw === 'missing' ? (firstMissed ?? at) : null
    if (firstMissed !== null && at < firstMissed + MINUTE && before.state !== 'gone') {
      expect(mirror).toMatchObject({ name: before.name, formerNames: before.formerNames, digest: before.digest })
      expect(mirror.changes).toBe(before.changes)
    }
  }
})
