import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import type { Cloud } from '../cloud.ts'
import { commandEnvironment } from '../command-environment.ts'
import type { Okta } from '../okta/server.ts'
import type { QBusiness } from '../q-business/server.ts'
import { foundCompany } from './company.ts'
import { type IndexOfDocuments, indexOfDocuments } from './index-of-documents.ts'
import { type OktaAdmin, oktaAdmin } from './okta-admin.ts'

const COMMAND = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** What a scene plays on. */
export interface Stage {
  okta: Okta
  qbusiness: QBusiness
  admin: OktaAdmin
  documents: IndexOfDocuments
  /** Okta's id of a person or a group, by the name in the beginning. */
  idOf(name: string): string
  /** Invokes the function by Lambda's API, as the nightly schedule does. */
  reconcile(): Promise<{ counts: Record<'groups' | 'changed', number> }>
  /** The same as every minute; `log` says what it read in Okta's System Log, null where it couldn't. */
  catchUp(): Promise<{ log: { hints: number } | null }>
  /** Runs the command q-group-sync; answers what it says, as it says it to a pipe. */
  command(...args: string[]): Promise<string>
  close(): void
}

/** Sets the stage in a cloud: the company's people and groups in Okta, nothing in Amazon Q Business. */
export function stageIn({ addresses, okta, qbusiness }: Cloud): Stage {
  if (!okta || !qbusiness) throw new Error('the story plays on the local Okta and the local Amazon Q Business only')
  const ids = foundCompany(okta)
  const client = qBusinessClient()
  return {
    okta,
    qbusiness,
    admin: oktaAdmin(addresses),
    documents: indexOfDocuments(client, addresses),
    idOf: (name) => ids.get(name)!,
    reconcile: () => invoke('reconcile'),
    catchUp: () => invoke('catch-up'),
    command,
    close: () => client.destroy(),
  }

  async function command(...args: string[]): Promise<string> {
    const env = { ...process.env, ...commandEnvironment(process.env), NO_COLOR: '1' }
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env }).catch((error) => {
      // Some verbs say by their exit status that there is something to do.
      if (error.code === 3) return error as { stdout: string }
      throw new Error(`q-group-sync ${args[0]}: ${error.stderr || error.message}`)
    })
    return stdout.trimEnd()
  }

  async function invoke<T>(name: string): Promise<T> {
    const url = `${addresses.lambda}/2015-03-31/functions/${name}/invocations`
    const response = await fetch(url, { method: 'POST', body: '{}' })
    const answer = JSON.parse(await response.text())
    if (response.ok && !response.headers.has('x-amz-function-error')) return answer as T
    throw new Error(`${name} answered: ${answer.errorMessage ?? answer.message}`)
  }
}
