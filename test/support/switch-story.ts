import { expect } from 'vitest'
import type { Faults } from '../../local/okta/faults.ts'
import { defaultSwitches, type Switches } from '../../local/q-business/switches.ts'
import { partsOf } from '../../shared/membership/spelling.ts'
import { NO_GUARD, type TestCloud, testCloud } from './cloud.ts'
import { DAY, HOUR, MINUTE, passTime, sleepByPassingTime } from './time.ts'

/** What nobody knows of Okta. */
export type OktaSwitches = Pick<Faults, 'countsDeprovisioned' | 'nulls' | 'nullTargets' | 'sees' | 'unseenById'> & {
  dpop: 'required' | 'off'
}

/** Which side is taken, where that isn't the default. */
export interface Sides {
  qbusiness?: Partial<Switches>
  okta?: Partial<OktaSwitches>
  /** How many minutes later than at once access may come, since the service or the news of a change takes its time. */
  late?: number
}

/** Known to Q Business from the start, as by an earlier sign-in. */
const KNOWN = ['ann', 'bob', 'carl', 'dora', 'eve', 'fred', 'gus'] as const
const PEOPLE = [...KNOWN, 'stranger'] as const
type Person = (typeof PEOPLE)[number]

/** The names that documents have on their access lists, one document each. `Company` is somebody else's group. */
const NAMES = ['Project', 'PROJECT', 'Sales', 'Sales EMEA', 'Between', 'Board', 'Large', 'Hidden', 'Company'] as const
type Name = (typeof NAMES)[number]

type Access = Record<Name, Person[]>

interface Story {
  cloud: TestCloud
  switches: Switches
  groups: Record<string, string>
  people: Record<Person, string>
}

interface Step {
  title: string
  does(story: Story): Promise<unknown>
  /** Whose access changes; everybody else's stays. */
  gives: Partial<Access> | ((sides: { qbusiness: Switches; isHidden: boolean }) => Partial<Access>)
  /** How long it takes by design, in minutes, where it isn't at once. */
  minutes?: number
  /** What it comes to besides. */
  until?(cloud: TestCloud): Promise<boolean>
}

