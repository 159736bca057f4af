/**
 * What documents may be.
 *
 * Source: Amazon Q Business service model, API version 2023-11-27, as published with botocore 1.43.107 (Apache-2.0).
 */
import { groupName, membershipType, roleArn, s3, s3BucketName, text, userId } from './model-groups.ts'
import type { ListShape, Shape, StringShape, StructureShape } from './shape.ts'

const oneOf = (...values: string[]): StringShape => ({ type: 'string', enum: values })

const structure = (members: Record<string, Shape>, ...required: string[]): StructureShape => ({
  type: 'structure',
  members,
  required,
})

export const documentId: StringShape = { type: 'string', min: 1, max: 1825, pattern: '\\P{C}*' }

const memberRelation = oneOf('AND', 'OR')
const access = oneOf('ALLOW', 'DENY')
const onOrOff = oneOf('ENABLED', 'DISABLED')

const principal: StructureShape = {
  type: 'structure',
  union: true,
  members: {
    group: structure({ access, membershipType, name: groupName }, 'access'),
    user: structure({ access, id: userId, membershipType }, 'access'),
  },
}

const accessControl = structure({ memberRelation, principals: { type: 'list', member: principal } }, 'principals')

export const accessConfiguration = structure(
  { accessControls: { type: 'list', member: accessControl }, memberRelation },
  'accessControls',
)

const attributeKey: StringShape = { type: 'string', min: 1, max: 200, pattern: '[a-zA-Z0-9_][a-zA-Z0-9_-]*' }

const attributeValue: StructureShape = {
  type: 'structure',
  union: true,
  members: {
    dateValue: { type: 'timestamp' },
    longValue: { type: 'long' },
    stringListValue: { type: 'list', member: text },
    stringValue: { type: 'string', min: 0, max: 2048 },
  },
}

const attributeCondition = structure(
  {
    key: attributeKey,
    operator: oneOf(
      'GREATER_THAN',
      'GREATER_THAN_OR_EQUALS',
      'LESS_THAN',
      'LESS_THAN_OR_EQUALS',
      'EQUALS',
      'NOT_EQUALS',
      'CONTAINS',
      'NOT_CONTAINS',
      'EXISTS',
      'NOT_EXISTS',
      'BEGINS_WITH',
    ),
    value: attributeValue,
  },
  'key',
  'operator',
)

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const lambdaArn: StringShape = {
  type: 'string',
  min: 1,
  max: 2048,
  pattern: `arn:[a-z0-9-\\.]{1,63}:lambda:[a-z-]*-[0-9]:[0-9]{12}:function:[a-zA-Z0-9-_]+(/${uuid})?(:[a-zA-Z0-9-_]+)?`,
}

const hook = structure({ invocationCondition: attributeCondition, lambdaArn, roleArn, s3BucketName })

const inlineEnrichment = structure({
  condition: attributeCondition,
  documentContentOperator: oneOf('DELETE'),
  target: structure({ attributeValueOperator: oneOf('DELETE'), key: attributeKey, value: attributeValue }, 'key'),
})

const document = structure(
  {
    accessConfiguration,
    attributes: {
      type: 'list',
      min: 1,
      max: 500,
      member: structure({ name: attributeKey, value: attributeValue }, 'name', 'value'),
    },
    content: { type: 'structure', union: true, members: { blob: { type: 'blob' }, s3 } },
    contentType: oneOf(
      'PDF',
      'HTML',
      'MS_WORD',
      'PLAIN_TEXT',
      'PPT',
      'RTF',
      'XML',
      'XSLT',
      'MS_EXCEL',
      'CSV',
      'JSON',
      'MD',
    ),
    documentEnrichmentConfiguration: structure({
      inlineConfigurations: { type: 'list', min: 1, max: 100, member: inlineEnrichment },
      postExtractionHookConfiguration: hook,
      preExtractionHookConfiguration: hook,
    }),
    id: documentId,
    mediaExtractionConfiguration: structure({
      audioExtractionConfiguration: structure({ audioExtractionStatus: onOrOff }, 'audioExtractionStatus'),
      imageExtractionConfiguration: structure({ imageExtractionStatus: onOrOff }, 'imageExtractionStatus'),
      videoExtractionConfiguration: structure({ videoExtractionStatus: onOrOff }, 'videoExtractionStatus'),
    }),
    title: { type: 'string', min: 1, max: 1024 },
  },
  'id',
)

export const documents: ListShape = { type: 'list', min: 1, max: 10, member: document }
