import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { hintsOfDelivery, hintsOfEvents } from '../../shared/okta/hints-of-events.ts'
import type { LogEvent } from '../../shared/okta/log-event.ts'
import { anyEvent, anyJsonEvent, event } from './events.ts'

const hintsOf = (...events: LogEvent[]) => hintsOfEvents(events, 'email')

describe('an event about a group', () => {
  test('is a hint about the group, with who did it, when, and what it says of the user', () => {
    const added = event('group.user_membership.add', [
      ['User', '00u1'],
      ['UserGroup', '00g1'],
    ])
    expect(hintsOf(added)).toEqual({
      hints: [
        {
          subject: 'group',
          id: '00g1',
          books: true,
          again: false,
          causes: [
            {
              id: added.uuid,
              type: 'group.user_membership.add',
              actor: '00uadmin',
              user: '00u1',
              published: '2026-01-01T00:00:00.000Z',
            },
          ],
          questions: [{ user: '00u1', says: 'added' }],
        },
      ],
      unknown: 0,
      failed: 0,
    })
  })

  test('finds its targets by their type, wherever they stand, and each once', () => {
    const removed = event('group.user_membership.remove', [
      ['AppInstance', '0oa1'],
      ['UserGroup', '00g1'],
      ['UserGroup', '00g2'],
      ['User', '00u1'],
      ['UserGroup', '00g1'],
    ])
    const { hints } = hintsOf(removed)
    expect(hints.map(({ subject, id }) => [subject, id])).toEqual([
      ['group', '00g1'],
      ['group', '00g2'],
    ])
    expect(hints[1]?.questions).toEqual([{ user: '00u1', says: 'removed' }])
  })

  test('asks nothing where it says nothing of a user', () => {
    expect(hintsOf(event('group.profile.update', [['UserGroup', '00g1']])).hints[0]?.questions).toEqual([])
    expect(hintsOf(event('group.user_membership.add', [['UserGroup', '00g1']])).hints[0]?.questions).toEqual([])
  })
})

test('a delivery is a hint that names all events it is of, but those that no row could be named by', () => {
  const events = Array.from({ length: 30 }, () => event('group.lifecycle.create', [['UserGroup', '00g1']]))
  const nameless = [null, '', 'x'.repeat(101)].map((uuid) => ({ ...events[0], uuid }))
  const [hint, ...others] = hintsOfDelivery([...events, ...nameless], 'email').hints
  expect(others).toEqual([])
  expect(hint?.delivered).toEqual(events.map(({ uuid }) => uuid))
  expect(hint?.causes).toHaveLength(20)
  expect(hintsOf(...events).hints[0]).not.toHaveProperty('delivered')
})

describe('an event about users', () => {
  test('is a hint about each, with what it says of them', () => {
    const off = event('user.lifecycle.deactivate', [
      ['User', '00u1'],
      ['User', '00u2'],
    ])
    expect(hintsOf(off).hints).toMatchObject([
      { subject: 'user', id: '00u1', questions: [{ user: '00u1', says: 'off' }] },
      { subject: 'user', id: '00u2', questions: [{ user: '00u2', says: 'off' }] },
    ])
    expect(hintsOf(event('user.lifecycle.create', [['User', '00u1']])).hints).toMatchObject([{ questions: [] }])
  })

  const update = (changedAttributes: unknown) =>
    hintsOf(
      event('user.account.update_profile', [['User', '00u1']], { debugContext: { debugData: { changedAttributes } } }),
    )

  test.each(['login', 'email', 'Email', 'title,email', 'title email', 'user.profile.email', 'title, profile.Login'])(
    'is a hint where %s has changed',
    (changed) => {
      expect(update(changed)).toMatchObject({ hints: [{ subject: 'user', id: '00u1' }], unknown: 0 })
    },
  )

  test.each(['title', 'title,department', 'emails', 'email.title', 'secondEmail'])(
    'is none where only %s has changed',
    (changed) => {
      expect(update(changed)).toEqual({ hints: [], unknown: 1, failed: 0 })
    },
  )

  test.each([{}, { changed: '' }, { changed: '  ' }, { changed: 7 }, { changed: ['title'] }])(
    'is a hint where what has changed is $changed',
    ({ changed }) => {
      expect(update(changed).hints).toHaveLength(1)
    },
  )

  test('goes by the attribute of the settings', () => {
    const debugContext = { debugData: { changedAttributes: 'workEmail' } }
    const updated = event('user.account.update_profile', [['User', '00u1']], { debugContext })
    expect(hintsOfEvents([updated], 'workEmail').hints).toHaveLength(1)
    expect(hintsOfEvents([updated], 'email').hints).toHaveLength(0)
  })

  test('of another type than a profile update is a hint whatever has changed', () => {
    const debugContext = { debugData: { changedAttributes: 'title' } }
    expect(hintsOf(event('user.lifecycle.create', [['User', '00u1']], { debugContext })).hints).toHaveLength(1)
  })
})

