import type { Okta } from '../okta/server.ts'

/** A document and the one group that its access list names. */
export interface Document {
  id: string
  title: string
  group: string
}

/** Everybody in the story: names that AWS's documentation uses for examples. */
export const PEOPLE = ['Nikki Wolf', 'Carlos Salazar', 'Mateo Jackson', 'Mary Major', 'Martha Rivera']

/** More people, who are in All Employees and are asked for nothing. */
export const OTHERS = Array.from({ length: 20 }, (_, index) => `Employee ${index + 1}`)

/** Who is in which group in Okta, in the beginning. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'core-team': ['Nikki Wolf', 'Carlos Salazar'],
  'AnyOrgApp Project': ['Mateo Jackson'],
  'ACME Project Space': ['Mary Major', 'Martha Rivera', 'Nikki Wolf'],
  'All Employees': [...PEOPLE, ...OTHERS],
}

/** What is in the index of Amazon Q Business, in the beginning. */
export const DOCUMENTS: readonly Document[] = [
  { id: 'roadmap', title: 'Roadmap of the core team', group: 'core-team' },
  { id: 'design', title: 'Design of AnyOrgApp', group: 'AnyOrgApp Project' },
  { id: 'contract', title: 'Contract with ACME', group: 'ACME Project Space' },
  { id: 'handbook', title: 'HR handbook', group: 'All Employees' },
]

/** A person's address, which is the user id in Amazon Q Business. */
export function emailOf(person: string): string {
  return `${person.toLowerCase().replace(' ', '.')}@example.com`
}

/** Fills the org as if it had been there for long: no event tells of it. Answers Okta's ids by the names of people and groups. */
export function foundCompany({ org }: Okta): Map<string, string> {
  return org.quietly(() => {
    const ids = new Map<string, string>()
    for (const person of [...PEOPLE, ...OTHERS]) {
      const [firstName, lastName] = person.split(' ')
      ids.set(person, org.createUser(emailOf(person), { profile: { firstName, lastName } }).id)
    }
    for (const [name, members] of Object.entries(GROUPS)) {
      ids.set(name, org.createGroup({ name }).id)
      for (const person of members) org.addMember(ids.get(name)!, ids.get(person)!)
    }
    return ids
  })
}
