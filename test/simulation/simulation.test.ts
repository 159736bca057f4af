import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requestOf } from './arguments.ts'

function simulate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    encoding: 'utf8',
  })
  return { status, said: stdout.trimEnd().split('\n'), stderr }
}

test('300 histories break no invariant', { timeout: 120_000 }, () => {
  const { status, said, stderr } = simulate('--seeds', '300')
  expect(status, [...said, stderr].join('\n')).toBe(0)
  expect(said.at(-1)).toMatch(/^histories: 300, steps: [\d,]+, faults: [1-9][\d,]*, violations: 0$/)
})

test('a seed gives the same history each time, told a line for each thing that happens', () => {
  const { said } = simulate('--seed', '7')
  expect(said).toEqual(simulate('--seed', '7').said)
  expect(said[0]).toMatch(/^seed 7: \d+ people, \d+ groups, \d+ steps$/)
  expect(said).toContainEqual(expect.stringMatching(/^0d 00:0\d:\d\d\.\d{3} {2}Q Business {7}takes “Team /))
  expect(said.at(-1)).toBe('nothing is wrong')
})

test.each([
  [['--seeds', 'many'], '--seeds must be a whole number from 1 on, and is many'],
  [['--seed', '-1'], '--seed must be a whole number from 0 on, and is -1'],
  [['--seed'], '--seed must be a whole number from 0 on, and is left out'],
  [['--scenario', 'sunny'], 'there is no scenario sunny'],
  [['--fast', '1', '--cores', '0'], 'there is no option --fast\n--cores must be a whole number from 1 on, and is 0'],
])('%j is refused: %s', (args, why) => {
  expect(() => requestOf(args, 2)).toThrow(why)
})

test('what is asked for wrongly is answered with the usage, and exit status 2', () => {
  const { status, stderr } = simulate('--seeds', 'many')
  expect(status).toBe(2)
  expect(stderr).toMatch(/^--seeds must be .*\n\nusage: npm run simulate/)
})

test.each(['1', '2'])('Ctrl-C says what was covered so far, on %s cores', { timeout: 60_000 }, async (cores) => {
  const args = [join(import.meta.dirname, 'main.ts'), '--seeds', '1000000', '--cores', cores]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  const [status] = await once(child, 'close')
  expect(status).toBe(0)
  expect(said).toMatch(/^1,000,000 histories from seed 1 on, scenario any\n/)
  expect(said).toMatch(/\nstopped: [\d,]+ of 1,000,000 histories were run\n/)
  expect(said).toMatch(/\nhistories: [\d,]+, steps: [\d,]+, faults: [\d,]+, violations: 0\n$/)
})