describe('an event about nothing that can be named', () => {
  test.each([
    { target: null },
    { target: undefined },
    { target: [] },
    { target: [null] },
    { target: [{ type: 'AppInstance', id: '0oa1' }] },
    { target: [{ type: 'User', id: null }, { type: 'UserGroup', id: '' }, { type: 'UserGroup' }] },
  ])('with the targets $target is one hint about the org', ({ target }) => {
    const imported = event('system.import.complete', [], { target })
    expect(hintsOf(imported, { ...imported, uuid: 'another' }).hints).toMatchObject([
      { subject: 'org', id: '', questions: [], causes: [{ id: imported.uuid }, { id: 'another' }] },
    ])
  })
})

test('what failed, and what cannot change a group, is counted and no hint', () => {
  const failed = event('group.user_membership.add', [['UserGroup', '00g1']], { outcome: { result: 'FAILURE' } })
  const unknown = event('user.session.start', [['User', '00u1']])
  expect(hintsOf(failed, unknown, unknown)).toEqual({ hints: [], unknown: 2, failed: 1 })
  const skipped = event('group.user_membership.add', [['UserGroup', '00g1']], { outcome: { result: 'SKIPPED' } })
  expect(hintsOf(skipped).hints).toHaveLength(1)
})

test('of several events about a group there is one hint, and of two answers about a user the later one', () => {
  const at = (published: string, what: string) =>
    event(
      `group.user_membership.${what}`,
      [
        ['User', '00u1'],
        ['UserGroup', '00g1'],
      ],
      { published, uuid: published },
    )
  const early = at('2026-01-01T00:00:00.001Z', 'add')
  const late = at('2026-01-01T00:00:00.002Z', 'remove')
  for (const events of [
    [early, late],
    [late, early],
  ]) {
    expect(hintsOf(...events).hints).toMatchObject([
      { causes: [{ id: early.uuid }, { id: late.uuid }], questions: [{ user: '00u1', says: 'removed' }] },
    ])
  }
})

test('a cause leaves out what the event does not say', () => {
  const bare = { eventType: 'group.lifecycle.create', target: [{ type: 'UserGroup', id: '00g1' }] }
  expect(hintsOf(bare).hints[0]?.causes).toEqual([{ id: '', type: 'group.lifecycle.create' }])
})

test.prop([fc.array(fc.oneof(anyEvent, anyJsonEvent), { maxLength: 6 })])(
  'nothing that is sent makes it throw',
  (events) => {
    const { hints, unknown, failed } = hintsOf(...events)
    expect(unknown + failed).toBeLessThanOrEqual(events.length)
    for (const { subject, id, books, again } of hints) {
      expect([books, again]).toEqual([true, false])
      expect(id === '').toBe(subject === 'org')
    }
  },
)

test.prop([fc.array(anyEvent, { maxLength: 6 })])(
  'there is one hint for each subject that an event names',
  (events) => {
    const { hints, unknown, failed } = hintsOf(...events)
    const subjects = hints.map(({ subject, id }) => `${subject} ${id}`)
    expect(new Set(subjects).size).toBe(subjects.length)
    const told = events.filter((one) => {
      const alone = hintsOf(one)
      return alone.unknown + alone.failed === 0
    })
    expect(unknown + failed + told.length).toBe(events.length)
    expect(new Set(subjects)).toEqual(
      new Set(told.flatMap((one) => hintsOf(one).hints.map((hint) => `${hint.subject} ${hint.id}`))),
    )
  },
)

test.prop([anyEvent])('an event about a group says nothing about a user or the org, and none is about both', (one) => {
  const subjects = new Set(hintsOf(one).hints.map(({ subject }) => subject))
  expect(subjects.size).toBeLessThanOrEqual(1)
  const targets = Array.isArray(one.target) ? one.target : []
  const groups = targets.filter((target) => target?.type === 'UserGroup' && target.id)
  if (groups.length > 0 && subjects.size > 0) expect([...subjects]).toEqual(['group'])
})
