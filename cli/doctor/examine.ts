import { findDeployed, type Place } from '../surroundings.ts'
import { examineFindings } from './examine-findings.ts'
import { examineHook } from './examine-hook.ts'
import { examineOkta } from './examine-okta.ts'
import { examineQBusiness } from './examine-q-business.ts'
import { examineSecrets } from './examine-secrets.ts'
import { examineSettings } from './examine-settings.ts'
import { examineStage, OF_TABLE } from './examine-stage.ts'
import { Enough, Fault, type Finding, Sheet, type Told } from './finding.ts'

/** The checks that need something, by what they need. */
const OF_STAGE = ['table', ...OF_TABLE, 'queues']
const OF_HOOK = ['hook', 'registration']

/**
 * Looks at everything that a stage needs, in the order in which it is needed, and changes nothing. What can't be told yet is
 * listed as such; where people come from somewhere else than IAM federation, the rest isn't worth a look.
 */
export async function examine(findPlace: () => Place, told: Told): Promise<Finding[]> {
  const sheet = new Sheet(told)
  try {
    await lookAtAll(sheet, findPlace)
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return sheet.findings
}

async function lookAtAll(sheet: Sheet, findPlace: () => Place): Promise<void> {
  const place = await examineSettings(sheet, findPlace)
  if (place === null) return
  await examineQBusiness(sheet, place)
  await examineFindings(sheet, place)
  const secrets = await examineSecrets(sheet, place)
  const at = await sheet.check('deployment', async () => {
    const value = await findDeployed(place).catch((error: Error) => {
      if (error.name !== 'RefusedError') throw error
      throw new Fault(error.message, ...deployOf(place))
    })
    const found = value.hook === null ? 'its functions are there' : `its functions are there; ${value.hook}`
    return { found, value }
  })
  if (at === null) sheet.skip('the deployment', ...OF_STAGE)
  const stage = at && (await examineStage(sheet, at))
  const { credentials, hookSecrets } = secrets
  const okta = await examineOkta(sheet, { place, credentials, stage })
  if (at === null) sheet.skip('the deployment', ...OF_HOOK)
  else await examineHook(sheet, { at, hookSecrets, manage: okta })
}

/** How a stage is deployed. */
function deployOf({ stage }: Place): string[] {
  return stage === null ? [] : ['package', 'deploy'].map((step) => `npm run ${step} -- --stage ${stage}`)
}
