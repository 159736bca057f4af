import type { StatusEvent } from './group-record.ts'
import type { Pager } from './pager.ts'
import type { ServiceRequest } from './read-request.ts'
import { invalid, notFound } from './service-error.ts'
import type { Switches } from './switches.ts'
import type { ChangeOptions, PutDocument, PutGroupInput, UserStore } from './user-store.ts'

/** What the operations work on; `startedAt` in epoch milliseconds. */
export interface Service {
  store: UserStore
  switches: Switches
  applicationId: string
  indexId: string
  startedAt: number
  dataSources: DataSource[]
  pages: Pager
}

/** A data source of the index, of which nothing is modelled but what ListDataSources shows. */
export interface DataSource {
  dataSourceId: string
  displayName: string
  /** The kind of its connector, as `S3` or `CONFLUENCEV2`. */
  type: string
}

/**
 * Does what a request asks for.
 *
 * @param options what a fault makes of a PutGroup or a DeleteGroup
 * @returns the members of the response's body, in the model's output shape
 * @throws ServiceError as the operation does; ResourceNotFoundException for another application or index
 */
export function perform(
  service: Service,
  request: ServiceRequest,
  options: ChangeOptions = {},
): Record<string, unknown> {
  const { store, switches } = service
  const input = request.input as {
    applicationId: string
    indexId?: string
    groupName: string
    dataSourceId?: string
    userId: string
    documentId: string
    documents: PutDocument[]
    updatedEarlierThan: number
    maxResults?: number
    nextToken?: string
    dataSourceIds?: string[]
  }
  if (input.applicationId !== service.applicationId) throw notFound('application', input.applicationId)
  if (input.indexId !== undefined && input.indexId !== service.indexId) throw notFound('index', input.indexId)
  switch (request.operation) {
    case 'PutGroup':
      store.putGroup(request.input as unknown as PutGroupInput, options)
      return {}
    case 'DeleteGroup':
      store.deleteGroup(input.groupName, input.dataSourceId, options)
      return {}
    case 'GetGroup':
      return groupStatus(store.statuses(input.groupName, input.dataSourceId), switches)
    case 'ListGroups': {
      const { shown, nextToken } = store.listGroups(input)
      return { items: shown.map(({ name }) => ({ groupName: name })), nextToken }
    }
    case 'BatchPutDocument':
      return { failedDocuments: putDocuments(store, input.documents) }
    case 'ListDocuments': {
      const { shown, nextToken } = input.dataSourceIds ? { shown: [] } : store.listDocuments(input)
      const documentDetailList = shown.map(({ id, putAt }) => ({
        documentId: id,
        status: 'INDEXED',
        createdAt: putAt / 1000,
        updatedAt: putAt / 1000,
      }))
      return { documentDetailList, nextToken }
    }
    case 'CheckDocumentAccess': {
      // No document here is of a data source: all came by BatchPutDocument itself.
      if (input.dataSourceId !== undefined) throw notFound('document', input.documentId)
      const { groups, aliases, hasAccess, acl } = store.checkAccess(input.userId, input.documentId)
      return {
        userGroups: groups.map(({ name, dataSourceId }) => ({ name, type: dataSourceId ? 'DATASOURCE' : 'INDEX' })),
        userAliases: aliases.map((id) => ({ id, type: 'INDEX' })),
        hasAccess,
        documentAcl: acl,
      }
    }
    case 'GetApplication':
      return application(service)
    case 'GetIndex':
      return index(service)
    case 'ListDataSources': {
      const { maxResults = 10, nextToken: token } = input
      const { shown, nextToken } = service.pages.page(sorted(service.dataSources), idOf, maxResults, token)
      const at = service.startedAt / 1000
      return {
        dataSources: shown.map((each) => ({ ...each, status: 'ACTIVE', createdAt: at, updatedAt: at })),
        nextToken,
      }
    }
  }
}

const idOf = ({ dataSourceId }: DataSource) => dataSourceId

function sorted(sources: readonly DataSource[]): DataSource[] {
  return sources.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
}

function groupStatus(events: StatusEvent[], switches: Switches): Record<string, unknown> {
  const details = events.map(({ status, at, since, errorDetail }) => {
    const counted = switches.lastUpdatedAtCounts === 'put' && Number.isFinite(since) ? since : at
    const seconds = counted / 1000
    return { status, lastUpdatedAt: switches.lastUpdatedAt === 'seconds' ? Math.floor(seconds) : seconds, errorDetail }
  })
  return {
    status: details.at(-1),
    statusHistory: switches.statusHistory === 'last-only' ? details.slice(-1) : details,
  }
}

function putDocuments(store: UserStore, documents: PutDocument[]): unknown[] {
  const inS3 = documents.findIndex(({ content }) => content?.s3)
  if (inS3 >= 0) throw invalid([{ name: `documents.${inS3}.content.s3`, message: 'not modelled by this stand-in' }])
  for (const document of documents) store.putDocument(document)
  return []
}

const account = 'arn:aws:qbusiness:us-east-1:123456789012:application'

function application({ applicationId, switches, startedAt }: Service): Record<string, unknown> {
  const { identityType } = switches
  const provider = 'arn:aws:iam::123456789012'
  return {
    applicationId,
    applicationArn: `${account}/${applicationId}`,
    displayName: 'local',
    identityType,
    iamIdentityProviderArn:
      identityType === 'AWS_IAM_IDP_OIDC'
        ? `${provider}:oidc-provider/okta.example.com`
        : identityType === 'AWS_IAM_IDP_SAML'
          ? `${provider}:saml-provider/okta`
          : undefined,
    clientIdsForOIDC: identityType === 'AWS_IAM_IDP_OIDC' ? ['0oa1local'] : undefined,
    roleArn: 'arn:aws:iam::123456789012:role/q-business',
    status: 'ACTIVE',
    createdAt: startedAt / 1000,
    updatedAt: startedAt / 1000,
  }
}

function index({ applicationId, indexId, store, startedAt }: Service): Record<string, unknown> {
  return {
    applicationId,
    indexId,
    indexArn: `${account}/${applicationId}/index/${indexId}`,
    displayName: 'local',
    type: 'ENTERPRISE',
    status: 'ACTIVE',
    capacityConfiguration: { units: 1 },
    indexStatistics: { textDocumentStatistics: { indexedTextDocumentCount: store.documentCount, indexedTextBytes: 0 } },
    createdAt: startedAt / 1000,
    updatedAt: startedAt / 1000,
  }
}
