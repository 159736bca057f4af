// What `npx q-group-sync` runs.
import { run } from './run.ts'

// Who reads only the first lines closes the pipe.
process.stdout.on('error', () => {})
// Some of what the functions are made of would log.
process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT'
process.exitCode = await run(process.argv.slice(2))
// Connections that are kept alive would hold it up.
process.exit()