const STEPS: Step[] = [
  {
    title: 'the first sync puts three groups that were there before',
    async does({ cloud, groups, people, switches }) {
      const { org } = cloud.okta
      org.quietly(() => {
        for (const [name, ...members] of [
          ['Project', 'ann', 'bob', 'gus'],
          ['Sales', 'bob', 'carl'],
          ['Board', 'carl'],
        ] as [string, ...Person[]][]) {
          groups[name] = org.createGroup({ name }).id
          for (const member of members) org.addMember(groups[name], people[member])
        }
        groups['Large'] = org.createGroup({ name: 'Large' }).id
        for (const member of ['ann', 'bob', 'carl', 'dora'] as const) org.addMember(groups['Large'], people[member])
        for (let index = 4; index < switches.memberLimit; index++) {
          org.addMember(groups['Large'], org.createUser(`large-${index}@example.com`).id)
          cloud.qbusiness.store.createUser(`large-${index}@example.com`)
        }
      })
      await cloud.reconcile()
    },
    gives: {
      Project: ['ann', 'bob', 'gus'],
      Sales: ['bob', 'carl'],
      Board: ['carl'],
      Large: ['ann', 'bob', 'carl', 'dora'],
    },
  },
  {
    title: 'a group that the admin role does not see hinders nobody',
    does: async ({ cloud: { okta }, people }) =>
      okta.org.addMember(okta.org.createGroup({ name: 'Hidden' }).id, people.ann),
    gives: ({ isHidden }) => (isHidden ? {} : { Hidden: ['ann'] }),
  },
  {
    title: 'somebody joins',
    does: ({ cloud, groups, people }) => cloud.admin.join(groups['Project']!, people.dora),
    gives: { Project: ['ann', 'bob', 'dora', 'gus'] },
  },
  {
    title: 'somebody leaves',
    does: ({ cloud, groups, people }) => cloud.admin.leave(groups['Project']!, people.bob),
    gives: { Project: ['ann', 'dora', 'gus'] },
  },
  {
    title: 'somebody is suspended, and somebody deactivated',
    async does({ cloud, people }) {
      await cloud.admin.lifecycle(people.ann, 'suspend')
      await cloud.admin.lifecycle(people.gus, 'deactivate')
    },
    gives: { Project: ['dora'], Large: ['bob', 'carl', 'dora'], Hidden: [] },
  },
  {
    title: 'who was suspended is back',
    does: ({ cloud, people }) => cloud.admin.lifecycle(people.ann, 'unsuspend'),
    gives: ({ isHidden }) => ({
      Project: ['ann', 'dora'],
      Large: ['ann', 'bob', 'carl', 'dora'],
      ...(isHidden ? {} : { Hidden: ['ann'] }),
    }),
  },
  {
    title: 'the last member leaves',
    does: ({ cloud, groups, people }) => cloud.admin.leave(groups['Board']!, people.carl),
    gives: { Board: [] },
  },
  {
    title: 'a group gets another name',
    does: ({ cloud, groups }) => cloud.admin.rename(groups['Sales']!, 'Sales EMEA'),
    gives: { 'Sales EMEA': ['bob', 'carl'] },
  },
  {
    title: 'a group gets its name in another case',
    does: ({ cloud, groups }) => cloud.admin.rename(groups['Project']!, 'PROJECT'),
    gives: { PROJECT: ['ann', 'dora'] },
  },
  {
    title: 'who leaves it leaves both spellings',
    does: ({ cloud, groups, people }) => cloud.admin.leave(groups['Project']!, people.ann),
    gives: { Project: ['dora'], PROJECT: ['dora'] },
  },
  {
    title: 'one of two groups makes way',
    does: ({ cloud, groups }) => cloud.admin.rename(groups['Sales']!, 'Between'),
    gives: { Between: ['bob', 'carl'] },
  },
  {
    title: 'and now they have swapped their names',
    async does({ cloud, groups }) {
      await cloud.admin.rename(groups['Board']!, 'Sales EMEA')
      await cloud.admin.rename(groups['Sales']!, 'Board')
    },
    gives: { Board: ['bob', 'carl'], 'Sales EMEA': [] },
  },
  {
    title: 'a group is deleted, and made again',
    async does({ cloud, groups, people }) {
      await cloud.admin.deleteGroup(groups['Sales']!)
      groups['Board again'] = await cloud.admin.createGroup('Board')
      await cloud.admin.join(groups['Board again'], people.ann)
    },
    gives: { Board: ['ann'], Between: [], Sales: [] },
    minutes: 2,
  },
  {
    title: 'a group grows over the limit',
    async does({ cloud, groups, people }) {
      cloud.okta.org.quietly(() => cloud.okta.org.addMember(groups['Large']!, people.eve))
      await cloud.admin.join(groups['Large']!, people.fred)
    },
    gives: {},
    until: async (cloud) => (await cloud.ledger('Large')).refusal !== null,
  },
  {
    title: 'who leaves a group over the limit leaves',
    does: ({ cloud, groups, people }) => cloud.admin.leave(groups['Large']!, people.ann),
    gives: { Large: ['bob', 'carl', 'dora'] },
  },
  {
    title: 'everybody is in once it is small enough',
    does: ({ cloud, groups, people }) => cloud.admin.leave(groups['Large']!, people.bob),
    gives: { Large: ['carl', 'dora', 'eve', 'fred'] },
  },
  {
    title: 'one joins and a second later another leaves',
    async does({ cloud, groups, people }) {
      await cloud.admin.join(groups['Project']!, people.fred)
      passTime(1_000)
      await cloud.admin.leave(groups['Project']!, people.dora)
    },
    gives: { Project: ['fred'], PROJECT: ['fred'] },
  },
  {
    title: 'somebody joins whom Q Business does not know, and somebody leaves',
    async does({ cloud, groups, people }) {
      await cloud.admin.join(groups['Board again']!, people.stranger)
      await cloud.settled()
      await cloud.admin.leave(groups['Board again']!, people.ann)
    },
    gives: ({ qbusiness: { unknownUsers, unseenPerson } }) => ({
      Board: unknownUsers === 'taken' && unseenPerson === 'resolved' ? ['stranger'] : [],
    }),
  },
  {
    title: 'who was not known signs in, and somebody else joins',
    async does({ cloud, groups, people }) {
      cloud.qbusiness.store.createUser('stranger@example.com')
      await cloud.admin.join(groups['Board again']!, people.eve)
    },
    gives: { Board: ['stranger', 'eve'] },
  },
  {
    title: 'two days later nothing is different, nor in doubt',
    does: async ({ cloud }) => {
      for (const wait of [15 * MINUTE, 2 * HOUR, DAY, DAY]) {
        passTime(wait)
        await cloud.minutes(2)
      }
      await cloud.reconcile()
    },
    gives: {},
  },
]

/**
 * Tells the story under some sides of the switches, on a cloud of its own; after each step it looks who can read what.
 * Answers what the user store was asked.
 */
