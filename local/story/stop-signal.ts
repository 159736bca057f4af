/**
 * The first signal that asks this process to end. A terminal, npm and the launcher each send one; only who still asks a second
 * later doesn't want to wait.
 */
export const stopSignal: Promise<NodeJS.Signals> = new Promise((resolve) => {
  let first = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      first ||= Date.now()
      if (Date.now() - first > 1_000) process.exit(1)
      resolve(signal)
    })
  }
})
