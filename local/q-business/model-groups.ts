/**
 * What groups and their members may be.
 *
 * Source: Amazon Q Business service model, API version 2023-11-27, as published with botocore 1.43.107 (Apache-2.0).
 */
import type { ListShape, StringShape, StructureShape } from './shape.ts'

const id36: StringShape = { type: 'string', min: 36, max: 36, pattern: '[a-zA-Z0-9][a-zA-Z0-9-]{35}' }

export const applicationId: StringShape = id36
export const indexId: StringShape = id36
export const dataSourceId: StringShape = id36
export const executionId: StringShape = id36

/** Any text without control, format, unassigned, private-use and surrogate characters. */
export const groupName: StringShape = { type: 'string', min: 1, max: 1024, pattern: '\\P{C}*' }
export const userId: StringShape = groupName
/** The model's shape named String. */
export const text: StringShape = { type: 'string', min: 1, max: 2048 }
export const nextToken: StringShape = { type: 'string', min: 1, max: 800 }

export const membershipType: StringShape = { type: 'string', enum: ['INDEX', 'DATASOURCE'] }

export const roleArn: StringShape = {
  type: 'string',
  min: 0,
  max: 1284,
  pattern: 'arn:[a-z0-9-\\.]{1,63}:[a-z0-9-\\.]{0,63}:[a-z0-9-\\.]{0,63}:[a-z0-9-\\.]{0,63}:[^/].{0,1023}',
}

export const s3BucketName: StringShape = {
  type: 'string',
  min: 1,
  max: 63,
  pattern: '[a-z0-9][\\.\\-a-z0-9]{1,61}[a-z0-9]',
}

export const s3: StructureShape = {
  type: 'structure',
  members: { bucket: s3BucketName, key: { type: 'string', min: 1, max: 1024 } },
  required: ['bucket', 'key'],
}

const memberGroups: ListShape = {
  type: 'list',
  member: { type: 'structure', members: { groupName, type: membershipType }, required: ['groupName'] },
}

const memberUsers: ListShape = {
  type: 'list',
  member: { type: 'structure', members: { userId, type: membershipType }, required: ['userId'] },
}

export const groupMembers: StructureShape = {
  type: 'structure',
  members: { memberGroups, memberUsers, s3PathForGroupMembers: s3 },
}
