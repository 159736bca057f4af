import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { accessTable } from '../../local/story/access-table.ts'
import { PEOPLE } from '../../local/story/company.ts'
import type { Answer } from '../../local/story/index-of-documents.ts'
import { playScene } from '../../local/story/play-scene.ts'
import { SCENES, type Scene } from '../../local/story/scenes.ts'
import type { Stage } from '../../local/story/stage.ts'
import { wrap } from '../../local/story/terminal.ts'
import { until } from '../../local/story/until.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const STORY = join(ROOT, 'local', 'story.ts')
const hasTerminal = spawnSync('script', ['--version']).status === 0

/** Runs a command to its end. */
function run(command: string, args: string[], env: Record<string, string | undefined> = {}) {
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (said.stdout += chunk))
  child.stderr.on('data', (chunk) => (said.stderr += chunk))
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...said }))
  })
}

/** The part of the story from the heading of a scene to the next one. */
function sceneOf(story: string, number: number): string {
  const from = story.indexOf(`${number}  ${SCENES[number - 1]!.title}`)
  const next = SCENES[number]
  return story.slice(from, next ? story.indexOf(`${number + 1}  ${next.title}`) : undefined)
}

/** A person's row in the access matrix of a scene, by document. */
function accessOf(scene: string, person: string): Record<string, string> {
  const lines = scene.split('\n')
  const top = lines.findLastIndex((line) => line.startsWith(`   ${PEOPLE[0]} `))
  const header = lines[top - 1]!
  const row = lines.slice(top).find((line) => line.startsWith(`   ${person} `))!
  const documents = [...header.matchAll(/\S+/g)]
  return Object.fromEntries(
    documents.map(({ 0: name, index }, place) => [name, row.slice(index, documents[place + 1]?.index).trim()]),
  )
}

describe('npm start', () => {
  it('tells who can read what before and after each change, and exits 0', async () => {
    // What a shell may be set up for mustn't be used.
    const shell = { OKTA_ORG_URL: 'https://example.okta.com', AWS_PROFILE: 'nobody', AWS_ACCESS_KEY_ID: '' }
    const { code, stdout, stderr } = await run(process.execPath, [STORY], { COLUMNS: '72', ...shell })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(stripVTControlCharacters(stdout))
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72)

    const closed = { roadmap: '✗', design: '✗', contract: '✗', handbook: '✗' }
    const opened = '✗ → ✓'
    const first = sceneOf(stdout, 1)
    expect(accessOf(first, 'Mateo Jackson')).toEqual({ ...closed, design: opened, handbook: opened })
    expect(accessOf(first, 'Nikki Wolf')).toEqual({ roadmap: opened, design: '✗', contract: opened, handbook: opened })
    expect(accessOf(sceneOf(stdout, 2), 'Mary Major')).toEqual({ ...closed, contract: '✓ → ✗', handbook: '✓' })
    expect(accessOf(sceneOf(stdout, 2), 'Martha Rivera')).toEqual({ ...closed, contract: '✓', handbook: '✓' })
    const renamed = { ...closed, design: '✓', handbook: '✓', plan: opened }
    expect(accessOf(sceneOf(stdout, 3), 'Mateo Jackson')).toEqual(renamed)
    const left = { ...closed, roadmap: '✓ → ✗', handbook: '✓ → ✗', plan: '✗' }
    expect(accessOf(sceneOf(stdout, 4), 'Carlos Salazar')).toEqual(left)
    const lost = { ...closed, contract: '✓ → ✗', handbook: '✓', plan: '✗' }
    expect(accessOf(sceneOf(stdout, 5), 'Martha Rivera')).toEqual(lost)
    expect(sceneOf(stdout, 5)).toContain('Martha Rivera may still read the contract')
    expect(sceneOf(stdout, 5)).toContain('has found 1 lost event')
    const held = { ...closed, design: '✓', plan: '✓', handbook: '✓' }
    expect(accessOf(sceneOf(stdout, 6), 'Mateo Jackson')).toEqual(held)
    expect(sceneOf(stdout, 6)).toMatch(/\$ npx q-group-sync held\n.*All Employees.*hold \d+/)
    expect(sceneOf(stdout, 6)).toContain('22 held in 1 name.')
    expect(accessOf(sceneOf(stdout, 7), 'Mateo Jackson')).toEqual({ ...held, handbook: '✓ → ✗' })
    expect(accessOf(sceneOf(stdout, 7), 'Martha Rivera')).toEqual({ ...closed, handbook: '✓', plan: '✗' })
    expect(stdout).toContain('npm run local\n')
  }, 60_000)

  it.skipIf(!hasTerminal)(
    'fits a narrow terminal, in colour',
    async () => {
      const command = `stty cols 60; exec '${process.execPath}' '${STORY}'`
      // Node gives no colour where it takes the terminal for a CI's.
      const env = { TERM: 'xterm-256color', NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined }
      const { code, stdout } = await run('script', ['-qec', command, '/dev/null'], env)
      expect(code).toBe(0)
      expect(stdout).not.toBe(stripVTControlCharacters(stdout))
      const lines = stripVTControlCharacters(stdout).split(/\r?\n/)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    },
    60_000,
  )

  it('says which step went wrong, and exits 1', async () => {
    const { code, stderr } = await run(process.execPath, [STORY], { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' })
    expect(code).toBe(1)
    expect(stderr).toContain('✗ Step “starting the local cloud” went wrong: ')
  })
})

describe('playScene', () => {
  afterEach(() => vi.restoreAllMocks())

  const scene: Scene = {
    title: 'A title',
    text: 'A text.',
    uploads: [{ id: 'roadmap', title: 'A roadmap', group: 'core-team' }],
    changes: [{ person: 'Nikki Wolf', document: 'roadmap', reads: true }],
    act: async () => {},
  }

  it('fails where something else has changed, too', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    let asked = 0
    const mayRead = async () => ++asked > PEOPLE.length
    const documents = { asked: 0, upload: async () => {}, mayRead }
    const stage = { documents, qbusiness: { calls: [] } } as unknown as Stage
    await expect(playScene(stage, scene, 1, [])).rejects.toThrow(
      'something else has changed, too: Carlos Salazar may read the roadmap, Mateo Jackson may read the roadmap',
    )
  })
})

describe('until', () => {
  it('answers what was seen when it was as it should be', async () => {
    let count = 0
    expect(
      await until(
        'it is 3',
        () => ++count,
        (seen) => seen === 3,
      ),
    ).toBe(3)
  })

  it('says what was waited for and what was seen instead', async () => {
    const waiting = until(
      'it is dark',
      () => 'light',
      (seen) => seen === 'dark',
      { patience: 20 },
    )
    await expect(waiting).rejects.toThrow('waited 0.02 s until it is dark, and saw: "light"')
  })
})

describe('accessTable', () => {
  const documents = ['roadmap', 'design', 'contract', 'handbook', 'plan']
  const answers = (reads: boolean): Answer[] =>
    PEOPLE.flatMap((person) => documents.map((document) => ({ person, document, reads })))

  it.each([40, 57, 66, 92])('fits %i columns, and shows every change', (width) => {
    const lines = accessTable(answers(true), answers(false), width).map((line) => stripVTControlCharacters(line))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    expect(lines).toHaveLength(PEOPLE.length + 1)
    for (const line of lines.slice(1)) expect(line.match(/✓ → ✗/g)).toHaveLength(documents.length)
  })
})

describe('wrap', () => {
  it('breaks at spaces, and words that are longer than a line', () => {
    expect(wrap('a bc  def ghijklm', 4)).toEqual(['a bc', 'def', 'ghij', 'klm'])
  })
})
