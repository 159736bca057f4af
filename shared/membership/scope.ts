import { fitsGlob } from './glob.ts'

/** Which groups are kept in the user store. A group is in scope by type, and then by name or by id. */
export interface Scope {
  types: string[]
  /** Globs over the group's name in Okta. */
  names: string[]
  /** Okta ids, besides those that a glob of `names` takes. */
  ids: string[]
}

/** Whether a group is in scope. */
export function inScope(group: { id: string; type: string; name: string }, scope: Scope): boolean {
  if (!scope.types.includes(group.type)) return false
  return scope.ids.includes(group.id) || fitsGlob(scope.names, group.name)
}
