import { canonicalUser } from './canonical-user.ts'
import { type Change, GroupRecord, type MemberList } from './group-record.ts'
import type { Switches } from './switches.ts'

/** A group of a list, and the people and groups in it, in the form that two spellings of one share. */
interface Counted {
  list: MemberList
  users: Set<string>
  groups: Set<string>
}

/** All groups of one index, brought up to the time of the clock whenever they are looked at. */
export class Groups {
  readonly #now: () => number
  readonly #switches: Switches
  readonly #records = new Map<string, GroupRecord>()
  readonly #counted = new Map<GroupRecord, Counted>()

  constructor(now: () => number, switches: Switches) {
    this.#now = now
    this.#switches = switches
  }

  /** The group as it is now; `undefined` if it was never put. */
  find(name: string, dataSourceId?: string): GroupRecord | undefined {
    const record = this.#records.get(this.key(name, dataSourceId))
    record?.advance(this.#now())
    return record
  }

  /** The groups that exist now, sorted by name. */
  all(): GroupRecord[] {
    for (const record of this.#records.values()) record.advance(this.#now())
    const existing = [...this.#records.values()].filter((record) => record.exists)
    return existing.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  submit(name: string, dataSourceId: string | undefined, change: Change): void {
    this.#of(name, dataSourceId).submit(change, this.#now())
  }

  settle(name: string, list: MemberList): void {
    this.#of(name, undefined).settle(list, this.#now())
  }

  /** What two names have in common that mean one group. */
  key(name: string, dataSourceId?: string): string {
    const folded = this.#switches.groupNames === 'case-insensitive' ? name.toLowerCase() : name
    return `${dataSourceId ?? ''}/${folded}`
  }

  /**
   * The groups that count a person as a member, directly or through subgroups, in the order in which they were found.
   */
  ofUser(id: string): GroupRecord[] {
    const groups = this.all()
    const canonical = canonicalUser(id)
    const found = new Set(groups.filter((group) => this.#count(group)?.users.has(canonical)))
    let newest = [...found]
    // A group already found isn't followed again: so cycles end.
    for (let level = 1; newest.length > 0 && level < this.#switches.nestingDepth; level++) {
      const keys = newest.map((group) => this.key(group.name, group.dataSourceId))
      newest = groups.filter((group) => !found.has(group) && keys.some((key) => this.#count(group)?.groups.has(key)))
      for (const group of newest) found.add(group)
    }
    return [...found]
  }

  #of(name: string, dataSourceId: string | undefined): GroupRecord {
    const key = this.key(name, dataSourceId)
    let record = this.#records.get(key)
    if (!record) {
      record = new GroupRecord(name, dataSourceId, this.#switches)
      this.#records.set(key, record)
    }
    return record
  }

  #count(group: GroupRecord): Counted | undefined {
    const { list, dataSourceId } = group
    if (!list) return undefined
    const known = this.#counted.get(group)
    if (known?.list === list) return known
    // Documents are put into the index itself here, so people of a data source are nobody to them.
    const users = list.users.filter(({ type }) => type === 'INDEX').map(({ id }) => canonicalUser(id))
    const groups = list.groups
      // A group of the index has no data source in which a subgroup of that type could be.
      .filter(({ type }) => type === 'INDEX' || dataSourceId !== undefined)
      .map(({ id, type }) => this.key(id, type === 'INDEX' ? undefined : dataSourceId))
    const counted = { list, users: new Set(users), groups: new Set(groups) }
    this.#counted.set(group, counted)
    return counted
  }
}
