import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { liveSecrets } from '../shared/okta/hook-secrets.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'
import type { Surroundings } from './surroundings.ts'
import { counted, styled, write } from './terminal.ts'
import { DONE, type Verb, wordFaults } from './verb.ts'

/** Registers the event hook with Okta. */
export const hook: Verb = {
  about: 'registers the event hook with Okta, or repairs it, and has it verified',
  usage: ['hook register'],
  options: {},
  faults: (given) =>
    given.words[0] === 'register' ? wordFaults(given, 'register') : ['what about the hook? Write hook register'],
  async run({ at }) {
    const { settings, hook: uri } = at
    if (uri === null) throw new RefusedError("the stage doesn't say where its hook is: deploy it again")
    const [secret] = await hookSecretsOf(settings.okta.hookSecret)
    if (secret === undefined)
      throw new RefusedError(`${settings.okta.hookSecret} is empty: put a long random text into it`)
    const { oktaAdminOf, registerHook } = await import('./okta-admin.ts')
    const registration = { name: hookNameOf(at), uri, secret }
    const { hook: now, before } = await registerHook(await oktaAdminOf(settings), registration).catch(inOktasWords)
    const types = counted(now.events.items.length, 'event type', 'event types')
    const what = before === null ? 'registered' : 'as it should be'
    write(
      `${styled('green', '✓')} the event hook “${now.name}” is ${what} and ${now.verificationStatus}, with ${types}.`,
    )
    write(styled('dim', `  ${now.id}, ${uri}`))
    return DONE
  },
}

/** What the hook is called in Okta. */
export function hookNameOf({ stage }: Pick<Surroundings, 'stage'>): string {
  return stage === null ? 'q-group-sync' : `q-group-sync ${stage}`
}

/** Okta says why it doesn't take a hook, or what it got instead of the challenge. */
function inOktasWords(error: unknown): never {
  const { status, errorSummary, errorCauses } = error as {
    status?: number
    errorSummary?: string
    errorCauses?: { errorSummary: string }[]
  }
  if (errorSummary === undefined) throw error
  const causes = (errorCauses ?? []).map((cause) => cause.errorSummary).join('; ')
  throw new RefusedError(
    `Okta answered ${status} to the hook: ${causes || errorSummary}; q-group-sync doctor says whether it answers`,
  )
}

async function hookSecretsOf(SecretId: string): Promise<string[]> {
  const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }))
  return liveSecrets(SecretString ?? '')
}
