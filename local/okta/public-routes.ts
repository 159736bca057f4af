import type { Route } from './route.ts'

/** What needs no token: the org's own description, and the endpoint that gives tokens. */
export const publicRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/.well-known/okta-organization',
    scope: null,
    bucket: 'token',
    answer: ({ org, url }) => ({
      body: {
        id: org.id,
        pipeline: 'idx',
        settings: { analyticsCollectionEnabled: false, bugReportingEnabled: false, omEnabled: false },
        _links: { organization: { href: url } },
      },
    }),
  },
  {
    method: 'POST',
    path: '/oauth2/v1/token',
    scope: null,
    bucket: 'token',
    answer: ({ tokens, form, url, dpop }) => tokens.grant(form, `${url}/oauth2/v1/token`, dpop),
  },
]
