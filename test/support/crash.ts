/** How a function dies at a call: before it is made, or after it took effect but before its answer arrived. */
export type Death = 'before' | 'after'

/** Ports of which the n-th call never returns, and what happened. `died` is fulfilled when that call was reached. */
export interface Doomed<Ports> {
  ports: Ports
  died: Promise<string>
  calls(): string[]
}

const never = new Promise<never>(() => {})

/**
 * The ports, with every call counted; the n-th never returns. The function that made it is as good as dead: it can't go on,
 * and nothing of it runs any more.
 * @param names of the ports that reach outside
 */
export function doomed<Ports extends object>(
  ports: Ports,
  names: (keyof Ports)[],
  n: number,
  death: Death,
): Doomed<Ports> {
  const calls: string[] = []
  let die: (at: string) => void
  const died = new Promise<string>((resolve) => {
    die = resolve
  })
  /** True for the call that isn't to be made, or not to return. */
  const counts = (at: string) => {
    calls.push(at)
    return calls.length === n
  }
  const doom =
    (port: string, name: string, method: (...given: unknown[]) => unknown) =>
    (...given: unknown[]) => {
      const at = `${port}.${name}`
      const isLast = counts(at)
      if (!isLast) return method(...given)
      if (death === 'before') {
        die(at)
        return name === 'all' || name === 'due' || name === 'events' ? endless() : never
      }
      const result = method(...given)
      if (Symbol.asyncIterator in Object(result)) return endless(result as AsyncIterable<unknown>)
      return Promise.resolve(result)
        .catch(() => {})
        .then(() => {
          die(at)
          return never
        })

      async function* endless(real: AsyncIterable<unknown> = [] as unknown as AsyncIterable<unknown>) {
        for await (const page of real) yield page
        die(at)
        await never
      }
    }
  const wrapped = Object.fromEntries(
    names.map((port) => {
      const real = ports[port] as Record<string, unknown> | ((...given: unknown[]) => unknown)
      if (typeof real === 'function') return [port, doom('', String(port), real)]
      const methods = Object.entries(real).map(([name, method]) => [
        name,
        typeof method === 'function' ? doom(String(port), name, method.bind(real)) : method,
      ])
      return [port, Object.fromEntries(methods)]
    }),
  )
  return { ports: { ...ports, ...wrapped }, died, calls: () => calls }
}
