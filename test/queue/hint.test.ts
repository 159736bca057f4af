import { randomUUID } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { hintMessage } from '../../shared/queue/doorbells.ts'
import { type Hint, mergeHints, mergeReceived, type Question } from '../../shared/queue/hint.ts'

const hint = (over: Partial<Hint> = {}): Hint => ({
  ...{ subject: 'group', id: '00g1', books: false, again: false, causes: [], questions: [] },
  ...over,
})
const cause = (id: string) => ({ id, type: 'group.user_membership.add' })

describe('two hints about the same', () => {
  test('book where one of them does, and are rung by hand where one of them is', () => {
    expect(mergeHints(hint({ books: true }), hint())).toMatchObject({ books: true, again: false })
    expect(mergeHints(hint(), hint({ again: true }))).toMatchObject({ books: false, again: true })
  })

  test('keep the causes of both, each once', () => {
    const { causes } = mergeHints(
      hint({ causes: [cause('1'), cause('2')] }),
      hint({ causes: [cause('2'), cause('3')] }),
    )
    expect(causes.map(({ id }) => id)).toEqual(['1', '2', '3'])
  })

  test('keep the later of two questions about a user', () => {
    const [added, removed]: Question[] = [
      { user: '00u1', says: 'added' },
      { user: '00u1', says: 'removed' },
    ]
    expect(mergeHints(hint({ questions: [added!] }), hint({ questions: [removed!] })).questions).toEqual([removed])
  })

  test('keep a hundred questions, the newest', () => {
    const questions = Array.from({ length: 150 }, (_, index): Question => ({ user: `00u${index}`, says: 'on' }))
    const merged = mergeHints(hint({ questions: questions.slice(0, 100) }), hint({ questions: questions.slice(100) }))
    expect(merged.questions).toEqual(questions.slice(50))
  })

  test('name the events that were delivered, each once, and 5,000 at most', () => {
    expect(mergeHints(hint(), hint())).not.toHaveProperty('delivered')
    expect(mergeHints(hint({ delivered: ['1', '2'] }), hint({ delivered: ['2', '3'] })).delivered).toEqual([
      '1',
      '2',
      '3',
    ])
    expect(mergeHints(hint(), hint({ delivered: ['1'] })).delivered).toEqual(['1'])
    const delivered = Array.from({ length: 6_000 }, () => randomUUID())
    const user = '00u1234567890abcdefg'
    const causes = delivered.map((id) => ({
      id,
      type: 'group.user_membership.remove',
      actor: user,
      user,
      published: new Date().toISOString(),
    }))
    const questions = delivered.slice(0, 200).map((id): Question => ({ user: id, says: 'removed' }))
    const merged = mergeHints(hint({ delivered, causes, questions }), hint())
    expect(merged.delivered).toEqual(delivered.slice(1_000))
    expect(Buffer.byteLength(hintMessage(merged, 'delivery').body)).toBeLessThan(256 * 1024)
  })

  test('are as late as the later where they were received', () => {
    const [early, late] = [1, 2].map((sentAt) => ({ ...hint(), sentAt }))
    expect(mergeReceived(early!, late!).sentAt).toBe(2)
    expect(mergeReceived(late!, early!).sentAt).toBe(2)
  })
})

const any: fc.Arbitrary<Hint> = fc.record({
  subject: fc.constant('group' as const),
  id: fc.constant('00g1'),
  books: fc.boolean(),
  again: fc.boolean(),
  causes: fc.array(fc.constantFrom('1', '2', '3').map(cause), { maxLength: 3 }),
  questions: fc.uniqueArray(
    fc.record({
      user: fc.constantFrom('00u1', '00u2'),
      says: fc.constantFrom<Question['says'][]>('added', 'removed', 'on', 'off'),
    }),
    { selector: ({ user }) => user },
  ),
})

test.prop([any, any, any])('merging in another grouping says the same', (a, b, c) => {
  expect(said(mergeHints(mergeHints(a, b), c))).toEqual(said(mergeHints(a, mergeHints(b, c))))
})

test.prop([any, any])('merging asks about everybody, and as the later one asks', (a, b) => {
  const answers = new Map(mergeHints(a, b).questions.map(({ user, says }) => [user, says]))
  expect([...answers.keys()].sort()).toEqual(
    [...new Set([...a.questions, ...b.questions].map(({ user }) => user))].sort(),
  )
  for (const { user, says } of b.questions) expect(answers.get(user)).toBe(says)
})

/** What a hint says, but for the order of its causes and questions. */
function said({ causes, questions, ...rest }: Hint) {
  return {
    ...rest,
    causes: causes.map(({ id }) => id).sort(),
    questions: questions.toSorted((x, y) => (x.user < y.user ? -1 : 1)),
  }
}
