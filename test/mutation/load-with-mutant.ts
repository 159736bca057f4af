// A process of its own for a mutant of what runs as a module loads: prints the first test that it breaks, as JSON.
import { Tests } from './tests.ts'

const tests = new Tests(process.argv[2])
console.log(`\n${JSON.stringify(await tests.firstBroken(null))}`)
process.exit()
