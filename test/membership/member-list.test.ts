import { createHash } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { digestOf, EMPTY, memberListOf, type RawMember } from '../../shared/membership/member-list.ts'
import { rawMembers } from './arbitraries.ts'

const STATUSES = ['ACTIVE', 'PROVISIONED']
const listOf = (raw: RawMember[]) => memberListOf(raw, STATUSES)
const user = (userId: string | null, status = 'ACTIVE') => ({ id: '00u1', status, userId })

test('a member has a status that counts, and an address in lower case', () => {
  const raw = [user(' Bob@Example.com '), user('ann@example.com', 'PROVISIONED'), user('eve@example.com', 'SUSPENDED')]
  expect(listOf(raw)).toMatchObject({ ids: ['ann@example.com', 'bob@example.com'], withoutAttribute: 0 })
})

test('users whom Q Business would not take are counted, if their status counts', () => {
  const not = [null, '', '  ', 'a\u0007b@example.com', 'a\u200bb@example.com', `${'x'.repeat(1013)}@example.com`]
  expect(listOf([...not.map((id) => user(id)), user(null, 'STAGED')])).toEqual({
    ids: [],
    digest: EMPTY,
    withoutAttribute: not.length,
  })
})

test('an address has 1,024 characters at most, by code points', () => {
  const longest = `${'𝒳'.repeat(1012)}@example.com`
  expect(listOf([user(longest)]).ids).toEqual([longest])
})

test('two spellings of one person are one member, by the lesser spelling', () => {
  expect(listOf([user('ann@example.com'), user('ann+b@example.com'), user('ANN+a@example.com')]).ids).toEqual([
    'ann+a@example.com',
  ])
})

test('a digest is the sha256 of the ids, one a line', () => {
  const sha256 = createHash('sha256').update('ann@example.com\nbob@example.com').digest('base64url')
  expect(digestOf(['ann@example.com', 'bob@example.com'])).toBe(sha256)
  expect(EMPTY).toBe(digestOf([]))
})

test.prop([rawMembers.chain((raw) => fc.tuple(fc.constant(raw), shuffled(raw)))])(
  "a list doesn't depend on the order of Okta's answer",
  ([raw, other]) => {
    expect(listOf(other)).toEqual(listOf(raw))
  },
)

test.prop([rawMembers])('a list is sorted, and holds everybody who counts once', (raw) => {
  const { ids, withoutAttribute } = listOf(raw)
  expect(ids).toEqual(ids.toSorted())
  const canonical = ids.map(canonicalId)
  expect(new Set(canonical).size).toBe(ids.length)
  const counting = raw.filter(({ status }) => STATUSES.includes(status))
  const taken = counting.filter(({ userId }) => canonical.includes(canonicalId((userId ?? '').trim())))
  expect(taken.length + withoutAttribute).toBe(counting.length)
})

test.prop([rawMembers, rawMembers])('digests are equal where the ids are, and nowhere else', (one, other) => {
  const [a, b] = [listOf(one), listOf(other)]
  expect(a.digest === b.digest).toBe(JSON.stringify(a.ids) === JSON.stringify(b.ids))
})

function shuffled<T>(things: T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray(things, { minLength: things.length, maxLength: things.length })
}
