import { styleText } from 'node:util'
import { accessTable } from './access-table.ts'
import { PEOPLE } from './company.ts'
import type { Answer } from './index-of-documents.ts'
import type { Scene } from './scenes.ts'
import type { Stage } from './stage.ts'
import { actor, columns, say, seconds, write } from './terminal.ts'
import { Timeline } from './timeline.ts'
import { until } from './until.ts'

const INDENT = 3

/**
 * Plays a scene and shows it. Before it and after it, everybody is asked about every document; what isn't named among the
 * scene's changes must be as it was.
 * @param documents ids of those that were uploaded in the scenes before
 * @throws Error where something else changed, and NotMetError where the changes don't come
 */
export async function playScene(stage: Stage, scene: Scene, number: number, documents: string[]): Promise<void> {
  write()
  write(styleText('bold', `${number}  ${scene.title}`))
  say(scene.text, { indent: INDENT })
  write()
  if (scene.uploads) {
    await stage.documents.upload(scene.uploads)
    for (const { id, title, group } of scene.uploads) {
      documents.push(id)
      say(`${title}, for ${group}`, { mark: `${' '.repeat(INDENT)}${id.padEnd(10)}` })
    }
    write()
  }
  const before = await askAll(stage, documents)

  const timeline = new Timeline()
  const began = Date.now()
  await scene.act(stage, timeline)
  await until(
    `CheckDocumentAccess said that ${told(scene.changes)}`,
    () => askAgain(stage, scene.changes),
    (seen) => isSame(seen, scene.changes),
    { say: told },
  )
  timeline.note('Q Business', outcomeOf(scene.changes))
  notePuts(stage, timeline, began)

  const after = await askAll(stage, documents)
  const expected = before.map((answer) => scene.changes.find((change) => isOf(change, answer)) ?? answer)
  const other = after.filter((answer, index) => answer.reads !== expected[index]!.reads)
  if (other.length > 0) throw new Error(`something else has changed, too: ${told(other)}`)
  showTimeline(timeline)
  write()
  for (const line of accessTable(before, after, columns() - INDENT)) write(`${' '.repeat(INDENT)}${line}`)
  if (scene.asks) await showAnswer(stage, scene.asks)
}

async function showAnswer(stage: Stage, asks: readonly string[]): Promise<void> {
  const margin = ' '.repeat(INDENT)
  const answer = await stage.command(...asks)
  write(`\n${margin}${styleText('cyan', `$ npx q-group-sync ${asks.join(' ')}`)}`)
  for (const line of answer.split('\n')) {
    const indent = line.length - line.trimStart().length
    if (line.trim() === '') write()
    else say(line.trim(), { mark: margin + ' '.repeat(indent), indent: INDENT + indent })
  }
}

function outcomeOf(changes: readonly Answer[]): string {
  if (changes.length === 0) return 'everybody may read what they could read before'
  return changes.length > 3 ? 'everybody may read what is theirs' : told(changes)
}

function askAll(stage: Stage, documents: readonly string[]): Promise<Answer[]> {
  const questions = PEOPLE.flatMap((person) => documents.map((document) => ({ person, document })))
  return askAgain(stage, questions)
}

function askAgain(stage: Stage, questions: readonly Omit<Answer, 'reads'>[]): Promise<Answer[]> {
  return Promise.all(
    questions.map(async ({ person, document }) => {
      return { person, document, reads: await stage.documents.mayRead(person, document) }
    }),
  )
}

function isSame(seen: readonly Answer[], wanted: readonly Answer[]): boolean {
  return seen.every(({ reads }, index) => reads === wanted[index]!.reads)
}

function isOf(a: Answer, b: Answer): boolean {
  return a.person === b.person && a.document === b.document
}

function told(answers: readonly Answer[]): string {
  const byWho = Map.groupBy(answers, ({ person, reads }) => `${person} may ${reads ? '' : 'no longer '}read`)
  return [...byWho]
    .map(([who, what]) => `${who} ${what.map(({ document }) => `the ${document}`).join(' and ')}`)
    .join(', ')
}

function notePuts({ qbusiness }: Stage, timeline: Timeline, since: number): void {
  for (const { operation, groupName, members = [], at } of qbusiness.calls) {
    if (operation !== 'PutGroup' || at < since) continue
    const people = `${members.length} ${members.length === 1 ? 'person' : 'people'}`
    timeline.note('Q Business', `PutGroup “${groupName}”: ${people}`, at)
  }
}

function showTimeline(timeline: Timeline): void {
  const notes = timeline.inOrder()
  for (const [index, { after, who, text }] of notes.entries()) {
    const isLast = index === notes.length - 1
    const time = `${' '.repeat(INDENT)}${seconds(after)}  `
    const mark = styleText(isLast ? 'bold' : 'dim', time) + actor(who)
    say(text, { mark, indent: time.length + 12, ...(isLast ? { style: 'bold' } : {}) })
  }
}