export async function tellStory({ qbusiness, okta = {}, late = 0 }: Sides): Promise<Set<string>> {
  sleepByPassingTime()
  const cloud = await testCloud({ settings: { guard: NO_GUARD } })
  try {
    const { store, switches } = cloud.qbusiness
    Object.assign(switches, defaultSwitches, qbusiness)
    const { dpop = 'off', ...faults } = okta
    Object.assign(cloud.okta.faults, faults)
    cloud.okta.tokens.dpop = dpop
    const people = {} as Story['people']
    for (const person of PEOPLE) people[person] = await cloud.admin.createUser(addressOf(person))
    store.createUser(...KNOWN.map(addressOf))
    // Where empty lists are refused, too, somebody has to make this one known: see docs/stand-ins.md.
    if (switches.unknownUsers !== 'taken') store.createUser('nobody@q-group-sync.invalid')
    for (const name of NAMES) {
      const principals = [{ group: { name, access: 'ALLOW' as const } }]
      store.putDocument({ id: name, accessConfiguration: { accessControls: [{ principals }] } })
    }
    store.putForeign('Company', [], ['Project'])
    const story: Story = { cloud, switches, groups: {}, people }
    const sides = { qbusiness: switches, isHidden: Boolean(okta.sees) }
    let access = Object.fromEntries(NAMES.map((name) => [name, []])) as unknown as Access
    for (const { title, does, gives, minutes, until = async () => true } of STEPS) {
      const before = access
      access = { ...before, ...(typeof gives === 'function' ? gives(sides) : gives) }
      access.Company = switches.nestingDepth > 1 ? access.Project : []
      if (switches.groupNames === 'case-insensitive') access.PROJECT = access.Project
      // What comes a moment after something else isn't held up by it.
      passTime(2_000)
      await does(story)
      await cloud.settled()
      if (minutes) await cloud.minutes(minutes)
      for (let waited = 0; waited < late; ) {
        const now = accessNow(cloud)
        expectNothingWrong(title, before, now, access)
        // An older put may still land, and be mended.
        const isOver = switches.overlap === 'in-order' || store.isAtRest()
        if (isOver && isSame(now, access) && (await until(cloud))) break
        // A minute at first, and ever longer.
        const wait = Math.min(Math.ceil((waited + 1) / 2), late - waited)
        waited += wait
        passTime(wait * MINUTE)
        await cloud.catchUp()
      }
      expect(accessNow(cloud), title).toEqual(sorted(access))
      expect(await until(cloud), title).toBe(true)
    }
    await expectNothingLeft(cloud)
    return new Set(cloud.qbusiness.calls.map(({ operation }) => String(operation)))
  } finally {
    await cloud.close()
  }
}

/** Until it arrives, nobody has access who neither had it nor is to have it. */
function expectNothingWrong(title: string, before: Access, now: Access, after: Access): void {
  for (const name of NAMES)
    expect([...before[name], ...after[name]], `${title}: ${name}`).toEqual(containing(now[name]))
}

async function expectNothingLeft(cloud: TestCloud): Promise<void> {
  for (const queue of Object.values(cloud.deadLetterQueues)) expect(await cloud.messages(queue)).toBe(0)
  const same = { status: 'none', refusal: { reason: 'same' }, failures: 0 }
  const isOne = cloud.qbusiness.switches.groupNames === 'case-insensitive'
  const right = { status: 'confirmed', doubt: null, refusal: null, failures: 0 }
  for await (const { ledgers } of cloud.snapshot.all()) {
    for (const { key } of ledgers) {
      const { ledger } = await cloud.snapshot.name(key)
      expect(ledger, key).toMatchObject(isOne && partsOf(key).spelling !== null ? same : right)
    }
  }
}

const containing = (people: Person[]) => expect.arrayContaining(people)
const addressOf = (person: Person) => `${person}@example.com`
const sorted = (access: Access) => Object.fromEntries(NAMES.map((name) => [name, access[name].toSorted()]))
const isSame = (a: Access, b: Access) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))

function accessNow({ qbusiness }: TestCloud): Access {
  const mayRead = (person: Person, document: Name) => {
    try {
      return qbusiness.store.checkAccess(addressOf(person), document).hasAccess
    } catch (error) {
      if ((error as { status?: number }).status === 404) return false
      throw error
    }
  }
  const readers = (name: Name) => PEOPLE.filter((person) => mayRead(person, name)).sort()
  return Object.fromEntries(NAMES.map((name) => [name, readers(name)])) as unknown as Access
}
