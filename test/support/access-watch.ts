import { CheckDocumentAccessCommand } from '@aws-sdk/client-qbusiness'
import { indexOfDocuments } from '../../local/story/index-of-documents.ts'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import type { TestCloud } from './cloud.ts'

/** What CheckDocumentAccess answered, all along, about one person and one document. */
export type Seen = boolean[]

/**
 * Documents, one per group name and called like it, and questions by CheckDocumentAccess over HTTP: at any time, and again
 * and again while something changes.
 */
export async function accessWatch(cloud: TestCloud, names: readonly string[]) {
  const client = qBusinessClient()
  const index = indexOfDocuments(client, cloud.addresses)
  // BatchPutDocument takes ten.
  for (let at = 0; at < names.length; at += 10) {
    await index.upload(names.slice(at, at + 10).map((name) => ({ id: idOf(name), title: name, group: name })))
  }
  const { applicationId, indexId } = cloud.addresses
  const mayRead = async (userId: string, name: string): Promise<boolean> => {
    const question = new CheckDocumentAccessCommand({ applicationId, indexId, userId, documentId: idOf(name) })
    return (await client.send(question)).hasAccess ?? false
  }

  /** Asks about these pairs of person and document until `change` and all that follows is done. */
  async function during(
    pairs: readonly (readonly [string, string])[],
    change: () => Promise<unknown>,
  ): Promise<Seen[]> {
    const seen: Seen[] = pairs.map(() => [])
    let isOver = false
    const ask = async () => {
      while (!isOver) {
        const answers = await Promise.all(pairs.map(([person, name]) => mayRead(person, name)))
        for (const [at, answer] of answers.entries()) seen[at]!.push(answer)
      }
    }
    const asking = ask()
    try {
      await change()
      await cloud.settled()
    } finally {
      isOver = true
      await asking
    }
    return seen
  }

  return { during, close: () => client.destroy() }
}

const idOf = (name: string) => name.replaceAll(' ', '-')

/** Whether the answer was the same all along. */
export function always(seen: Seen, answer: boolean): boolean {
  return seen.length > 2 && seen.every((one) => one === answer)
}

/** Whether the answer changed once, from the one to the other. */
export function once(seen: Seen, from: boolean, to: boolean): boolean {
  const turned = seen.indexOf(to)
  return seen[0] === from && turned > 0 && seen.slice(turned).every((one) => one === to)
}
