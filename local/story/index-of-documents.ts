import { BatchPutDocumentCommand, CheckDocumentAccessCommand, type QBusinessClient } from '@aws-sdk/client-qbusiness'
import { type Document, emailOf } from './company.ts'

/** One answer: may this person read this document? */
export interface Answer {
  person: string
  document: string
  reads: boolean
}

/** The documents of an index, as those who upload and those who read have to do with it. */
export interface IndexOfDocuments {
  /** How many questions were asked so far. */
  readonly asked: number
  upload(documents: readonly Document[]): Promise<void>
  mayRead(person: string, document: string): Promise<boolean>
}

/** An index of Amazon Q Business, by the real SDK. */
export function indexOfDocuments(
  client: QBusinessClient,
  { applicationId, indexId }: { applicationId: string; indexId: string },
): IndexOfDocuments {
  let asked = 0
  return {
    get asked() {
      return asked
    },

    async upload(documents) {
      const command = new BatchPutDocumentCommand({
        applicationId,
        indexId,
        documents: documents.map(({ id, title, group }) => ({
          id,
          title,
          contentType: 'PLAIN_TEXT',
          content: { blob: Buffer.from(title) },
          accessConfiguration: {
            accessControls: [{ principals: [{ group: { name: group, access: 'ALLOW', membershipType: 'INDEX' } }] }],
          },
        })),
      })
      const { failedDocuments = [] } = await client.send(command)
      if (failedDocuments.length > 0) throw new Error(`BatchPutDocument: ${JSON.stringify(failedDocuments)}`)
    },

    async mayRead(person, documentId) {
      asked++
      const userId = emailOf(person)
      const command = new CheckDocumentAccessCommand({ applicationId, indexId, userId, documentId })
      return (await client.send(command)).hasAccess ?? false
    },
  }
}
