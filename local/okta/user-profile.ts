import { BLANK, invalid } from './okta-error.ts'
import type { UserProfile } from './org-state.ts'

// The lengths and the required attributes of Okta's base user profile, as an org has them unless its schema is changed.
const RULES = [
  { name: 'login', required: true, min: 5, max: 100, email: true },
  { name: 'email', required: true, min: 5, max: 100, email: true },
  { name: 'firstName', required: true, min: 1, max: 50, email: false },
  { name: 'lastName', required: true, min: 1, max: 50, email: false },
  { name: 'secondEmail', required: false, min: 0, max: 100, email: true },
  { name: 'mobilePhone', required: false, min: 0, max: 100, email: false },
]

/** A profile that the base schema allows. @throws OktaError 400 E0000001 that names the first wrong attribute */
export function checkedProfile(profile: Record<string, unknown>): UserProfile {
  for (const { name, required, min, max, email } of RULES) {
    const value = profile[name] ?? null
    if (value === null || value === '') {
      if (required) throw invalid(name, `${name}: ${BLANK}`)
      continue
    }
    if (typeof value !== 'string') throw invalid(name, `${name}: Must be a string`)
    if (value.length < min || value.length > max)
      throw invalid(name, `${name}: String length must be between ${min} and ${max} characters`)
    if (email && !/^[^\s@]+@[^\s@]+$/.test(value))
      throw invalid(
        name,
        name === 'login'
          ? 'login: Username must be in the form of an email address'
          : `${name}: Does not match required pattern`,
      )
  }
  return profile as UserProfile
}

/** The names of the attributes that differ, sorted: what the event of an update says, and all that it says. */
export function changedAttributes(before: UserProfile, after: UserProfile): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
    .sort()
}
