import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { ROOT } from '../../scripts/bundle.ts'

/** A resource of the template, as far as the tests look at it. */
export interface Resource {
  Type: string
  Properties: Record<string, unknown>
}

/** One statement of a policy, with lists of actions and resources. */
export interface Statement {
  actions: string[]
  resources: unknown[]
}

/** A stage as it was packaged. */
export interface Packaged {
  /** The folder that holds dist/ and .serverless/. */
  out: string
  output: string
  templateFile: string
  resources: Record<string, Resource>
}

/** Runs `npm run package` as a machine does that has neither credentials nor a configuration of AWS. */
export function runPackage(...args: string[]): SpawnSyncReturns<string> {
  const home = mkdtempSync(join(tmpdir(), 'q-group-sync-home-'))
  // Another time zone than this process's, since a zip has local times.
  const env = { PATH: process.env['PATH'], HOME: home, TZ: 'Asia/Tokyo', NO_COLOR: '1' }
  return spawnSync(process.execPath, [join(ROOT, 'scripts/package.ts'), ...args], { cwd: ROOT, env, encoding: 'utf8' })
}

/** Packages the stage `example` into a folder of its own. */
export function packageExample(): Packaged {
  const out = mkdtempSync(join(tmpdir(), 'q-group-sync-package-'))
  const { status, stdout, stderr } = runPackage('--out', out)
  if (status !== 0) throw new Error(`npm run package ended with ${status}:\n${stdout}${stderr}`)
  const templateFile = join(out, '.serverless', 'cloudformation-template-update-stack.json')
  return { out, output: stdout, templateFile, resources: JSON.parse(readFileSync(templateFile, 'utf8')).Resources }
}

/** A file of the packaged stage. */
export function built({ out }: Packaged, ...path: string[]): string {
  return join(out, 'dist', 'example', ...path)
}

/** What went into a function's bundle. */
export function metafileOf(packaged: Packaged, name: string): Metafile {
  return JSON.parse(readFileSync(built(packaged, `${name}.meta.json`), 'utf8'))
}

/** The resource of a Lambda function; osls writes a hyphen as `Dash` in its ids. */
export function functionOf({ resources }: Packaged, name: string): Resource {
  return resources[`${logicalId(name)}LambdaFunction`]!
}

/** A function's name as osls writes it in the ids of resources. */
export function logicalId(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1).replaceAll('-', 'Dash')
}

/** What a role allows, where its policies are its own. */
export function allowed({ Properties }: Resource): Statement[] {
  type Policies = { PolicyDocument: { Statement: { Effect: string; Action: unknown; Resource: unknown }[] } }[]
  return (Properties['Policies'] as Policies).flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Effect, Action, Resource }) => {
      if (Effect !== 'Allow') throw new Error(`a role has a statement with ${Effect}`)
      return { actions: [Action].flat() as string[], resources: [Resource].flat() }
    }),
  )
}
