import { nameKey } from '../../shared/membership/name-key.ts'
import type { OktaTwin } from './okta.ts'
import type { Happening, Plan } from './plan.ts'

/** The org in which a history happens: places for groups, and people. */
export class Okta {
  readonly twin: OktaTwin
  readonly groups = new Map<number, { id: string; name: string; isImported: boolean }>()
  /** Okta ids. */
  readonly people: string[]
  /** Ids of the groups that ever bore a name, by its key, and which were ever out of scope or hidden. */
  readonly bearers = new Map<string, Set<string>>()
  readonly everOut = new Set<string>()
  readonly #names: number
  #addresses = 0

  constructor(twin: OktaTwin, plan: Plan) {
    this.twin = twin
    this.#names = plan.names
    this.people = Array.from({ length: plan.people }, (_, person) => this.#newPerson(person))
    for (const [slot, { name, isImported, members }] of plan.groups.entries()) {
      this.happens({ do: isImported ? 'import' : 'create', slot, name })
      for (const person of members) this.#member('join', slot, person)
    }
  }

  addressOf(person: number): string | null {
    const address = this.twin.org.state.users.get(this.people[person]!)?.profile[this.twin.attribute]
    return typeof address === 'string' ? address : null
  }

  /** Does it where it can be done, and answers what was done; null for nothing. */
  happens(one: Happening): string | null {
    try {
      if ('slot' in one && one.do !== 'hide' && one.do !== 'show') return this.#changeGroup(one)
      if ('person' in one && one.do !== 'remove' && one.do !== 'restore') return this.#changePerson(one as PersonChange)
      return null
    } catch (error) {
      // What Okta refuses (a name that is taken, somebody suspended twice) is no change.
      if ((error as Error).name !== 'OktaError') throw error
      return null
    }
  }

  nameOf(index: number): string {
    return index === this.#names ? 'Team Foreign' : `Team ${'ABCDEFG'[index]}`
  }

  #make(slot: number, index: number, isImported: boolean): string | null {
    if (this.groups.has(slot)) return null
    const { org } = this.twin
    const name = this.nameOf(index)
    const { id } = isImported ? org.importGroup({ name }) : org.createGroup({ name })
    this.groups.set(slot, { id, name, isImported })
    this.#note(id, name)
    return `${isImported ? 'an import brings' : 'somebody makes'} ${id} “${name}”`
  }

  #member(verb: 'join' | 'leave', slot: number, person: number): string | null {
    const { org } = this.twin
    const group = this.groups.get(slot)
    if (group === undefined) return null
    // Whoever is next for whom it is a change.
    const turn = this.people.map((_, index) => (person + index) % this.people.length)
    const next = turn.find((index) => org.state.members.has(group.id, this.people[index]!) !== (verb === 'join'))
    if (next === undefined) return null
    const user = this.people[next]!
    if (group.isImported) org[verb === 'join' ? 'importMember' : 'removeImportedMember'](group.id, user)
    else org[verb === 'join' ? 'addMember' : 'removeMember'](group.id, user)
    return `${this.addressOf(next)} ${verb === 'join' ? 'joins' : 'leaves'} “${group.name}”`
  }

  #changeGroup(one: Extract<Happening, { slot: number }>): string | null {
    const { org } = this.twin
    const group = this.groups.get(one.slot)
    if (one.do === 'create' || one.do === 'import') return this.#make(one.slot, one.name, one.do === 'import')
    if (one.do === 'join' || one.do === 'leave') {
      const [from, to] = [Math.min(one.person, one.to ?? one.person), Math.max(one.person, one.to ?? one.person)]
      const done = Array.from({ length: to - from + 1 }, (_, index) =>
        this.#member(one.do as 'join', one.slot, from + index),
      )
      const said = done.filter((each) => each !== null)
      return said.length === 0 ? null : said.join('; ')
    }
    if (group === undefined) return null
    if (one.do === 'rename') return this.#rename(group, this.nameOf(one.name))
    if (one.do === 'change case') return this.#rename(group, otherCase(group.name))
    if (one.do === 'leave scope') return this.#rename(group, `Out ${group.id}`)
    if (one.do === 'delete') {
      if (group.isImported) org.deleteImportedGroup(group.id)
      else org.deleteGroup(group.id)
      this.groups.delete(one.slot)
      this.everOut.add(group.id)
      return `somebody deletes “${group.name}”`
    }
    const other = one.do === 'swap' ? this.groups.get(one.other) : undefined
    if (other === undefined || other === group) return null
    const [name, otherName] = [group.name, other.name]
    if (name === otherName) return null
    this.#rename(group, `Team Swapped`)
    this.#rename(other, name)
    this.#rename(group, otherName)
    return `somebody swaps the names of “${name}” and “${otherName}”`
  }

  #rename(group: { id: string; name: string; isImported: boolean }, name: string): string | null {
    const before = group.name
    if (name === before) return null
    if (group.isImported) this.twin.org.renameImportedGroup(group.id, name)
    else this.twin.org.replaceGroup(group.id, { name })
    group.name = name
    this.#note(group.id, name)
    return `somebody renames “${before}” to “${name}”`
  }

  #note(id: string, name: string): void {
    if (name.startsWith('Out ')) this.everOut.add(id)
    else {
      const known = this.bearers.get(nameKey(name)) ?? new Set()
      this.bearers.set(nameKey(name), known.add(id))
    }
  }

  #newPerson(person: number): string {
    const login = `person${person}.${this.#addresses++}@example.com`
    return this.twin.org.createUser(login, { profile: { address: login } }).id
  }

  #changePerson(one: PersonChange): string | null {
    const { org, attribute } = this.twin
    const id = this.people[one.person]!
    const who = this.addressOf(one.person)
    if (one.do === 'replace') {
      if (org.state.users.get(id)?.status !== 'DEPROVISIONED') org.changeUser(id, 'deactivate')
      org.deleteUser(id)
      this.people[one.person] = this.#newPerson(one.person)
      return `${who} is deleted for good, and another comes`
    }
    if (one.do !== 'address') {
      org.changeUser(id, one.do)
      return `${one.do} ${who}`
    }
    const address = this.#address(one)
    if (address === null && attribute === 'email') return null
    org.updateUser(id, { [attribute]: address })
    return `${who} is now ${address}`
  }

  #address({ person, as }: Extract<Happening, { do: 'address' }>): string | null {
    if (as === 'none') return null
    if (as === 'new') return `person${person}.${this.#addresses++}@example.com`
    const other = this.addressOf(as === 'plus' ? person : as)
    return as === 'plus' ? (other?.replace(/(\+x)?@/, '+x@').toUpperCase() ?? null) : other
  }
}

type PersonChange = Extract<
  Happening,
  { person: number; do: 'suspend' | 'unsuspend' | 'deactivate' | 'activate' | 'replace' | 'address' }
>

function otherCase(name: string): string {
  if (!name.startsWith('Team ') && !name.startsWith('TEAM ')) return name
  return name.startsWith('Team ') ? name.toUpperCase() : `Team ${name.slice(5, 6)}${name.slice(6).toLowerCase()}`
}
