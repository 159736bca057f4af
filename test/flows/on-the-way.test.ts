import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptDeployed } from '../support/accept.ts'
import { accessWatch, always, once } from '../support/access-watch.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'

const NAMES = [
  'red',
  'redder',
  'left',
  'right',
  'again',
  'mail',
  'mail two',
  'reused',
  'other',
  'large',
  'leaves',
  'mapped',
]
const guard = NO_GUARD
let cloud: TestCloud
let watch: Awaited<ReturnType<typeof accessWatch>>
let ann: string
let bob: string
let cyd: string
const [ANN, BOB, CYD] = ['ann@example.com', 'bob@example.com', 'cyd@example.com']

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard, scope: { names: [...NAMES, 'red*'] } } })
  watch = await accessWatch(cloud, NAMES)
  ann = await cloud.admin.createUser(ANN)
  bob = await cloud.admin.createUser(BOB)
  cyd = await cloud.admin.createUser(CYD)
})
afterAll(async () => {
  watch.close()
  await cloud.close()
})

const listsPut = (name: string) => cloud.puts(name).map(({ members = [] }) => members)

test('rename: nobody loses access for a moment, and who leaves afterwards leaves both names', async () => {
  const group = await cloud.groupOf('red', ann, bob)
  const renamed = await watch.during(
    [
      [ANN, 'red'],
      [ANN, 'redder'],
      [CYD, 'red'],
      [CYD, 'redder'],
    ],
    () => cloud.admin.rename(group, 'redder'),
  )
  expect(always(renamed[0]!, true)).toBe(true)
  expect(once(renamed[1]!, false, true)).toBe(true)
  expect(always(renamed[2]!, false) && always(renamed[3]!, false)).toBe(true)
  const left = await watch.during(
    [
      [ANN, 'red'],
      [ANN, 'redder'],
      [BOB, 'red'],
      [BOB, 'redder'],
    ],
    () => cloud.admin.leave(group, ann),
  )
  expect(once(left[0]!, true, false) && once(left[1]!, true, false)).toBe(true)
  expect(always(left[2]!, true) && always(left[3]!, true)).toBe(true)
})

test('swap of two names: who is in both groups never loses either, and nobody else gets in', async () => {
  const left = await cloud.groupOf('left', ann, cyd)
  const right = await cloud.groupOf('right', bob, cyd)
  const seen = await watch.during(
    [
      [CYD, 'left'],
      [CYD, 'right'],
      [ANN, 'left'],
      [ANN, 'right'],
      [BOB, 'left'],
      [BOB, 'right'],
    ],
    async () => {
      await cloud.admin.rename(left, 'redmost')
      await cloud.admin.rename(right, 'left')
      await cloud.admin.rename(left, 'right')
    },
  )
  expect(always(seen[0]!, true) && always(seen[1]!, true)).toBe(true)
  expect(once(seen[2]!, true, false) && once(seen[3]!, false, true)).toBe(true)
  expect(once(seen[4]!, false, true) && once(seen[5]!, true, false)).toBe(true)
})

test('re-creation: who is in the new group, too, never loses access, and who is not loses it', async () => {
  const group = await cloud.groupOf('again', ann, bob)
  const seen = await watch.during(
    [
      [ANN, 'again'],
      [BOB, 'again'],
    ],
    async () => {
      await cloud.admin.deleteGroup(group)
      await cloud.settled()
      await cloud.groupOf('again', ann)
      await cloud.minutes(3)
    },
  )
  expect(always(seen[0]!, true)).toBe(true)
  expect(once(seen[1]!, true, false)).toBe(true)
})

test('an email that changes: in every group the old id is out and the new one in by one and the same put', async () => {
  const user = await cloud.admin.createUser('old@example.com')
  const groups = ['mail', 'mail two']
  for (const name of groups) await cloud.groupOf(name, user, bob)
  const seen = await watch.during(
    groups.flatMap((name) => [
      ['old@example.com', name] as const,
      ['new@example.com', name] as const,
      [BOB, name] as const,
    ]),
    () => cloud.admin.updateUser(user, { email: 'new@example.com' }),
  )
  for (const at of [0, 3]) {
    expect(once(seen[at]!, true, false) && once(seen[at + 1]!, false, true)).toBe(true)
    expect(always(seen[at + 2]!, true)).toBe(true)
  }
  for (const name of groups) {
    const withEither = listsPut(name).filter((ids) => ids.some((id) => /^(old|new)@/.test(id)))
    expect(withEither.every((ids) => ids.includes('old@example.com') !== ids.includes('new@example.com'))).toBe(true)
    expect(withEither.at(-1)).toEqual([BOB, 'new@example.com'])
  }
})

