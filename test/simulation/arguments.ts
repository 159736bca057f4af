import { SCENARIOS, type Scenario } from './scenario.ts'

/** What the simulation is asked for. */
export interface Request {
  /** One history to be told; null for many. */
  seed: number | null
  /** Seeds from here on, and how many. */
  from: number
  seeds: number
  scenario: Scenario
  /** On how many cores. */
  cores: number
}

/** The arguments can't be understood; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const usage = `usage: npm run simulate -- [options]

  --seed N          tells the history of this seed, and what is wrong with it
  --seeds N         runs so many histories (1,000 unless told) and counts what they were
  --from N          the first seed of them (1 unless told)
  --scenario NAME   ${SCENARIOS.join(', ')}
  --cores N         runs them in so many processes (1 unless told; all: as many as there are)
`

/** @throws UsageError that says everything that is wrong: what isn't a number, and an option or a scenario that there isn't */
export function requestOf(args: readonly string[], cores: number): Request {
  const request: Request = { seed: null, from: 1, seeds: 1_000, scenario: 'any', cores: 1 }
  const faults: string[] = []
  const numberOf = (option: string, value: string | undefined, least: number): number => {
    const number = Number(value)
    if (value === undefined || !/^\d+$/.test(value) || number < least || number > 0xffffffff) {
      faults.push(`${option} must be a whole number from ${least} on, and is ${value ?? 'left out'}`)
    }
    return number
  }
  for (let index = 0; index < args.length; index += 2) {
    const [option, value] = [args[index]!, args[index + 1]]
    if (option === '--seed') request.seed = numberOf(option, value, 0)
    else if (option === '--seeds') request.seeds = numberOf(option, value, 1)
    else if (option === '--from') request.from = numberOf(option, value, 0)
    else if (option === '--cores') request.cores = value === 'all' ? cores : numberOf(option, value, 1)
    else if (option !== '--scenario') faults.push(`there is no option ${option}`)
    else if (isScenario(value)) request.scenario = value
    else faults.push(`there is no scenario ${value ?? ''}`)
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return request
}

function isScenario(value: string | undefined): value is Scenario {
  return SCENARIOS.some((scenario) => scenario === value)
}
