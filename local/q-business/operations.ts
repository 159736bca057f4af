/**
 * The operations served, each with its HTTP binding and its input.
 *
 * Source: Amazon Q Business service model, API version 2023-11-27, as published with botocore 1.43.107 (Apache-2.0); for
 * ListDataSources the npm client 3.1050.0, and AWS's API reference for the bounds.
 */
import { documentId, documents } from './model-documents.ts'
import {
  applicationId,
  dataSourceId,
  executionId,
  groupMembers,
  groupName,
  indexId,
  membershipType,
  nextToken,
  roleArn,
  text,
} from './model-groups.ts'
import type { Shape } from './shape.ts'

/** One operation: where each member of its input is in the request. Members of `path` are always required. */
export interface OperationModel {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Segments in braces are labels, percent-encoded on the wire. */
  path: string
  labels: Record<string, Shape>
  query?: Record<string, Shape>
  body?: Record<string, Shape>
  /** Required members of query and body. */
  required?: readonly string[]
}

const ofIndex = { applicationId, indexId }
const groups = '/applications/{applicationId}/indices/{indexId}/groups'

export const operations = {
  PutGroup: {
    method: 'PUT',
    path: groups,
    labels: ofIndex,
    body: { dataSourceId, groupMembers, groupName, roleArn, type: membershipType },
    required: ['groupName', 'type', 'groupMembers'],
  },
  GetGroup: {
    method: 'GET',
    path: `${groups}/{groupName}`,
    labels: { ...ofIndex, groupName },
    query: { dataSourceId },
  },
  DeleteGroup: {
    method: 'DELETE',
    path: `${groups}/{groupName}`,
    labels: { ...ofIndex, groupName },
    query: { dataSourceId },
  },
  ListGroups: {
    method: 'GET',
    path: groups,
    labels: ofIndex,
    query: {
      dataSourceId,
      maxResults: { type: 'integer', min: 1, max: 10 },
      nextToken,
      updatedEarlierThan: { type: 'timestamp' },
    },
    required: ['updatedEarlierThan'],
  },
  BatchPutDocument: {
    method: 'POST',
    path: '/applications/{applicationId}/indices/{indexId}/documents',
    labels: ofIndex,
    body: { dataSourceSyncId: executionId, documents, roleArn },
    required: ['documents'],
  },
  ListDocuments: {
    method: 'GET',
    path: '/applications/{applicationId}/index/{indexId}/documents',
    labels: ofIndex,
    query: {
      dataSourceIds: { type: 'list', min: 1, max: 1, member: dataSourceId },
      maxResults: { type: 'integer', min: 1, max: 100 },
      nextToken,
    },
  },
  CheckDocumentAccess: {
    method: 'GET',
    path: '/applications/{applicationId}/index/{indexId}/users/{userId}/documents/{documentId}/check-document-access',
    labels: { ...ofIndex, userId: text, documentId },
    query: { dataSourceId },
  },
  GetApplication: { method: 'GET', path: '/applications/{applicationId}', labels: { applicationId } },
  GetIndex: { method: 'GET', path: '/applications/{applicationId}/indices/{indexId}', labels: ofIndex },
  ListDataSources: {
    method: 'GET',
    path: '/applications/{applicationId}/indices/{indexId}/datasources',
    labels: ofIndex,
    query: { maxResults: { type: 'integer', min: 1, max: 10 }, nextToken },
  },
} satisfies Record<string, OperationModel>

/** The name of an operation served. */
export type OperationName = keyof typeof operations
