import {
  type DataSource,
  GetApplicationCommand,
  type GetApplicationCommandOutput,
  GetIndexCommand,
  paginateListDataSources,
  type QBusinessClient,
} from '@aws-sdk/client-qbusiness'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import type { Place } from '../surroundings.ts'
import { printable } from '../terminal.ts'
import { Enough, Fault, type Sheet } from './finding.ts'

/** Connectors whose documents take no notice of groups of the user store, by AWS's documentation of each. */
const WITHOUT_GROUPS = /^(S3|WEB_?CRAWLER)(V\d+)?$/i

/** The application, and where its people come from; null where it isn't to be had. Throws Enough where groups come another way. */
export async function examineApplication(
  sheet: Sheet,
  { settings }: Place,
  client: QBusinessClient,
): Promise<GetApplicationCommandOutput | null> {
  const { applicationId } = settings.qBusiness
  const application = await sheet.check('application', async () => {
    const value = await client
      .send(new GetApplicationCommand({ applicationId }))
      .catch(notThere('application', applicationId))
    if (value.status !== 'ACTIVE')
      throw new Fault(`${applicationId} is ${value.status}`, 'see in the console of Amazon Q Business what it is about')
    return { found: `${printable(value.displayName ?? '')} (${applicationId}) is there, and active`, value }
  })
  if (application === null) sheet.skip('the application', 'identity')
  else await sheet.check('identity', async () => ({ found: identityOf(application), value: true }))
  return application
}

/** The application, its index and its data sources. Throws Enough as `examineApplication`. */
export async function examineQBusiness(sheet: Sheet, place: Place): Promise<void> {
  const { applicationId, indexId } = place.settings.qBusiness
  const client = qBusinessClient()
  const application = await examineApplication(sheet, place, client)
  if (application === null) return sheet.skip('the application', 'index', 'data sources')
  const index = await sheet.check('index', async () => {
    const value = await client.send(new GetIndexCommand({ applicationId, indexId })).catch(notThere('index', indexId))
    if (value.status !== 'ACTIVE')
      throw new Fault(`${indexId} is ${value.status}`, 'see in the console of Amazon Q Business what it is about')
    return { found: `${printable(value.displayName ?? '')} (${indexId}) is there, and active`, value }
  })
  if (index === null) return sheet.skip('the index', 'data sources')
  await sheet.check('data sources', async () => {
    const sources: DataSource[] = []
    for await (const page of paginateListDataSources({ client, pageSize: 10 }, { applicationId, indexId })) {
      sources.push(...(page.dataSources ?? []))
    }
    const without = sources.filter(({ type }) => WITHOUT_GROUPS.test(type ?? ''))
    if (without.length === 0)
      return { found: `${sources.length}, and none that takes no notice of groups`, value: sources }
    const named = without.map(({ displayName, type }) => `${printable(displayName ?? '')} (${type})`).join(', ')
    return {
      found: `${without.length} of ${sources.length} take no notice of groups of the user store: ${named}`,
      note: ['who may read their documents is not what this keeps: see to it in their own settings'],
      value: sources,
    }
  })
}

/** Where people come from; throws Enough where that is no IAM federation. */
function identityOf(application: GetApplicationCommandOutput): string {
  const { identityType, iamIdentityProviderArn, identityCenterApplicationArn } = application
  if (identityType === 'AWS_IAM_IDC' || (identityType === undefined && identityCenterApplicationArn)) {
    throw new Enough(
      'people come from IAM Identity Center: there SCIM brings the groups, and what is put into the user store has no say',
      "let Okta provision people and groups to IAM Identity Center by SCIM, and don't deploy this for the application",
    )
  }
  const federation = { AWS_IAM_IDP_OIDC: 'OIDC', AWS_IAM_IDP_SAML: 'SAML' }[identityType as string]
  if (federation !== undefined) return `people sign in by IAM federation, ${federation}: ${iamIdentityProviderArn}`
  throw new Enough(
    `people don't come by IAM federation, but ${identityType ?? 'in a way that GetApplication does not tell'}`,
    'this is for applications with AWS_IAM_IDP_OIDC or AWS_IAM_IDP_SAML: name another in qBusiness.applicationId',
  )
}

function notThere(what: 'application' | 'index', id: string) {
  return (error: unknown): never => {
    const region = process.env['AWS_REGION']
    const { name, code } = error as { name: string; code?: string }
    if (code === 'ENOTFOUND') {
      throw new Fault(
        `Amazon Q Business has no address in ${region}`,
        'see whether this machine reaches AWS, and the region above',
      )
    }
    if (name !== 'ResourceNotFoundException') throw error
    throw new Fault(
      `there is no ${what} ${id} in ${region} of this account`,
      `set qBusiness.${what}Id to one of these:`,
      what === 'application'
        ? `aws qbusiness list-applications --region ${region}`
        : `aws qbusiness list-indices --region ${region} --application-id APPLICATION`,
    )
  }
}
