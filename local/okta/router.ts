import type { Route } from './route.ts'

/** The route of a request with its parameters; or, where the path is known but not with this method, `methodMissing`. */
type Match = { route: Route; params: Record<string, string> } | { route: undefined; methodMissing: boolean }

/** Finds the route of a request. A path must fit exactly: `//api/v1/…` and a trailing slash fit nothing, as with Okta. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match {
  const patterns = routes.map((route) => ({ route, test: patternOf(route.path) }))
  return (method, path) => {
    const fitting = patterns.filter(({ test }) => test.test(path))
    const found = fitting.find(({ route }) => route.method === method)
    if (!found) return { route: undefined, methodMissing: fitting.length > 0 }
    const groups = found.test.exec(path)?.groups ?? {}
    const params = Object.entries(groups).map(([name, value]) => [name, decoded(value)])
    return { route: found.route, params: Object.fromEntries(params) }
  }
}

/** A part of a path without percent-encoding; as it is where that is broken. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/\./g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${escaped}$`)
}
