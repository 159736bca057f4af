import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../scripts/bundle.ts'
import { METRICS } from '../../shared/telemetry/metrics.ts'

test('every metric is sent by something', () => {
  const files = ['shared', 'functions'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(ROOT, folder, file)),
  )
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const sent = new Set([...source.matchAll(/count\(\s*'(\w+)'/g)].map(([, name]) => name!))
  const bySomebody = Object.keys(METRICS).filter((name) => METRICS[name as keyof typeof METRICS].by.length > 0)
  expect([...sent].sort()).toEqual(bySomebody.sort())
})
