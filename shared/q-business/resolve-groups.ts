import { CheckDocumentAccessCommand, ListDocumentsCommand, type QBusinessClient } from '@aws-sdk/client-qbusiness'
import type { UserStore } from '../sync/ports.ts'

/**
 * Asks which groups of the index the service resolves for a person: CheckDocumentAccess answers that besides what it is for.
 * @param named the document by which it is asked; null takes the first that ListDocuments shows
 */
export function resolveGroups(
  client: QBusinessClient,
  index: { applicationId: string; indexId: string },
  named: string | null,
): UserStore['groupsOf'] {
  let known = named

  return async (userId) => {
    known ??= await firstDocument()
    const documentId = known
    if (documentId === null) return 'no document'
    try {
      const { userGroups = [], userAliases = [] } = await client.send(
        new CheckDocumentAccessCommand({ ...index, userId, documentId }),
      )
      // Somebody of whom the service knows no group and no alias may be somebody whom it doesn't know.
      if (userGroups.length + userAliases.length === 0) return 'unknown'
      return userGroups.filter(({ type }) => type !== 'DATASOURCE').map(({ name }) => name ?? '')
    } catch (error) {
      const { name, resourceId } = error as { name: string; resourceId?: string }
      if (name !== 'ResourceNotFoundException') throw error
      if (resourceId !== documentId) return 'unknown'
      known = named
      return 'no document'
    }
  }

  async function firstDocument(): Promise<string | null> {
    const { documentDetailList = [] } = await client.send(new ListDocumentsCommand({ ...index, maxResults: 1 }))
    return documentDetailList[0]?.documentId ?? null
  }
}
