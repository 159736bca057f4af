import { inScope } from '../../shared/membership/scope.ts'
import { type OktaCredentials, SCOPES, type Send, sendOkta, whyNoToken } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import type { Directory } from '../../shared/sync/ports.ts'
import type { Place } from '../surroundings.ts'
import { counted, printable, shortened } from '../terminal.ts'
import { compareCounts } from './compare-counts.ts'
import type { Stage } from './examine-stage.ts'
import { Fault, type Sheet } from './finding.ts'

/** One request to Okta with its retries, in milliseconds: long enough to wait for a rate limit to be reset. */
const TIMEOUT = 90_000
/** A clock that is off by more than this, in milliseconds, has its tokens refused sooner or later. */
const MOST_OFF = 60_000
/** What registering and seeing the event hook needs, the first that is granted. */
const HOOK_SCOPES = ['okta.eventHooks.manage', 'okta.eventHooks.read']

interface Given {
  place: Place
  credentials: OktaCredentials | null
  stage: Stage | null
}

/** The org, the clock, what the credentials may do and see. Answers Okta to be asked about its event hooks, by
 * the API token in OKTA_CLIENT_TOKEN where that is set; null where it can't. */
export async function examineOkta(sheet: Sheet, { place, credentials, stage }: Given): Promise<Send | null> {
  const { orgUrl } = place.settings.okta
  const org = await sheet.check('org', () => lookAtOrg(orgUrl, stage))
  if (org === null) {
    sheet.skip('the org', 'clock', 'sign-in', 'groups', 'members')
    return null
  }
  await sheet.check('clock', async () => {
    const seconds = Math.round(Math.abs(org.ahead) / 1_000)
    if (Math.abs(org.ahead) <= MOST_OFF)
      return { found: `this machine's and Okta's are together, within ${Math.max(1, seconds)} s`, value: true }
    const way = org.ahead > 0 ? 'ahead of' : 'behind'
    throw new Fault(
      `this machine's clock is ${seconds} s ${way} Okta's, which refuses tokens for that`,
      'set the clock of this machine; the functions’ own is watched by the metric ClockOff',
    )
  })
  if (credentials === null) {
    sheet.skip('okta.credentials', 'sign-in', 'groups', 'members')
    return null
  }
  const scopes = await sheet.check('sign-in', () => lookAtScopes(place, credentials))
  if (scopes === null) {
    sheet.skip('the sign-in', 'groups', 'members')
    return null
  }
  const send = sendOkta(orgUrl, credentials, TIMEOUT, scopes)
  const groups = await sheet.check('groups', () => lookAtGroups(place, send, stage))
  if (groups === null) sheet.skip('the groups', 'members')
  else await sheet.check('members', () => compareCounts((path) => send('GET', path), groups))
  const token = process.env['OKTA_CLIENT_TOKEN']
  return token ? sendOkta(orgUrl, { token }, TIMEOUT, []) : send
}

/** Asked without the SDK, since it needs no token: the org's id, and how far this clock is ahead of Okta's. */
async function lookAtOrg(orgUrl: string, stage: Stage | null) {
  const url = new URL('/.well-known/okta-organization', orgUrl)
  const sentAt = Date.now()
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as { code?: string; message: string }
    throw new Fault(
      `${orgUrl} doesn't answer: ${code ?? message}`,
      'see whether okta.orgUrl is right, and whether this machine reaches it',
    )
  })
  const receivedAt = Date.now()
  const { id } = (await answer.json().catch(() => ({}))) as { id?: unknown }
  if (typeof id !== 'string')
    throw new Fault(
      `${orgUrl} answers, but isn't an Okta org`,
      'set okta.orgUrl to https://ORG.okta.com, without -admin',
    )
  const date = Date.parse(answer.headers.get('date') ?? '')
  const { otherOrg } = await import('../../shared/sync/in-force.ts')
  const other = stage && otherOrg(stage.table, id)
  if (other) throw new Fault(other)
  // The Date header is in whole seconds, and was written between sending and receiving.
  const ahead = Math.max(0, sentAt - (date + 1_000)) - Math.max(0, date - receivedAt)
  return { found: `${orgUrl} is the org ${id}`, value: { id, ahead } }
}

