import type { NodePath } from '@stryker-mutator/api/ignore'
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

/** The little of a syntax tree that is looked at here. */
interface Node {
  type: string
  name?: string
  callee?: Node
  object?: Node
  property?: Node
  key?: Node
}

const LOGS = ['info', 'warn', 'error']
/** Properties that people read, and nothing decides by. */
const TEXTS = ['detail', 'remedy']

/** Why what a node says is no behaviour: it is a text for people. */
function whyIgnored(path: NodePath): string | undefined {
  const { node, parent, key } = path as unknown as { node: Node; parent: Node | null; key: string }
  const { callee } = parent ?? {}
  const isArgument = key !== 'callee'
  const isCall = parent?.type === 'CallExpression' || parent?.type === 'OptionalCallExpression'
  if (isCall && isArgument && isLog(callee)) return 'it is what a log says'
  if (parent?.type === 'NewExpression' && isArgument && isError(callee)) return 'it is what an error says'
  const isText = node.type === 'StringLiteral' || node.type === 'TemplateLiteral'
  if (isText && parent?.type === 'ObjectProperty' && TEXTS.includes(parent.key?.name ?? ''))
    return 'it is what people read'
  return undefined
}

function isLog(callee: Node | undefined): boolean {
  const of = callee?.object?.property ?? callee?.object
  return of?.name === 'telemetry' && LOGS.includes(callee?.property?.name ?? '')
}

function isError(callee: Node | undefined): boolean {
  return callee?.name === 'Conflict' || callee?.name?.endsWith('Error') === true
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'texts', { shouldIgnore: whyIgnored })]
