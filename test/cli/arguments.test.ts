import { describe, expect, test } from 'vitest'
import { approve } from '../../cli/approve.ts'
import { argumentsOf } from '../../cli/arguments.ts'
import { held } from '../../cli/held.ts'
import { plan } from '../../cli/plan.ts'
import { reject } from '../../cli/reject.ts'
import { remove } from '../../cli/remove.ts'
import { restore } from '../../cli/restore.ts'
import { upgrade } from '../../cli/upgrade.ts'
import type { Verb } from '../../cli/verb.ts'

const faultsOf = (verb: Verb, ...args: string[]) => argumentsOf(verb, args).faults

describe('what is right', () => {
  test.each<[Verb, string[]]>([
    [plan, []],
    [plan, ['--json', '--stage', 'prod']],
    [plan, ['--markdown', '--all', '--local']],
    [held, ['--json']],
    [approve, ['A name', '--hold', '7', '--reason', 'why not']],
    [approve, ['--hold=7', '--reason=why', 'A name']],
    [approve, ['--settings', 'abcdef', '--reason', 'looked at']],
    [reject, ['name', '--hold', '7', '--reason', 'no']],
    [remove, ['ann@example.com', '--reason', 'stolen laptop']],
    [remove, ['ann@example.com', '--reason', 'stolen laptop', '--for', '90m']],
    [remove, ['--list']],
    [restore, ['ann@example.com', '--reason', 'found']],
    [upgrade, ['--stage', 'prod']],
  ])('is taken: %#', (verb, args) => {
    expect(faultsOf(verb, ...args)).toEqual([])
  })

  test('a name that begins with hyphens comes after two', () => {
    const { given, faults } = argumentsOf(reject, ['--hold', '7', '--reason', 'x', '--', '--odd'])
    expect(faults).toEqual([])
    expect(given).toEqual({ words: ['--odd'], options: { hold: '7', reason: 'x' } })
  })
})

describe('what is wrong is told, all of it', () => {
  test.each<[Verb, string[], string[]]>([
    [held, ['x', '--no'], ['there is no option --no', '“x” is too much']],
    [held, ['--json=yes'], ['--json takes no value']],
    [held, ['--stage', 'a', '--stage', 'b'], ['--stage is given twice']],
    [plan, ['--json', '--markdown'], ['--json and --markdown are two forms: give one']],
    [approve, [], ['NAME is missing', '--hold is missing', '--reason is missing']],
    [
      approve,
      ['x', '--hold', '--reason'],
      ['--hold needs a value: --hold ID', '--reason needs a value: --reason TEXT'],
    ],
    [approve, ['x', '--hold', '7', '--reason', ' '], ['--reason is missing']],
    [
      approve,
      ['x', '--settings', 'a', '--hold', '7'],
      ['“x” is too much', '--reason is missing', '--settings and --hold are two things: give one'],
    ],
    [reject, ['x', 'y'], ['“y” is too much', '--hold is missing', '--reason is missing']],
    [
      remove,
      ['--for', '1y'],
      ['USER is missing', '--reason is missing', '--for 1y is no time: write 30m, 24h or 7d, a year at most'],
    ],
    [remove, ['x', '--reason', 'y', '--for', '0h'], ['--for 0h is no time: write 30m, 24h or 7d, a year at most']],
    [remove, ['x', '--reason', 'y', '--for', '366d'], ['--for 366d is no time: write 30m, 24h or 7d, a year at most']],
    [
      restore,
      ['--stage', 'a', '--local'],
      ['--stage and --local are two places: give one', 'USER is missing', '--reason is missing'],
    ],
    [upgrade, ['now'], ['“now” is too much']],
  ])('%#', (verb, args, faults) => {
    expect(faultsOf(verb, ...args)).toEqual(faults)
  })

  test('but not to somebody who asks for help', () => {
    expect(argumentsOf(approve, ['--bla', '--help'])).toMatchObject({ faults: [], given: { options: { help: true } } })
  })
})
