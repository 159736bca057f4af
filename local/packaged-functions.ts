import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { NAMES, type Name, type Wiring } from './attach.ts'
import { type ProcessFunction, processFunction } from './lambda/runtime/process-function.ts'
import { readTemplate, type Template, type TemplateFunction } from './lambda/template.ts'
import type { QueueRules } from './queues.ts'

/** A stage as `npm run package` made it, to be run in processes of its own as Lambda would. */
export interface PackagedStage {
  /** Its folder under `dist/`. */
  folder: string
  /** The template, `.serverless/cloudformation-template-update-stack.json`. */
  template: string
  /** Timeouts that are another than the template's, in milliseconds; they may be changed at any time. */
  timeoutsMs?: Partial<Record<Name, number>>
  /** Hears the functions' logs, line by line. */
  onLine?: (name: Name, line: string) => void
  /** Hears of each process that is started. */
  onProcess?: (name: Name, pid: number) => void
}

/** What the local cloud has to know of a packaged stage. */
export interface PackagedFunctions {
  settings: { okta: { credentials: string; hookSecret: string }; qBusiness: { applicationId: string; indexId: string } }
  region: string
  hints: QueueRules
  names: QueueRules
  /** To be called when the environment says where everything is. */
  start(): Wiring
}

/** What the template's resources are here, by the variables that lead to them. */
const RESOURCES: Record<string, string> = {
  Table: 'TABLE_NAME',
  // The table is called like the stack.
  'AWS::StackName': 'TABLE_NAME',
  HintQueue: 'HINT_QUEUE_URL',
  NameQueue: 'NAME_QUEUE_URL',
  HintDeadLetterQueue: 'HINT_DEAD_LETTER_QUEUE_URL',
  NameDeadLetterQueue: 'NAME_DEAD_LETTER_QUEUE_URL',
}

/** Reads a packaged stage: memory, timeouts, variables, queues, batches and schedules are the template's. */
export function packagedFunctions(stage: PackagedStage): PackagedFunctions {
  const template = readTemplate(stage.template)
  const { settings, region } = JSON.parse(readFileSync(join(stage.folder, 'stage.json'), 'utf8'))
  return {
    settings,
    region,
    hints: rulesOf(template, 'HintQueue'),
    names: rulesOf(template, 'NameQueue'),
    start: () => start(stage, template, region),
  }
}

function rulesOf({ queues }: Template, id: string): QueueRules {
  const { visibilitySeconds, maxReceiveCount } = queues[id] ?? {}
  if (!visibilitySeconds || !maxReceiveCount) throw new Error(`the template has no ${id} with a dead-letter queue`)
  return { visibilitySeconds, maxReceiveCount }
}

function start(stage: PackagedStage, template: Template, region: string): Wiring {
  const root = mkdtempSync(join(tmpdir(), 'q-group-sync-task-'))
  const folderOf = (name: string) => join(root, name)
  const nameOf = (id: string): Name => {
    const name = template.functions.find((fn) => fn.id === id)?.name
    const known = NAMES.find((each) => each === name)
    if (!known) throw new Error(`the template's ${id} is none of the functions of this project`)
    return known
  }
  const functions = {} as Record<Name, ProcessFunction>
  for (const fn of template.functions) {
    const name = nameOf(fn.id)
    unzip(join(stage.folder, `${name}.zip`), folderOf(name))
    letPut(join(folderOf(name), 'settings.json'))
    functions[name] = processFunction({
      name,
      region,
      folder: folderOf(name),
      timeoutMs: fn.timeoutMs,
      timeoutNow: () => stage.timeoutsMs?.[name],
      memoryMb: fn.memoryMb,
      logFormat: fn.logFormat,
      concurrency: fn.reservedConcurrency,
      variables: () => variablesOf(fn, folderOf(name), nameOf),
      onLine: (line) => stage.onLine?.(name, line),
      onProcess: (pid) => stage.onProcess?.(name, pid),
    })
  }
  return {
    functions,
    sources: template.mappings.map(({ fn, queue, ...rules }) => ({ fn: nameOf(fn), queueUrl: here(queue), ...rules })),
    schedules: template.schedules.map(({ fn, ...schedule }) => ({ fn: nameOf(fn), ...schedule })),
    redeploy: async (settings) => {
      if (settings)
        for (const name of NAMES) writeFileSync(join(folderOf(name), 'settings.json'), JSON.stringify(settings))
      await Promise.all(Object.values(functions).map((fn) => fn.renew()))
    },
    close: async () => {
      await Promise.all(Object.values(functions).map((fn) => fn.close()))
      rmSync(root, { recursive: true })
    },
  }
}

function unzip(file: string, folder: string): void {
  for (const [path, content] of Object.entries(unzipSync(readFileSync(file)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** A stage that only observes would show nothing of its puts. */
function letPut(file: string): void {
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), mode: 'put' }))
}

/** A function's variables as the template has them, and where the parts of the local cloud are. */
function variablesOf(fn: TemplateFunction, folder: string, nameOf: (id: string) => Name): Record<string, string> {
  const parts = Object.entries(process.env).filter(([name]) => /^(AWS_ENDPOINT_URL_|OKTA_ORG_URL$)/.test(name))
  const own = Object.entries(fn.variables).map(([name, value]) => {
    if (typeof value === 'string') return [name, value.replace(/^\/var\/task\//, `${folder}/`)]
    // The API's address, which only the command reads, isn't known before the functions run.
    if (name === 'HOOK_URL') return [name, process.env[name] ?? '']
    const { Ref } = value as { Ref?: string }
    if (!Ref)
      throw new Error(`${fn.id} has a variable of a form that isn't known here: ${JSON.stringify({ [name]: value })}`)
    return [name, Ref in RESOURCES ? here(Ref) : nameOf(Ref)]
  })
  return Object.fromEntries([...parts, ...own])
}

/** The name or URL that a resource of the template has here. */
function here(id: string): string {
  const value = process.env[RESOURCES[id] ?? '']
  if (!value) throw new Error(`the template's ${id} is nothing that the local cloud has`)
  return value
}