/** The scopes that are granted, of those that are needed. */
async function lookAtScopes({ settings }: Place, credentials: OktaCredentials) {
  if ('token' in credentials)
    return { found: 'an API token has no scopes: it may what whoever made it may', value: [...SCOPES] }
  const { orgUrl } = settings.okta
  const why = (...scopes: string[]) => whyNoToken(orgUrl, credentials, TIMEOUT, scopes)
  // One after the other: each asks with an assertion of its own.
  const missing: string[] = []
  for (const scope of SCOPES) {
    const refused = await why(scope)
    if (refused === null) continue
    if (refused.error !== 'invalid_scope') {
      throw new Fault(
        `Okta gives the service app ${credentials.clientId} no token: ${refused.error}, ${refused.description}`,
        "in Okta's console, at the app: see whether it is active, signs in by public key and private key, and has the key that the secret holds",
      )
    }
    missing.push(scope)
  }
  const granted = [...SCOPES]
  if (!process.env['OKTA_CLIENT_TOKEN']) {
    for (const scope of HOOK_SCOPES) {
      if (granted.length === SCOPES.length && (await why(scope)) === null) granted.push(scope)
    }
    if (granted.length === SCOPES.length) missing.push(HOOK_SCOPES[0]!)
  }
  if (missing.length === 0) return { found: `the service app has ${granted.join(', ')}`, value: granted }
  throw new Fault(
    `the service app lacks ${missing.join(', ')}`,
    `in Okta's console, at the app, under Okta API Scopes: grant ${missing.join(', ')}`,
  )
}

type Page = Awaited<ReturnType<Directory['groups']>>

/** Whether the admin role sees every group: Okta leaves out the others without a word. */
async function lookAtGroups({ settings: { scope, members } }: Place, send: Send, stage: Stage | null) {
  const directory = directoryIn((path) => send('GET', path), members.attribute)
  const role =
    "in Okta's console, under Administrators: give the service app a role whose resource set has all groups and all users"
  const groups: Page['groups'] = []
  for (let cursor: string | null = null; ; ) {
    const page: Page = await directory.groups(cursor).catch((error: { status?: number }) => {
      if (error.status !== 403) throw error
      throw new Fault('Okta refuses to list groups (403): the service app has no admin role for it', role)
    })
    groups.push(...page.groups)
    if (page.next === null) break
    cursor = page.next
  }
  const seen = new Set(groups.map(({ id }) => id))
  const named = scope.ids.filter((id) => !seen.has(id))
  const known = (stage?.mirrors ?? []).filter(({ id, state }) => state === 'present' && !seen.has(id))
  const unseen = [...named, ...known.map(({ id, name }) => `${printable(name ?? '')} (${id})`)]
  if (groups.length === 0) throw new Fault('it sees no group at all', role)
  if (unseen.length > 0) {
    throw new Fault(
      `it doesn't see ${counted(unseen.length, 'group', 'groups')} that ${unseen.length === 1 ? 'is' : 'are'} known or named in scope.ids: ${shortened(unseen, 5).join(', ')}`,
      `if they are still in Okta, ${role}`,
      'if they are deleted, a reconcile finds that by itself; a group that is named in scope.ids and deleted is to be left out there',
    )
  }
  if (!groups.some(({ type, name }) => type === 'BUILT_IN' && name === 'Everyone')) {
    throw new Fault(
      `it sees ${counted(groups.length, 'group', 'groups')}, but not Everyone, which every org has: so it sees a part`,
      role,
    )
  }
  const inside = groups.filter((group) => inScope(group, scope))
  if (inside.length === 0)
    throw new Fault(
      `it sees ${counted(groups.length, 'group', 'groups')}, and none is in scope`,
      'see scope in the settings: docs/settings.md',
    )
  return {
    found: `it sees ${counted(groups.length, 'group', 'groups')}, Everyone too; ${inside.length} in scope`,
    value: inside,
  }
}
