import { describe, expect, test } from 'vitest'
import { canonicalUser } from '../../local/q-business/canonical-user.ts'
import { type AccessConfiguration, aclOf, mayAccess, type Principal } from '../../local/q-business/document-access.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { UserStore } from '../../local/q-business/user-store.ts'

const group = (name: string, access: 'ALLOW' | 'DENY' = 'ALLOW'): Principal => ({ group: { name, access } })
const user = (id: string, access: 'ALLOW' | 'DENY' = 'ALLOW'): Principal => ({ user: { id, access } })

const may = (configuration: AccessConfiguration | undefined, groups: string[], id = 'ann@example.com') =>
  mayAccess(configuration && aclOf(configuration), { id, isIn: (name) => groups.includes(name) })

describe('A document', () => {
  test('without an ACL is open to all, with an empty one to nobody', () => {
    expect(may(undefined, [])).toBe(true)
    expect(may({ accessControls: [] }, ['a'])).toBe(false)
    expect(may({ accessControls: [{ principals: [] }] }, ['a'])).toBe(false)
  })

  test.each([
    ['OR', ['a'], true],
    ['OR', ['b'], true],
    ['OR', [], false],
    [undefined, ['a'], true],
    ['AND', ['a'], false],
    ['AND', ['a', 'b'], true],
  ] as const)(
    'with groups a and b in one control (%s) is for members of %j: %s',
    (memberRelation, groups, expected) => {
      const control = { principals: [group('a'), group('b')], ...(memberRelation && { memberRelation }) }
      expect(may({ accessControls: [control] }, [...groups])).toBe(expected)
    },
  )

  test.each([
    ['OR', ['a'], true],
    [undefined, ['b'], true],
    ['AND', ['a'], false],
    ['AND', ['a', 'b'], true],
  ] as const)(
    'with groups a and b in two controls (%s) is for members of %j: %s',
    (memberRelation, groups, expected) => {
      const accessControls = [{ principals: [group('a')] }, { principals: [group('b')] }]
      expect(may({ accessControls, ...(memberRelation && { memberRelation }) }, [...groups])).toBe(expected)
    },
  )

  test('keeps the relation of the controls apart from that of each control', () => {
    const configuration: AccessConfiguration = {
      memberRelation: 'AND',
      accessControls: [
        { memberRelation: 'OR', principals: [group('a'), group('b')] },
        { memberRelation: 'AND', principals: [group('c'), user('ANN@example.com')] },
      ],
    }
    expect(may(configuration, ['b', 'c'])).toBe(true)
    expect(may(configuration, ['b', 'c'], 'bob@example.com')).toBe(false)
    expect(may(configuration, ['b'])).toBe(false)
    expect(may(configuration, ['c'])).toBe(false)
  })

  test('is denied to whom the deny list holds, whatever the allowlist says', () => {
    const principals = [group('a'), user('ann@example.com'), group('out', 'DENY')]
    expect(may({ accessControls: [{ principals }] }, ['a'])).toBe(true)
    expect(may({ accessControls: [{ principals }] }, ['a', 'out'])).toBe(false)
    expect(may({ accessControls: [{ principals: [group('a'), user('a.nn@example.com', 'DENY')] }] }, ['a'])).toBe(true)
    expect(may({ accessControls: [{ principals: [group('a'), user('Ann+x@example.com', 'DENY')] }] }, ['a'])).toBe(
      false,
    )
  })

  test('is denied, under AND, to who is all of the control’s denied', () => {
    const principals = [group('a'), group('x', 'DENY'), group('y', 'DENY')]
    const configuration: AccessConfiguration = { accessControls: [{ memberRelation: 'AND', principals }] }
    expect(may(configuration, ['a', 'x'])).toBe(true)
    expect(may(configuration, ['a', 'x', 'y'])).toBe(false)
  })

  test('with DENY principals alone is for nobody', () => {
    expect(may({ accessControls: [{ principals: [group('x', 'DENY')] }] }, [])).toBe(false)
  })

  test('is not for people and groups of a data source, nor for principals without a name', () => {
    const principals: Principal[] = [
      { group: { name: 'a', access: 'ALLOW', membershipType: 'DATASOURCE' } },
      { user: { id: 'ann@example.com', access: 'ALLOW', membershipType: 'DATASOURCE' } },
      { group: { access: 'ALLOW' } },
    ]
    expect(may({ accessControls: [{ principals }] }, ['a'])).toBe(false)
  })
})

test.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ['ann+a+b@example.com', 'ann@example.com'],
  ['A@example.com', 'a@example.com'],
  ['+@example.com', '+@example.com'],
  ['"a@b"+x@example.com', '"a@b"@example.com'],
  ['EMPLOYEE+17', 'EMPLOYEE+17'],
  ['@handle+X', '@handle+X'],
  ['ann@a+b.example.com', 'ann@a+b.example.com'],
])('%s is %s', (id, canonical) => {
  expect(canonicalUser(id)).toBe(canonical)
})

test('A group of a data source is not the group of the index that an ACL names', () => {
  const store = new UserStore(() => 0, { ...defaultSwitches, processingMs: 0 })
  const dataSourceId = 'd0000000-0000-4000-8000-000000000001'
  const groupMembers = { memberUsers: [{ userId: 'ann@example.com' }] }
  store.putDocument({ id: 'd', accessConfiguration: { accessControls: [{ principals: [group('g')] }] } })
  store.putGroup({ groupName: 'g', type: 'DATASOURCE', dataSourceId, groupMembers })
  expect(store.checkAccess('ann@example.com', 'd').hasAccess).toBe(false)
  store.putGroup({ groupName: 'g', type: 'INDEX', groupMembers })
  expect(store.checkAccess('ann@example.com', 'd').hasAccess).toBe(true)
})

