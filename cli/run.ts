import { SettingsError } from '../shared/settings/load-settings.ts'
import { approve } from './approve.ts'
import { argumentsOf } from './arguments.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { go } from './go.ts'
import { held } from './held.ts'
import { help, helpOf } from './help.ts'
import { hook } from './hook.ts'
import { partsIn } from './parts.ts'
import { plan } from './plan.ts'
import { reject } from './reject.ts'
import { remove } from './remove.ts'
import { restore } from './restore.ts'
import { stop } from './stop.ts'
import { findSurroundings, NowhereError } from './surroundings.ts'
import { warn, write } from './terminal.ts'
import { upgrade } from './upgrade.ts'
import { DONE, FAILED, MISUSED, type Verb } from './verb.ts'

/** Every verb is in a file of its own. */
const VERBS: Record<string, Verb> = {
  doctor,
  hook,
  plan,
  go,
  stop,
  held,
  approve,
  reject,
  remove,
  restore,
  upgrade,
}

/** Runs one verb. Answers the exit status. */
export async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    ;(name === undefined ? warn : write)(help(VERBS))
    return name === undefined ? MISUSED : DONE
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name]! : null
  if (verb === null) {
    warn(`There is no verb “${name}”.\n\n${help(VERBS)}`)
    return MISUSED
  }
  const { given, faults } = argumentsOf(verb, args)
  if (given.options['help']) {
    write(helpOf(verb))
    return DONE
  }
  if (faults.length > 0) return misused(faults, verb)
  try {
    const { stage, local } = given.options as { stage?: string; local?: boolean }
    const where = { stage, local }
    if (verb.runAnywhere !== undefined) return await verb.runAnywhere(where, given)
    return await verb.run!(partsIn(await findSurroundings(where)), given)
  } catch (error) {
    if (error instanceof NowhereError) return misused([error.message], verb)
    warn(explain(error))
    return error instanceof SettingsError ? MISUSED : FAILED
  }
}

function misused(faults: readonly string[], verb: Verb): number {
  warn(`${faults.map((fault) => `${fault[0]!.toUpperCase()}${fault.slice(1)}.`).join('\n')}\n\n${helpOf(verb)}`)
  return MISUSED
}
