/**
 * What a function itself can't do fails its message, which ends in the dead-letter queue. It is counted in the row too, where
 * there is one, so that the row is rung ever less often. What can't be written either changes nothing: the message fails.
 */
export async function noteFailure(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch {}
}
