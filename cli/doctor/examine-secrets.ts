import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { OktaCredentials } from '../../shared/okta/client.ts'
import { liveSecrets } from '../../shared/okta/hook-secrets.ts'
import type { Place } from '../surroundings.ts'
import { Fault, type Seen, type Sheet } from './finding.ts'

/** Whether both secrets can be read, and hold what they should. Nothing of them is shown. */
export async function examineSecrets(
  sheet: Sheet,
  { settings: { okta } }: Place,
): Promise<{ credentials: OktaCredentials | null; hookSecrets: string[] | null }> {
  const credentials = await sheet.check('okta.credentials', async (): Promise<Seen<OktaCredentials>> => {
    const value = await credentialsIn(await read('credentials', okta.credentials))
    if ('token' in value) {
      return {
        found: 'an API token',
        note: ['it dies with whoever made it, or after 30 days without use: a service app is better'],
        value,
      }
    }
    return { found: `the service app ${value.clientId}, and its key`, value }
  })
  const hookSecrets = await sheet.check('okta.hookSecret', async () => {
    const value = liveSecrets(await read('hookSecret', okta.hookSecret))
    if (value.length === 0) throw new Fault('the secret is empty', ...putValue(okta.hookSecret, "'a long random text'"))
    if (value.length === 1) return { found: 'one text, not shown', value }
    return {
      found: `${value.length} texts, the first of which is given to Okta: it is being rotated`,
      note: ['once Okta sends the first (hook register), take the others out'],
      value,
    }
  })
  return { credentials, hookSecrets }
}

async function credentialsIn(text: string): Promise<OktaCredentials> {
  const { credentials } = await import('../../shared/okta/sign-in.ts')
  try {
    return credentials.parse(JSON.parse(text)) as OktaCredentials
  } catch {
    // The cause would carry the secret.
    throw new Fault(
      'it holds something else than the credentials of an Okta service app',
      'it must be JSON: {"clientId": "…", "privateKey": "…", "keyId": "…"}, or {"token": "…"}; docs/settings.md says more',
    )
  }
}

async function read(key: 'credentials' | 'hookSecret', arn: string): Promise<string> {
  try {
    const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: arn }))
    return SecretString ?? ''
  } catch (error) {
    const { name } = error as Error
    if (name === 'ResourceNotFoundException') {
      const secretName = arn.split(':secret:')[1]?.replace(/-\w{6}$/, '') ?? 'NAME'
      throw new Fault(
        `there is no secret ${arn}, or it has no value`,
        `make it, and set okta.${key} to the ARN that comes back:`,
        `aws secretsmanager create-secret --region ${process.env['AWS_REGION']} --name ${secretName} --secret-string file://FILE`,
      )
    }
    if (name !== 'AccessDeniedException' && name !== 'DecryptionFailure') throw error
    throw new Fault(
      `you may not read ${arn}: ${(error as Error).message}`,
      'you need secretsmanager:GetSecretValue for it; it must be encrypted with aws/secretsmanager, the only key that the functions may use',
    )
  }
}

function putValue(arn: string, value: string): string[] {
  const region = process.env['AWS_REGION']
  return [`aws secretsmanager put-secret-value --region ${region} --secret-id ${arn} --secret-string ${value}`]
}