test('an email given to another person: it reads what its new owner may, and no more what the former one may', async () => {
  const former = await cloud.admin.createUser('shared@example.com')
  const next = await cloud.admin.createUser('next@example.com')
  await cloud.groupOf('reused', former)
  await cloud.groupOf('other', next)
  const seen = await watch.during(
    [
      ['shared@example.com', 'reused'],
      ['shared@example.com', 'other'],
      ['moved@example.com', 'reused'],
      ['moved@example.com', 'other'],
    ],
    async () => {
      await cloud.admin.updateUser(former, { email: 'moved@example.com', login: 'moved@example.com' })
      await cloud.admin.updateUser(next, { email: 'shared@example.com', login: 'shared@example.com' })
    },
  )
  expect(once(seen[0]!, true, false) && once(seen[1]!, false, true)).toBe(true)
  expect(once(seen[2]!, false, true) && always(seen[3]!, false)).toBe(true)
})

test('999 members, 1,001, and back: leavers leave all along, nobody else loses access, who came last waits', async () => {
  const { org } = cloud.okta
  const group = await cloud.admin.createGroup('large')
  const large: string[] = []
  org.quietly(() => {
    for (let index = 0; index < 997; index++) large.push(org.createUser(`large-${index}@example.com`).id)
    for (const user of large) org.addMember(group, user)
  })
  await cloud.admin.join(group, ann)
  await cloud.admin.join(group, bob)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(999)
  const last = await cloud.admin.createUser('last@example.com')
  const up = await watch.during(
    [
      [BOB, 'large'],
      [ANN, 'large'],
      ['last@example.com', 'large'],
    ],
    async () => {
      org.quietly(() => org.addMember(group, org.createUser('one-more@example.com').id))
      await cloud.admin.join(group, last)
      await cloud.settled()
      org.quietly(() => org.addMember(group, org.createUser('two-more@example.com').id))
      await cloud.admin.leave(group, ann)
    },
  )
  expect(always(up[0]!, true)).toBe(true)
  expect(once(up[1]!, true, false)).toBe(true)
  expect(always(up[2]!, false)).toBe(true)
  const down = await watch.during(
    [
      [BOB, 'large'],
      ['last@example.com', 'large'],
    ],
    async () => {
      org.quietly(() => org.removeMember(group, large[0]!))
      await cloud.admin.lifecycle(last, 'suspend')
      await cloud.admin.lifecycle(last, 'unsuspend')
      // A large group rests between its reads.
      await cloud.minutes(2)
    },
  )
  expect(always(down[0]!, true)).toBe(true)
  expect(down[1]!.at(-1)).toBe(true)
  expect(cloud.members('large')).toHaveLength(1000)
})

test('leaving scope and coming back: out at once, in at once, and nobody else gets in', async () => {
  const group = await cloud.groupOf('leaves', ann)
  const pairs = [
    [ANN, 'leaves'],
    [BOB, 'leaves'],
  ] as const
  const out = await watch.during(pairs, () => cloud.admin.rename(group, 'out of scope'))
  expect(once(out[0]!, true, false) && always(out[1]!, false)).toBe(true)
  const back = await watch.during(pairs, () => cloud.admin.rename(group, 'leaves'))
  expect(once(back[0]!, false, true) && always(back[1]!, false)).toBe(true)
})

test('settings that change the mapped attribute: nothing is put until a person has accepted them', async () => {
  const user = await cloud.admin.createUser('login@example.com', { email: 'mail@example.com' })
  await cloud.groupOf('mapped', user)
  const puts = cloud.puts().length
  const pairs = [
    ['mail@example.com', 'mapped'],
    ['login@example.com', 'mapped'],
  ] as const
  const deployed = await watch.during(pairs, async () => {
    await cloud.deploy({ guard, scope: { names: [...NAMES, 'red*'] }, members: { attribute: 'login' } })
    await cloud.reconcile()
    await cloud.minutes(2)
  })
  expect(always(deployed[0]!, true) && always(deployed[1]!, false)).toBe(true)
  expect(cloud.puts().length).toBe(puts)
  const accepted = await watch.during(pairs, async () => {
    await acceptDeployed(cloud)
    await cloud.minutes(2)
  })
  expect(once(accepted[0]!, true, false) && once(accepted[1]!, false, true)).toBe(true)
})
