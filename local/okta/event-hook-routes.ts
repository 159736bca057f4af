import { eventHookBody } from './bodies.ts'
import type { EventHook } from './event-hooks.ts'
import { START } from './paging.ts'
import type { Answer, Exchange, Route } from './route.ts'
import { verifyEventHook } from './verify-event-hook.ts'

const READ = 'okta.eventHooks.read'
const MANAGE = 'okta.eventHooks.manage'
const ALL = '/api/v1/eventHooks'
const ONE = `${ALL}/{eventHookId}`

/** Event hooks: `/api/v1/eventHooks`. */
export const eventHookRoutes: readonly Route[] = [
  route('GET', ALL, READ, ({ org, url }) => ({
    page: { items: org.hooks.all().map((hook) => eventHookBody(url, hook)), here: START, next: undefined },
  })),
  route('POST', ALL, MANAGE, (x) => shown(x, x.org.hooks.create(x.body, x.by))),
  route('GET', ONE, READ, (x) => shown(x, x.org.hooks.get(idOf(x)))),
  route('PUT', ONE, MANAGE, (x) => shown(x, x.org.hooks.replace(idOf(x), x.body, x.by))),
  route('DELETE', ONE, MANAGE, (x) => {
    x.org.hooks.delete(idOf(x), x.by)
    return {}
  }),
  route('POST', `${ONE}/lifecycle/verify`, MANAGE, verified),
  route('POST', `${ONE}/lifecycle/activate`, MANAGE, (x) => shown(x, x.org.hooks.activate(idOf(x), x.by))),
  route('POST', `${ONE}/lifecycle/deactivate`, MANAGE, (x) => shown(x, x.org.hooks.deactivate(idOf(x), x.by))),
]

function route(method: Route['method'], path: string, scope: string, answer: Route['answer']): Route {
  return { method, path, scope, bucket: 'eventHooks', answer }
}

async function verified(x: Exchange): Promise<Answer> {
  const hook = x.org.hooks.get(idOf(x))
  await verifyEventHook(hook, x.org.state.ids.letters(40), x.hookTimeoutMs)
  return shown(x, x.org.hooks.verified(hook.id, x.by))
}

function idOf(x: Exchange): string {
  return x.params['eventHookId']!
}

function shown(x: Exchange, hook: EventHook): Answer {
  return { body: eventHookBody(x.url, hook) }
}
