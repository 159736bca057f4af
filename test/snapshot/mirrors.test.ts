import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Mirror, unread } from '../../shared/membership/mirror.ts'
import { Conflict } from '../../shared/sync/ports.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { openTable } from './table.ts'

let table: Awaited<ReturnType<typeof openTable>>
let id = ''
let count = 0

beforeAll(async () => {
  table = await openTable()
})
beforeEach(() => {
  id = `00g${++count}`
})
afterAll(() => table.close())

const mirror = (facts: Partial<Mirror> = {}): Mirror => ({
  ...unread(id),
  ...{ state: 'present', type: 'OKTA_GROUP', name: `Sales ${count}`, digest: 'one', count: 2, readAt: 1_000 },
  causes: [{ id: 'e1', type: 'group.lifecycle.create', change: 1 }],
  ...facts,
})
/** Writes a mirror over another, and answers it as it is read. */
async function written(after: Mirror, before: Mirror = unread(id)): Promise<Mirror> {
  await table.snapshot.putMirror(before, { ...after, version: before.version })
  return (await table.snapshot.mirror(id))!
}
const bearersOf = async (key: string) => (await table.snapshot.name(key)).bearers.map((bearer) => bearer.id)

describe('a mirror', () => {
  test('is read as it was written, one version on', async () => {
    expect(await table.snapshot.mirror(id)).toBeNull()
    const first = await written(mirror({ formerNames: [{ name: 'Old', until: 9 }], lookAgainAt: 7 }))
    expect(first).toEqual(mirror({ version: 1, formerNames: [{ name: 'Old', until: 9 }], lookAgainAt: 7 }))
    expect(await written({ ...first, count: 3 }, first)).toEqual({ ...first, count: 3, version: 2 })
  })

  test('is written by one of two who write it at the same time', async () => {
    const before = await written(mirror())
    const tries = [3, 4].map((counted) => table.snapshot.putMirror(before, { ...before, count: counted }))
    const outcomes = await Promise.allSettled(tries)
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(lost[0]?.reason).toBeInstanceOf(Conflict)
    expect(lost[0]?.reason.message).toBe(`row GROUP#${id} is not at version 1 any more`)
    expect((await table.snapshot.mirror(id))?.version).toBe(2)
  })

  test('is created once', async () => {
    await written(mirror())
    await expect(table.snapshot.putMirror(unread(id), mirror())).rejects.toBeInstanceOf(Conflict)
  })

  test('is due by its facts, and in no list of what is due where nothing is', async () => {
    const due = await written(mirror({ newestHint: 5_000 }))
    expect((await table.rows(`GROUP#${id}`))[0]).toMatchObject({ due: 'DUE', dueAt: 65_000, kind: 'GROUP' })
    await written({ ...due, readAt: 65_000 }, due)
    const [row] = await table.rows(`GROUP#${id}`)
    expect(row).not.toHaveProperty('due')
    expect(row).not.toHaveProperty('dueAt')
  })
})

describe('who bears a name', () => {
  test('is written with the mirror, for the name now and the former ones', async () => {
    const name = `Sales ${count}`
    const first = await written(mirror())
    expect(await bearersOf(name.toLowerCase())).toEqual([id])
    const renamed = await written({ ...first, name: 'New', formerNames: [{ name, until: 9 }] }, first)
    expect([await bearersOf('new'), await bearersOf(name.toLowerCase())]).toEqual([[id], [id]])
    const forgotten = await written({ ...renamed, formerNames: [] }, renamed)
    expect([await bearersOf('new'), await bearersOf(name.toLowerCase())]).toEqual([[id], []])
    await written({ ...forgotten, name: null }, forgotten)
    expect(await bearersOf('new')).toEqual([])
    expect(await table.rows('NAME#new')).toEqual([])
  })

  test('is not written where the mirror is not', async () => {
    const first = await written(mirror())
    await written({ ...first, count: 9 }, first)
    const late = table.snapshot.putMirror(first, { ...first, name: 'Late', formerNames: [] })
    await expect(late).rejects.toBeInstanceOf(Conflict)
    expect(await bearersOf('late')).toEqual([])
    expect(await bearersOf(`sales ${count}`)).toEqual([id])
  })

  test('are all of several, in one read and in several', async () => {
    const ids = ['a', 'b', 'c'].map((letter) => `00g-${letter}-${count}`)
    for (const each of ids) await table.snapshot.putMirror(unread(each), { ...mirror({ name: 'Shared' }), id: each })
    expect(await bearersOf('shared')).toEqual(ids)
    const { bearers } = await table.paged.name('shared')
    expect(bearers.map((bearer) => bearer.id)).toEqual(ids)
  })

  test('may be a group with a name that has the separator of keys in it', async () => {
    await written(mirror({ name: 'a#b' }))
    expect(await bearersOf('a#b')).toEqual([id])
    expect(await bearersOf('a')).toEqual([])
  })
})

describe('a write that DynamoDB refuses', () => {
  const answers = {
    TransactionConflictException: {},
    ConditionalCheckFailedException: {},
    TransactionCanceledException: { CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }] },
  }

  test.each(Object.entries(answers))('with %s has lost to another', async (name, more) => {
    const server = await startPlainServer((_, response) => respond(response, 400, errorOf(name, more)))
    await expect(table.snapshotAt(server.url).putMirror(unread(id), mirror())).rejects.toBeInstanceOf(Conflict)
    await server.close()
  })

  test.each([
    ['ProvisionedThroughputExceededException', {}],
    ['TransactionCanceledException', { CancellationReasons: [{ Code: 'ThrottlingError' }] }],
    ['TransactionCanceledException', {}],
    ['ValidationException', {}],
  ])('with %s and %j is an error', async (name, more) => {
    const server = await startPlainServer((_, response) => respond(response, 400, errorOf(name, more)))
    const error = await table
      .snapshotAt(server.url)
      .putMirror(unread(id), mirror())
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name })
    expect(error).not.toBeInstanceOf(Conflict)
    await server.close()
  })
})

function errorOf(name: string, more: object) {
  return { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...more }
}
