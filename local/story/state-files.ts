import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Addresses } from '../cloud.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The files by which others find a running instance. */
interface StateFiles {
  /** From the root of the project. */
  folder: string
  remove(): void
}

/**
 * Writes where everything is: `addresses.json` for programs, with `pid` and `environment` beside the addresses, and `env` for
 * shells to read with a dot, which exports `environment`: what the command q-group-sync goes by. They are in `.local`; in a folder of its own below where another instance runs already.
 */
export function writeStateFiles(
  addresses: Addresses & { control: string },
  environment: Record<string, string>,
): StateFiles {
  const usual = join(ROOT, '.local')
  const folder = isTaken(usual) ? join(usual, String(process.pid)) : usual
  mkdirSync(folder, { recursive: true })
  // For the owner only: a token is in them.
  const options = { mode: 0o600 }
  const [json, env] = [join(folder, 'addresses.json'), join(folder, 'env')]
  writeFileSync(json, `${JSON.stringify({ pid: process.pid, ...addresses, environment }, null, 2)}\n`, options)
  writeFileSync(env, variables(addresses, environment), options)
  return {
    folder: relative(ROOT, folder),
    remove: () => {
      for (const file of [json, env]) rmSync(file, { force: true })
      for (const empty of [folder, usual]) removeIfEmpty(empty)
    },
  }
}

function variables(addresses: Addresses & { control: string }, environment: Record<string, string>): string {
  const { okta, oktaToken, lambda, qbusiness, applicationId, indexId, control } = addresses
  const lines = {
    OKTA: okta,
    OKTA_AUTH: `authorization: SSWS ${oktaToken}`,
    LAMBDA: lambda,
    CONTROL: control,
    INDEX: `${qbusiness}/applications/${applicationId}/indices/${indexId}`,
  }
  const own = Object.entries(lines).map(([name, value]) => `${name}='${value}'\n`)
  const exported = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`)
  return [...own, ...exported].join('')
}

function isTaken(folder: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, 'addresses.json'), 'utf8'))
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Others have files in it.
  }
}
