// A process of its own for some of the histories.
import { emptyTally, type Part, runMany } from './many.ts'

process.on('message', async (part: Part) => {
  process.send!(await runMany(part, emptyTally()))
})
