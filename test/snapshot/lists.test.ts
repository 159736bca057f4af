import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf, EMPTY } from '../../shared/membership/member-list.ts'
import { openTable } from './table.ts'

let table: Awaited<ReturnType<typeof openTable>>

beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

async function stored(ids: string[]): Promise<string> {
  const digest = digestOf(ids)
  await table.snapshot.putList(digest, ids)
  return digest
}
const parts = (digest: string) => table.rows(`LIST#${digest}`)

/** So many addresses that hardly compress. */
function strangers(count: number): string[] {
  const random = (index: number) => createHash('sha256').update(String(index)).digest('hex')
  return Array.from({ length: count }, (_, index) => `${random(index)}@example.com`).sort()
}

test('a list is read as it was stored, and stored as often as one likes', async () => {
  const ids = ['ann@example.com', 'zoë@example.com']
  const digest = await stored(ids)
  expect(await table.snapshot.list(digest)).toEqual(ids)
  await stored(ids)
  expect(await parts(digest)).toHaveLength(1)
})

test('the list with nobody in it needs no row', async () => {
  await table.snapshot.putList(EMPTY, [])
  expect(await table.snapshot.list(EMPTY)).toEqual([])
  expect(await parts(EMPTY)).toEqual([])
})

test('a list that an item cannot hold is stored in parts', async () => {
  const ids = strangers(25_000)
  const digest = await stored(ids)
  const rows = await parts(digest)
  expect(rows.length).toBeGreaterThan(2)
  for (const { parts: said, data } of rows) {
    expect(said).toBe(rows.length)
    expect((data as Uint8Array).length).toBeLessThan(400_000)
  }
  expect(await table.snapshot.list(digest)).toEqual(ids)
})

test('a list that is not there, or not all of it, is an error that names the remedy', async () => {
  await expect(table.snapshot.list('nothing')).rejects.toThrow(
    /part 0 of member list nothing is not in the table.*replay/,
  )
})
