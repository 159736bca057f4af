import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTemplate, type TemplateFunction } from '../../local/lambda/template.ts'
import { ROOT } from '../../scripts/bundle.ts'

/** A packaged function, or the empty handler that it is compared with. */
export interface Measured {
  name: string
  folder: string
  memoryMb: number
  /** Of its code, in bytes. */
  size: number
}

/** The stage `example`, packaged to be measured. */
export interface MeasuredStage {
  settings: { okta: { hookSecret: string } }
  functions: Record<string, Measured>
  empty: Measured
  remove(): void
}

/** Answers as an HTTP API wants it, and does nothing else. */
const EMPTY = 'exports.handler = async () => ({ statusCode: 200 })'

/** Packages the stage `example` as a person does, into a folder of its own. */
export function packageStage(): MeasuredStage {
  const out = mkdtempSync(join(tmpdir(), 'q-group-sync-bench-'))
  const args = ['scripts/package.ts', '--out', out]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm run package ended with exit status ${status}: ${stderr}`)
  const stage = join(out, 'dist', 'example')
  const measured = ({ name, memoryMb }: Pick<TemplateFunction, 'name' | 'memoryMb'>): [string, Measured] => {
    const folder = join(stage, name)
    return [name, { name, folder, memoryMb, size: statSync(join(folder, 'index.js')).size }]
  }
  const { functions } = readTemplate(join(out, '.serverless', 'cloudformation-template-update-stack.json'))
  mkdirSync(join(stage, 'empty'))
  writeFileSync(join(stage, 'empty', 'index.js'), EMPTY)
  const { memoryMb } = functions.find(({ name }) => name === 'okta-hook')!
  return {
    settings: JSON.parse(readFileSync(join(stage, 'stage.json'), 'utf8')).settings,
    functions: Object.fromEntries(functions.map(measured)),
    empty: measured({ name: 'empty', memoryMb })[1],
    remove: () => rmSync(out, { recursive: true }),
  }
}

/** All variables that any function needs to be composed, where nothing is asked for anything. */
export function variablesOf({ folder }: Measured): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9/000000000000'
  return {
    SETTINGS_FILE: join(folder, 'settings.json'),
    TABLE_NAME: 'q-group-sync',
    HINT_QUEUE_URL: `${nowhere}/hints.fifo`,
    NAME_QUEUE_URL: `${nowhere}/names.fifo`,
    HINT_DEAD_LETTER_QUEUE_URL: `${nowhere}/hints-dead.fifo`,
    NAME_DEAD_LETTER_QUEUE_URL: `${nowhere}/names-dead.fifo`,
    RECONCILE_FUNCTION: 'reconcile',
  }
}
