import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { rulesOf, SettingsError } from '../../shared/settings/load-settings.ts'
import { acceptedOf, fingerprintOf } from '../../shared/sync/rules.ts'
import type { Place } from '../surroundings.ts'
import { Enough, Fault, type Sheet } from './finding.ts'

/** Where Amazon Q Business is, by AWS General Reference, “Amazon Q Business endpoints and quotas”. */
const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-southeast-2']

/** The settings, the region they lead to, and who asks. Answers the stage; null where it can't be told which it is. Throws Enough where
 * Amazon Q Business isn't: all that comes after would be there. */
export async function examineSettings(sheet: Sheet, findPlace: () => Place): Promise<Place | null> {
  const place = await sheet.check('settings', async () => {
    try {
      const value = findPlace()
      const fingerprint = fingerprintOf(acceptedOf(rulesOf(value.settings)))
      return { found: `whole, with the fingerprint ${fingerprint}`, value }
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      throw new Fault(error.message, 'docs/settings.md says what each key may be')
    }
  })
  if (place === null) return null
  await sheet.check('region', async () => {
    const region = process.env['AWS_REGION'] ?? ''
    if (REGIONS.includes(region)) return { found: `${region} has Amazon Q Business`, value: region }
    throw new Enough(
      `${region || 'no region'}: Amazon Q Business isn't there, but in ${REGIONS.join(', ')}`,
      "a stage is in the region of its two secrets: put them where the application is, and their ARNs into the stage's settings",
    )
  })
  await sheet.check('account', async () => {
    const { Arn = '', Account } = await new STSClient().send(new GetCallerIdentityCommand())
    const other = place.stage === null ? undefined : accountsOf(place).find((account) => account !== Account)
    if (other === undefined) return { found: Arn, value: Account }
    throw new Fault(
      `you are ${Arn}, of the account ${Account}, and the secrets are of ${other}`,
      "use credentials of the stage's account, or put the ARNs of its own secrets into the settings",
    )
  })
  return place
}

function accountsOf({ settings: { okta } }: Place): (string | undefined)[] {
  return [okta.credentials, okta.hookSecret].map((arn) => arn.split(':')[4])
}
