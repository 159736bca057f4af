import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { type ZipOptions, zipSync } from 'fflate'

/** The repository. */
export const ROOT = join(import.meta.dirname, '..')

/** The functions of this project: one per file of functions/. */
export const FUNCTIONS = readdirSync(join(ROOT, 'functions'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

/** One function, ready to be deployed. Sizes in bytes. */
export interface Bundle {
  name: string
  bundleSize: number
  zipSize: number
  metafile: Metafile
}

/** 1980-01-01, the first day of a zip, in local time as fflate writes it: a zip depends on its content alone. */
const WHEN = new Date(1980, 0, 1)
/** Made on Unix, readable by all: Lambda runs the code as another user. */
const READABLE: ZipOptions = { level: 9, mtime: WHEN, os: 3, attrs: 0o100644 << 16 }

/** How a function is bundled. */
export function bundleOptions(name: string, outfile: string) {
  return {
    absWorkingDir: ROOT,
    entryPoints: [`functions/${name}.ts`],
    outfile,
    bundle: true,
    minify: true,
    // Without names, errors can't be told apart by theirs.
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: {
      // The Okta SDK requires node-fetch, whose module build it can't call.
      'node-fetch': 'node-fetch/lib/index.js',
      // node-fetch takes URL from here where Node has none. Node has one, and the package warns at every cold start.
      'whatwg-url': 'node:url',
      '@aws-sdk/credential-provider-node': join(ROOT, 'functions/composition/lambda-credentials.ts'),
    },
    // Node keeps quiet about what a dependency uses, such as node-fetch url.parse, but a bundle is no dependency to it: every
    // cold start would log it as an error.
    banner: { js: 'process.noDeprecation = true;' },
    metafile: true,
    logLevel: 'warning',
  } as const satisfies BuildOptions
}

/**
 * Bundles a function into `folder/NAME/index.js` with its settings beside it, and both into `folder/NAME.zip`. What each
 * module adds is in `folder/NAME.meta.json`, for esbuild's analyzer.
 * @param settings the content of settings.json
 */
export async function bundle(name: string, folder: string, settings: string): Promise<Bundle> {
  const outfile = join(folder, name, 'index.js')
  const { metafile } = await build(bundleOptions(name, outfile))
  writeFileSync(join(folder, name, 'settings.json'), settings)
  writeFileSync(join(folder, `${name}.meta.json`), JSON.stringify(metafile))
  const code = readFileSync(outfile)
  const zip = zipSync({ 'index.js': [code, READABLE], 'settings.json': [Buffer.from(settings), READABLE] })
  writeFileSync(join(folder, `${name}.zip`), zip)
  return { name, bundleSize: code.length, zipSize: zip.length, metafile }
}
