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

/**
 * What a role or a policy allows: each action with each resource, by its id in the template; sorted, and as often as it is
 * said.
 */
export function allowed(id: string): string[] {
  type Policy = { PolicyDocument: { Statement: { Effect: string; Action: unknown; Resource: unknown }[] } }
  const { Properties } = packaged.resources[id]!
  const policies = (Properties['Policies'] ?? [Properties]) as Policy[]
  const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
  const pairs = statements.flatMap(({ Effect, Action, Resource }) => {
    if (Effect !== 'Allow') throw new Error(`${id} has a statement with ${Effect}`)
    return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${nameOf(resource)}`))
  })
  return pairs.sort()
}

/** What a policy's resource is. */
function nameOf(resource: unknown): string {
  const { okta, qBusiness } = settings
  const application = `arn:\${AWS::Partition}:qbusiness:\${AWS::Region}:\${AWS::AccountId}:application/${qBusiness.applicationId}`
  const known: Record<string, string> = {
    [okta.credentials]: 'okta.credentials',
    [okta.hookSecret]: 'okta.hookSecret',
    [application]: 'application',
    [`${application}/index/${qBusiness.indexId}`]: 'index',
  }
  if (typeof resource === 'string') return known[resource] ?? resource
  const { 'Fn::GetAtt': attribute, 'Fn::Sub': text } = resource as { 'Fn::GetAtt'?: string[]; 'Fn::Sub'?: string }
  if (attribute?.[1] === 'Arn') return attribute[0]!
  const ofResource = /^\$\{(\w+)\.Arn\}(.*)$/.exec(text ?? '')
  return (ofResource ? ofResource[1]! + ofResource[2]! : known[text ?? '']) ?? JSON.stringify(resource)
}
