import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import cloudformation from '@aws/cloudformation-validate'
import { afterAll, describe, expect, it } from 'vitest'
import { packaged } from './packaged.ts'

// Making the engine takes a second or more, and a template a tenth.
const engine = new cloudformation.CelEngine()
const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-check-'))
afterAll(() => {
  engine.free()
  rmSync(folder, { recursive: true })
})

/** What AWS's own validation finds amiss in a template. */
function amissIn(file: string): string[] {
  const { diagnostics } = engine.validateStandard(new cloudformation.TemplateFile(file))
  // W3005 is a DependsOn that needn't be said, which osls writes everywhere.
  const faults = diagnostics.filter(({ severity, ruleId }) => severity !== 'INFO' && ruleId !== 'W3005')
  return faults.map(({ ruleId, message, entity }) => `${ruleId} ${entity?.logicalId}: ${message}`)
}

// biome-ignore lint/suspicious/noExplicitAny: a template's properties, of whatever form.
type Properties = Record<string, any>

/** Faults that one might make, by the id of the resource. */
const FAULTS: [what: string, id: string, change: (properties: Properties) => void][] = [
  ['a property that there is not', 'HintQueue', (of) => Object.assign(of, { VisibilityTimout: 360 })],
  ['a time that is too long', 'NameQueue', (of) => Object.assign(of, { VisibilityTimeout: 43_201 })],
  ['a FIFO queue without its ending', 'NameDeadLetterQueue', (of) => Object.assign(of, { QueueName: 'names-dead' })],
  [
    'a resource that there is not',
    'HintDeadLetterQueue',
    (of) => Object.assign(of, { RedriveAllowPolicy: { sourceQueueArns: [{ 'Fn::GetAtt': ['HintsQueue', 'Arn'] }] } }),
  ],
  [
    'an attribute that there is not',
    'NamesDeadAlarm',
    (of) => Object.assign(of['Dimensions'][0], { Value: { 'Fn::GetAtt': ['NameDeadLetterQueue', 'Name'] } }),
  ],
  [
    'a name that is put in and is not there',
    'HeldAlarm',
    (of) => Object.assign(of, { AlarmName: { 'Fn::Sub': `\${Stage}-held` } }),
  ],
  ['a key without its type', 'Table', (of) => of['AttributeDefinitions'].pop()],
  [
    'more messages than FIFO gives',
    'PutDashgroupEventSourceMappingSQSNameQueue',
    (of) => Object.assign(of, { BatchSize: 100 }),
  ],
  ['too little memory', 'ReadDashgroupLambdaFunction', (of) => Object.assign(of, { MemorySize: 64 })],
  [
    'a statement that says nothing',
    'ReplayRole',
    (of) => Object.assign(of['Policies'][0].PolicyDocument.Statement[0], { Effect: 'Permit' }),
  ],
  ['a property that is missing', 'ReconcileSchedule', (of) => delete of['FlexibleTimeWindow']],
  ['a number of days that there is not', 'ReconcileLogGroup', (of) => Object.assign(of, { RetentionInDays: 91 })],
]

describe("AWS's own validation", () => {
  it('finds nothing amiss in the template', () => {
    expect(amissIn(packaged.templateFile)).toEqual([])
  })

  it.each(FAULTS)('finds %s', (_, id, change) => {
    const template = structuredClone({ Resources: packaged.resources })
    change(template.Resources[id]!.Properties)
    const file = join(folder, `${id}.json`)
    writeFileSync(file, JSON.stringify(template))
    const amiss = amissIn(file)
    expect(amiss.length).toBeGreaterThan(0)
    for (const one of amiss) expect(one).toContain(` ${id}: `)
  })
})
