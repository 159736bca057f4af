// Makes a stage ready to be deployed, offline: checks its settings, bundles and zips the functions, and writes the template.
//
//   npm run package -- [--stage NAME] [--settings FILE] [--out FOLDER]
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, styleText } from 'node:util'
import { SettingsError } from '../shared/settings/load-settings.ts'
import { withFindings } from '../shared/settings/with-findings.ts'
import { type Bundle, bundle, FUNCTIONS, ROOT } from './bundle.ts'
import { readStage, type Stage } from './read-stage.ts'

const USAGE = `npm run package -- [--stage NAME] [--settings FILE] [--out FOLDER]

  --stage NAME      the stage, default example; letters, digits and hyphens
  --settings FILE   its settings, default settings/NAME.json
  --out FOLDER      where dist/ and .serverless/ are written, default here
`

const { stage, settings, out } = options()
try {
  const read = readStage(settings, withFindings)
  const folder = join(out, 'dist', stage)
  rmSync(folder, { recursive: true, force: true })
  const bundles = await bundleAll(folder, read)
  writeTemplate(out, stage)
  report(bundles, read)
} catch (error) {
  // Any other error is a fault of this program, and its stack says where.
  if (!(error instanceof SettingsError)) throw error
  fail(error.message)
}

function options(): { stage: string; settings: string; out: string } {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({ options: { stage: text, settings: text, out: text } })
    const name = values.stage ?? 'example'
    // It becomes a part of names that AWS keeps to 64 characters, and of paths.
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
      fail(`"${name}" is no name of a stage: write 1 to 32 lower-case letters, digits and hyphens, a letter first`)
    }
    return {
      stage: name,
      settings: values.settings ?? join('settings', `${name}.json`),
      out: resolve(values.out ?? ROOT),
    }
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`)
  }
}

async function bundleAll(folder: string, read: Stage): Promise<Bundle[]> {
  mkdirSync(folder, { recursive: true })
  // Read by serverless.yml.
  writeFileSync(join(folder, 'stage.json'), JSON.stringify(read, null, 2))
  const content = JSON.stringify(read.settings, null, 2)
  return Promise.all(FUNCTIONS.map((name) => bundle(name, folder, content)))
}

/** osls works in the folder where it finds serverless.yml, and clears the .serverless/ there. */
function writeTemplate(cwd: string, name: string): void {
  if (cwd !== ROOT) {
    // osls takes no link for serverless.yml; infra/ must be one, since its JavaScript is of this package's type.
    copyFileSync(join(ROOT, 'serverless.yml'), join(cwd, 'serverless.yml'))
    if (!existsSync(join(cwd, 'infra'))) symlinkSync(join(ROOT, 'infra'), join(cwd, 'infra'), 'junction')
  }
  const osls = fileURLToPath(import.meta.resolve('osls/bin/serverless.js'))
  const { status, stdout, stderr } = spawnSync(process.execPath, [osls, 'package', '--stage', name], {
    cwd,
    encoding: 'utf8',
  })
  if (status !== 0) fail(`osls package failed with exit status ${status}:\n${stdout}${stderr}`)
}

function report(bundles: Bundle[], { region }: Stage): void {
  const size = (bytes: number) => `${Math.round(bytes / 1000).toLocaleString('en')} KB`
  const row = (...[name, bundled, zipped]: string[]) =>
    `  ${name!.padEnd(12)}${bundled!.padStart(10)}${zipped!.padStart(10)}`
  const template = relative(process.cwd(), join(out, '.serverless', 'cloudformation-template-update-stack.json'))
  console.log(`\n${styleText('bold', `q-group-sync, stage ${stage}`)} in ${region}\n`)
  console.log(styleText('dim', row('function', 'bundle', 'zip')))
  for (const { name, bundleSize, zipSize } of bundles) console.log(row(name, size(bundleSize), size(zipSize)))
  console.log(`\n  ${styleText('dim', 'settings')}  ${settings}`)
  console.log(`  ${styleText('dim', 'template')}  ${template}\n`)
}

function fail(message: string): never {
  process.stderr.write(`${styleText('red', message, { stream: process.stderr })}\n`)
  process.exit(1)
}
