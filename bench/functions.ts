// What the packaged functions cost, under Lambda's runtime client: the tables of docs/bench.md. It ends with exit status 1
// if a row misses its goal.
//
//   npm run bench                               everything; about five minutes
//   npm run bench -- --rounds 3 --seconds 5     a quick look
//   npm run bench -- --file FILE                where the figures go, default dist/bench.json
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { type ColdAnswers, coldAnswers } from './parts/cold-answers.ts'
import { cpuShare } from './parts/cpu-share.ts'
import { startSurroundings } from './parts/hook-front.ts'
import { loadProfile } from './parts/load-profile.ts'
import { packageStage, variablesOf } from './parts/stage.ts'
import { startTimes } from './parts/start-times.ts'
import { warmAnswers } from './parts/warm-answers.ts'

/** A goal and how it was met. `value` and `most` are what `measured` and `goal` say. */
interface Row {
  what: string
  measured: string
  goal: string
  value: number
  most: number
}

/** Okta waits 3 s for an answer. Half of it is left for what isn't here: TLS, distances, loading the code. */
const HALF_OF_OKTAS = 1_500
const MEMORIES = [256, 512, 1_024, 1_769]
const PER_SECOND = 50
/** At most so many times an empty handler. */
const STARTS = { 'okta-hook': 2.5, 'put-group': 3.5 }
const SIZES = { 'okta-hook': 450_000, 'put-group': 600_000, 'read-group': 5_600_000, reconcile: 5_600_000 }

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { rounds: text, seconds: text, file: text } })
const rounds = Number(values.rounds ?? 15)
const seconds = Number(values.seconds ?? 60)
const file = values.file ?? 'dist/bench.json'

const stage = packageStage()
const cpu = cpuShare()
const surroundings = await startSurroundings(stage)
try {
  const { functions, empty } = stage
  const hook = functions['okta-hook']!

  say('starting functions, one after the other')
  const measured = Object.keys(SIZES).map((name) => functions[name]!)
  const starts = await startTimes([empty, ...measured], rounds)
  const start = (name: string) => at(0.5, starts.get(name)!)
  const timesEmpty = (name: string) =>
    at(
      0.5,
      starts.get(name)!.map((ms, round) => ms / starts.get('empty')![round]!),
    )

  const cold: ColdAnswers[] = []
  for (const memoryMb of new Set([...MEMORIES, hook.memoryMb].sort((a, b) => a - b))) {
    say(`the hook, cold, with ${memoryMb} MB and the CPU that goes with it`)
    cold.push(await coldAnswers(hook, surroundings, cpu, memoryMb, rounds))
  }
  const chosen = cold.find(({ memoryMb }) => memoryMb === hook.memoryMb)!

  say('what loading is made of')
  const loads: Record<string, Awaited<ReturnType<typeof loadProfile>>> = {}
  for (const name of ['read-group', 'reconcile']) {
    loads[name] = await loadProfile(name, variablesOf(functions[name]!), Math.min(rounds, 5))
  }

  say(`${PER_SECOND} deliveries a second for ${seconds} s, and as many to an empty handler`)
  const warm = await warmAnswers(stage, surroundings, PER_SECOND, seconds)
  const p99 = { hook: at(0.99, warm.hook), empty: at(0.99, warm.empty) }

  const rows: Row[] = [
    ...Object.entries(STARTS).map(([name, most]) =>
      times(`${name}: start, of an empty handler's`, timesEmpty(name), most),
    ),
    ...Object.entries(SIZES).map(([name, most]) => kilobytes(`${name}: bundle`, functions[name]!.size, most)),
    milliseconds(`okta-hook, cold, ${hook.memoryMb} MB: verification, the slowest`, chosen.verifications),
    milliseconds(`okta-hook, cold, ${hook.memoryMb} MB: delivery, the slowest`, chosen.deliveries),
    times(`okta-hook, warm, ${PER_SECOND} a second: p99, of an empty handler's`, p99.hook / p99.empty, 5),
    count(`okta-hook, warm: deliveries refused or lost, of ${warm.hook.length}`, warm.refused + warm.lost),
  ]
  table(
    ['what', 'measured', 'goal', ''],
    rows.map((row) => [row.what, row.measured, row.goal, isMet(row) ? 'met' : 'MISSED']),
  )
  table(
    ['memory', 'CPU', 'verification: median', 'slowest', 'delivery: median', 'slowest'],
    cold.map(({ memoryMb, share, verifications, deliveries }) => [
      `${memoryMb} MB`,
      share.toFixed(2),
      ...[verifications, deliveries].flatMap((each) => [ms(at(0.5, each)), ms(Math.max(...each))]),
    ]),
  )
  table(
    ['function', 'start', 'of an empty one', 'of loading: what takes 3 % or more'],
    ['empty', ...Object.keys(SIZES)].map((name) => [
      name,
      ms(start(name)),
      timesEmpty(name).toFixed(2),
      (loads[name] ?? [])
        .filter(([, share]) => share >= 0.03)
        .map(([what, share]) => `${what} ${Math.round(share * 100)} %`)
        .join(', '),
    ]),
  )
  table(
    ['warm', 'median', 'p99', 'slowest'],
    [
      ['okta-hook', ...[at(0.5, warm.hook), p99.hook, Math.max(...warm.hook)].map(ms)],
      ['empty', ...[at(0.5, warm.empty), p99.empty, Math.max(...warm.empty)].map(ms)],
    ],
  )
  const machine = { node: process.versions.node, cpus: cpus().length }
  const figures = {
    at: new Date().toISOString(),
    machine,
    rounds,
    seconds,
    rows,
    starts: Object.fromEntries(starts),
    cold,
    loads,
    warm,
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(figures, null, 1)}\n`)
  const missed = rows.filter((row) => !isMet(row)).length
  console.log(`\n${rows.length - missed} of ${rows.length} goals are met; the figures are in ${file}`)
  process.exitCode = missed > 0 ? 1 : 0
} finally {
  await surroundings.close()
  await cpu.close()
  stage.remove()
}

function isMet({ value, most }: Row): boolean {
  return value <= most
}

function times(what: string, value: number, most: number): Row {
  return { what, measured: `${value.toFixed(2)} ×`, goal: `${most} ×`, value, most }
}

function kilobytes(what: string, value: number, most: number): Row {
  const shown = (bytes: number) => `${Math.ceil(bytes / 1_000).toLocaleString('en')} KB`
  return { what, measured: shown(value), goal: shown(most), value, most }
}

function milliseconds(what: string, all: number[]): Row {
  const value = Math.max(...all)
  return { what, measured: ms(value), goal: ms(HALF_OF_OKTAS), value, most: HALF_OF_OKTAS }
}

function count(what: string, value: number): Row {
  return { what, measured: String(value), goal: '0', value, most: 0 }
}

function ms(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds).toLocaleString('en')} ms`
}

/** The value below which so many of them are, 0 to 1. */
function at(fraction: number, all: number[]): number {
  const sorted = all.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!
}

function table(titles: string[], lines: string[][]): void {
  const widths = titles.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]!.length), 3))
  const row = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  console.log(`\n${[titles, rule, ...lines].map(row).join('\n')}`)
}

/** On stderr, so that stdout is the tables alone. */
function say(what: string): void {
  process.stderr.write(`${what} …\n`)
}