test('Who counts as a member can change behind GetGroup’s back', () => {
  const store = new UserStore(() => 0, { ...defaultSwitches })
  store.putDocument({ id: 'd', accessConfiguration: { accessControls: [{ principals: [group('g')] }] } })
  store.putForeign('g', ['ann@example.com'])
  const shown = store.statuses('g')
  store.changeUnseen('g', ['bob@example.com'])
  expect(store.members('g')).toEqual(['bob@example.com'])
  expect(store.checkAccess('ann@example.com', 'd').hasAccess).toBe(false)
  expect(store.checkAccess('bob@example.com', 'd').hasAccess).toBe(true)
  expect(store.statuses('g')).toEqual(shown)
  expect(() => store.changeUnseen('h', [])).toThrow('there is no group h')
})

describe('Subgroups', () => {
  const groupsOf = (store: UserStore, id: string) => {
    store.putDocument({ id: 'any' })
    return store
      .checkAccess(id, 'any')
      .groups.map(({ name }) => name)
      .sort()
  }

  test('hand their members up, also in a ring', () => {
    const store = new UserStore(() => 0, { ...defaultSwitches })
    store.putForeign('bottom', ['ann@example.com'], ['top'])
    store.putForeign('middle', [], ['bottom'])
    store.putForeign('top', ['bob@example.com'], ['middle', 'top'])
    store.putForeign('elsewhere', ['cid@example.com'])
    expect(groupsOf(store, 'ann@example.com')).toEqual(['bottom', 'middle', 'top'])
    expect(groupsOf(store, 'bob@example.com')).toEqual(['bottom', 'middle', 'top'])
    expect(groupsOf(store, 'cid@example.com')).toEqual(['elsewhere'])
    expect(groupsOf(store, 'dee@example.com')).toEqual([])
  })

  test('of a subgroup that was deleted hand nothing up', () => {
    let time = 0
    const store = new UserStore(() => time, { ...defaultSwitches })
    store.putForeign('bottom', ['ann@example.com'])
    store.putForeign('top', [], ['bottom'])
    store.deleteGroup('bottom')
    expect(groupsOf(store, 'ann@example.com')).toEqual(['bottom', 'top'])
    time += 20
    expect(groupsOf(store, 'ann@example.com')).toEqual([])
  })

  test('of a type are looked for where that type is', () => {
    const switches = { ...defaultSwitches, processingMs: 0 }
    const store = new UserStore(() => 0, switches)
    const dataSourceId = 'd0000000-0000-4000-8000-000000000001'
    const users = { memberUsers: [{ userId: 'ann@example.com' }] }
    store.putForeign('sub', ['bob@example.com'])
    store.putGroup({ groupName: 'sub', type: 'DATASOURCE', dataSourceId, groupMembers: users })
    const ofType = (type: 'INDEX' | 'DATASOURCE') => ({ memberGroups: [{ groupName: 'sub', type }] })
    store.putGroup({ groupName: 'of source', type: 'DATASOURCE', dataSourceId, groupMembers: ofType('DATASOURCE') })
    store.putGroup({ groupName: 'of index', type: 'DATASOURCE', dataSourceId, groupMembers: ofType('INDEX') })
    const lost = { groupName: 'of no source', type: 'INDEX', groupMembers: ofType('DATASOURCE') } as const
    store.putGroup(lost)
    expect(groupsOf(store, 'ann@example.com')).toEqual(['of source', 'sub'])
    expect(groupsOf(store, 'bob@example.com')).toEqual(['of index', 'sub'])
    switches.absentMemberType = 'DATASOURCE'
    const untyped = { memberGroups: [{ groupName: 'sub' }] }
    store.putGroup({ groupName: 'of any', type: 'DATASOURCE', dataSourceId, groupMembers: untyped })
    store.putGroup({ groupName: 'of any', type: 'INDEX', groupMembers: untyped })
    expect(groupsOf(store, 'ann@example.com')).toEqual(['of any', 'of source', 'sub'])
    expect(groupsOf(store, 'bob@example.com')).toEqual(['of index', 'sub'])
  })

  test('are followed as deep as the switch says', () => {
    const switches = { ...defaultSwitches }
    const store = new UserStore(() => 0, switches)
    store.putForeign('1', ['ann@example.com'])
    for (const level of [2, 3, 4]) store.putForeign(String(level), [], [String(level - 1)])
    expect(groupsOf(store, 'ann@example.com')).toEqual(['1', '2', '3', '4'])
    switches.nestingDepth = 2
    expect(groupsOf(store, 'ann@example.com')).toEqual(['1', '2'])
    switches.nestingDepth = 1
    expect(groupsOf(store, 'ann@example.com')).toEqual(['1'])
  })
})

test('A page that holds all there is has no next one', () => {
  const store = new UserStore(() => 0, { ...defaultSwitches })
  for (const id of ['c', 'a', 'b']) store.putDocument({ id })
  expect(store.listDocuments({ maxResults: 3 })).not.toHaveProperty('nextToken')
  const { nextToken } = store.listDocuments({ maxResults: 2 })
  const last = store.listDocuments({ maxResults: 1, nextToken: nextToken! })
  expect(last.shown.map(({ id }) => id)).toEqual(['c'])
  expect(last).not.toHaveProperty('nextToken')
})
