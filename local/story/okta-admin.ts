/** An administrator's request to Okta's own API, with the SSWS token: what Okta answered, and when. */
export type OktaAdmin = (method: string, path: string, body?: unknown) => Promise<OktaAnswer>

interface OktaAnswer {
  status: number
  body: Record<string, unknown>
  /** Epoch milliseconds. */
  at: number
}

/** An administrator of an org. A request that Okta refuses throws, with Okta's own words. */
export function oktaAdmin({ okta, oktaToken }: { okta: string; oktaToken: string }): OktaAdmin {
  return async (method, path, body) => {
    const headers = {
      authorization: `SSWS ${oktaToken}`,
      accept: 'application/json',
      'content-type': 'application/json',
    }
    const response = await fetch(okta + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    const at = Date.now()
    const text = await response.text()
    if (!response.ok) throw new Error(`Okta answered ${method} ${path} with ${response.status}: ${text}`)
    return { status: response.status, body: text === '' ? {} : JSON.parse(text), at }
  }
}
