/**
 * Does the work for a batch of messages once per subject, all subjects side by side, and answers for each message.
 * A subject whose work fails fails its own messages and no others.
 * @returns what to await for one message of the batch
 */
export function oneForAll<Message, Item>(
  messages: readonly Message[],
  parse: (message: Message) => Item,
  subjectOf: (item: Item) => string,
  merge: (a: Item, b: Item) => Item,
  work: (item: Item) => Promise<void>,
): (message: Message) => Promise<void> {
  const items = new Map<string, Item>()
  const subjects = new Map<Message, string>()
  const unparsed = new Map<Message, unknown>()
  for (const message of messages) {
    try {
      const item = parse(message)
      const subject = subjectOf(item)
      const known = items.get(subject)
      subjects.set(message, subject)
      items.set(subject, known === undefined ? item : merge(known, item))
    } catch (error) {
      unparsed.set(message, error)
    }
  }
  const done = new Map([...items].map(([subject, item]) => [subject, work(item)]))
  // Each failure is handed out with its messages; one that nobody has awaited yet must not end the process.
  for (const promise of done.values()) promise.catch(() => {})
  return async (message) => {
    if (unparsed.has(message)) throw unparsed.get(message)
    await done.get(subjects.get(message)!)
  }
}
