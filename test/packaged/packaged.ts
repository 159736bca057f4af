import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { afterAll } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { runPackage } from './run-package.ts'

/** A resource of the template, as far as the tests look at it. */
interface Resource {
  Type: string
  Properties: Record<string, unknown>
}

/** One statement of a policy, with lists of actions and resources. */
export interface Statement {
  actions: string[]
  resources: unknown[]
}

const out = mkdtempSync(join(tmpdir(), 'q-group-sync-package-'))
afterAll(() => rmSync(out, { recursive: true }))
const { status, stdout, stderr } = runPackage('--out', out)
if (status !== 0) throw new Error(`npm run package ended with ${status}:\n${stdout}${stderr}`)
const templateFile = join(out, '.serverless', 'cloudformation-template-update-stack.json')

/** The stage `example`, packaged into a folder of its own when this is imported. */
export const packaged = {
  output: stdout,
  templateFile,
  resources: JSON.parse(readFileSync(templateFile, 'utf8')).Resources as Record<string, Resource>,
}

/** The settings that it was packaged with. */
export const settings = JSON.parse(readFileSync(join(ROOT, 'settings/example.json'), 'utf8'))

/** A file of the packaged stage. */
export function built(...path: string[]): string {
  return join(out, 'dist', 'example', ...path)
}

/** What went into a function's bundle. */
export function metafileOf(name: string): Metafile {
  return JSON.parse(readFileSync(built(`${name}.meta.json`), 'utf8'))
}

/** The resources of one type. */
export function all(type: string): Resource[] {
  return Object.values(packaged.resources).filter(({ Type }) => Type === type)
}

/** The resource of a Lambda function. */
export function functionOf(name: string): Resource {
  return packaged.resources[`${logicalId(name)}LambdaFunction`]!
}

/** A function's name as osls writes it in the ids of resources. */
export function logicalId(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1).replaceAll('-', 'Dash')
}

/** How the template names the ARN of a resource. */
export function arnOf(id: string): unknown {
  return { 'Fn::GetAtt': [id, 'Arn'] }
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
