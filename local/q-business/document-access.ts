import { canonicalUser } from './canonical-user.ts'

/** A principal of a document's ACL as BatchPutDocument takes it; exactly one of the two is set. */
export interface Principal {
  user?: { id?: string; access: 'ALLOW' | 'DENY'; membershipType?: 'INDEX' | 'DATASOURCE' }
  group?: { name?: string; access: 'ALLOW' | 'DENY'; membershipType?: 'INDEX' | 'DATASOURCE' }
}

/** A document's ACL as BatchPutDocument takes it. */
export interface AccessConfiguration {
  accessControls: { principals: Principal[]; memberRelation?: 'AND' | 'OR' }[]
  memberRelation?: 'AND' | 'OR'
}

/** One condition of an ACL as CheckDocumentAccess answers it. */
export interface AclCondition {
  memberRelation: 'AND' | 'OR'
  groups: { name: string; type: 'INDEX' | 'DATASOURCE' }[]
  users: { id: string; type: 'INDEX' | 'DATASOURCE' }[]
}

/** One of the two lists of an ACL as CheckDocumentAccess answers it. */
export interface AclMembership {
  memberRelation: 'AND' | 'OR'
  conditions: AclCondition[]
}

/** A document's ACL as CheckDocumentAccess answers it. */
export interface DocumentAcl {
  allowlist: AclMembership
  denyList: AclMembership
}

/** Whom a document is checked for. */
export interface Person {
  id: string
  /** Whether the person is in the group of this name. */
  isIn(groupName: string): boolean
}

/**
 * A document's ACL in the two lists that CheckDocumentAccess shows.
 *
 * Each access control becomes one condition of the allowlist, of its ALLOW principals, and one of the deny list, of its
 * DENY principals; a control with none of a kind adds no condition to that list. The control's `memberRelation` goes
 * to its conditions, the configuration's to both lists. A relation that isn't given is OR, which the documentation
 * leaves open.
 */
export function aclOf(configuration: AccessConfiguration): DocumentAcl {
  const membership = (access: 'ALLOW' | 'DENY'): AclMembership => ({
    memberRelation: configuration.memberRelation ?? 'OR',
    conditions: configuration.accessControls
      .map((control) => conditionOf(control, access))
      .filter(({ users, groups }) => users.length + groups.length > 0),
  })
  return { allowlist: membership('ALLOW'), denyList: membership('DENY') }
}

function conditionOf(
  { principals, memberRelation = 'OR' }: AccessConfiguration['accessControls'][number],
  access: 'ALLOW' | 'DENY',
): AclCondition {
  const condition: AclCondition = { memberRelation, groups: [], users: [] }
  for (const { user, group } of principals) {
    if (user?.access === access && user.id != null) {
      condition.users.push({ id: user.id, type: user.membershipType ?? 'INDEX' })
    }
    if (group?.access === access && group.name != null) {
      condition.groups.push({ name: group.name, type: group.membershipType ?? 'INDEX' })
    }
  }
  return condition
}

/**
 * Whether a person may see a document.
 *
 * - A condition holds for who is one of its users or in one of its groups (OR), or is all of its users and in all of
 *   its groups (AND; so two different users under AND are nobody).
 * - A list holds if one of its conditions holds (OR), or if all of them hold (AND). A list without conditions holds
 *   for nobody.
 * - Who is in the deny list may not see it, whatever the allowlist says; who is in the allowlist only may; anybody
 *   else may not. A document without an ACL is open to all, one with an empty ACL, or with DENY principals alone, to
 *   nobody.
 */
export function mayAccess(acl: DocumentAcl | undefined, person: Person): boolean {
  if (!acl) return true
  return !holds(acl.denyList, person) && holds(acl.allowlist, person)
}

function holds({ conditions, memberRelation }: AclMembership, person: Person): boolean {
  return combine(
    memberRelation,
    conditions.map(({ memberRelation: within, users, groups }) =>
      combine(within, [
        ...users.map(({ id, type }) => type === 'INDEX' && canonicalUser(id) === canonicalUser(person.id)),
        ...groups.map(({ name, type }) => type === 'INDEX' && person.isIn(name)),
      ]),
    ),
  )
}

function combine(relation: 'AND' | 'OR', of: boolean[]): boolean {
  return of.length > 0 && (relation === 'AND' ? of.every(Boolean) : of.some(Boolean))
}
