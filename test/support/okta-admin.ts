import { HOOK_ELIGIBLE } from '../../local/okta/event-types.ts'
import { CHANGES } from '../../shared/okta/event-types.ts'

/** An administrator of the local org, by Okta's own API. Every method throws where Okta answers an error. */
export function oktaAdmin(url: string, token: string) {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `SSWS ${token}`, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  return {
    call,
    createGroup: async (name: string): Promise<string> =>
      (await call('POST', '/api/v1/groups', { profile: { name } })).id,
    rename: (id: string, name: string) => call('PUT', `/api/v1/groups/${id}`, { profile: { name } }),
    deleteGroup: (id: string) => call('DELETE', `/api/v1/groups/${id}`),
    /** An active user; the login is an email address unless `profile` says otherwise. */
    createUser: async (
      login: string,
      profile: Record<string, string | null> = {},
      activate = true,
    ): Promise<string> => {
      const names = { firstName: login.split('@')[0], lastName: 'Example', email: login, login, ...profile }
      const user = { profile: names, credentials: { password: { value: 'Correct-Horse-9' } } }
      return (await call('POST', `/api/v1/users?activate=${activate}`, user)).id
    },
    updateUser: (id: string, profile: Record<string, string | null>) =>
      call('POST', `/api/v1/users/${id}`, { profile }),
    deleteUser: (id: string) => call('DELETE', `/api/v1/users/${id}`),
    lifecycle: (id: string, what: string) => call('POST', `/api/v1/users/${id}/lifecycle/${what}`),
    join: (group: string, user: string) => call('PUT', `/api/v1/groups/${group}/users/${user}`),
    leave: (group: string, user: string) => call('DELETE', `/api/v1/groups/${group}/users/${user}`),
    /** Registers and verifies the event hook. */
    hook: async (uri: string, secret: string): Promise<string> => {
      const items = [...CHANGES.keys()].filter((type) => HOOK_ELIGIBLE.has(type))
      const authScheme = { type: 'HEADER', key: 'Authorization', value: secret }
      const channel = { type: 'HTTP', version: '1.0.0', config: { uri, headers: [], authScheme } }
      const { id } = await call('POST', '/api/v1/eventHooks', {
        name: 'q',
        events: { type: 'EVENT_TYPE', items },
        channel,
      })
      return (await call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`)).verificationStatus
    },
  }
}
