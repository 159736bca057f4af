import { fc } from '@fast-check/vitest'
import type { Claim } from '../../shared/membership/claim.ts'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import type { Finding } from '../../shared/membership/drift.ts'
import { type Ledger, newerOf, noLedger } from '../../shared/membership/ledger.ts'
import { EMPTY, type RawMember } from '../../shared/membership/member-list.ts'
import type { Refusal } from '../../shared/membership/refusal.ts'

// Small alphabets, so that what is generated meets its equals often.

/** A user id of a few people, in one of its spellings. */
export const userId = fc
  .tuple(
    fc.constantFrom('ann', 'Ann', 'ANN', 'bob', 'zoë', 'zoe\u0308', '+ann', 'a+nn'),
    fc.constantFrom('', '', '+okta', '+a+b'),
    fc.constantFrom('@example.com', '@Example.com', '@example.com ', '@a+b.example.com'),
  )
  .map((parts) => parts.join(''))

/** Okta's users of a group, some of them without an address, or with one that Q Business doesn't take. */
export const rawMembers: fc.Arbitrary<RawMember[]> = fc.array(
  fc.record({
    id: fc.constantFrom('00u1', '00u2', '00u3', '00u4'),
    status: fc.constantFrom('ACTIVE', 'PROVISIONED', 'SUSPENDED', 'DEPROVISIONED'),
    userId: fc.oneof({ weight: 5, arbitrary: userId }, fc.constantFrom(null, '', ' ', 'a\u0000b@example.com')),
  }),
  { maxLength: 8 },
)

const finding = fc.constantFrom<Finding[]>('newer', 'gone', 'members')

/** A time within a few days, in milliseconds, often one that somebody else has too. */
export const time = fc.oneof(
  fc.nat(3 * 86_400_000),
  fc.constantFrom(0, 60_000, 119_999, 120_000, 900_000, 3_600_000, 7_200_000, 86_400_000),
)

export const digest = fc.constantFrom('one', 'two', 'three', EMPTY)

export const shown = fc.record({ at: fc.nat(5), entries: fc.nat(3) })

export const claim: fc.Arbitrary<Claim> = fc.record({
  name: fc.constantFrom('Sales', 'sales'),
  owner: fc.constantFrom('00g1', '00g2'),
  digest,
  count: fc.nat(1100),
  change: fc.nat(9),
  doubles: fc.subarray(['00g3', '00g4']),
})

export const claimOrNone = fc.option(claim)

export const groupStatus: fc.Arbitrary<GroupStatus> = fc.record({
  status: fc.constantFrom('FAILED', 'SUCCEEDED', 'PROCESSING', 'DELETING', 'DELETED'),
  at: fc.nat(5),
  entries: fc.nat(3),
})

export function refusal(over: Partial<Refusal> = {}): Refusal {
  return { reason: 'service', wanted: 'one', reduced: null, at: 0, until: null, detail: '', remedy: '', ...over }
}

/** A ledger with some facts and no others. */
export function ledgerWith(facts: Partial<Ledger>): Ledger {
  return { ...noLedger('sales'), ...facts }
}

/** What stood before an intent. */
export function beforeIntent(facts: Partial<Ledger>): NonNullable<Ledger['before']> {
  const { status, meant, formerly, ours, owner, ownerChange, meantAt, baseline, doubt, ...more } = ledgerWith(facts)
  const { change, unconfirmedPuts, retryAt } = more
  const stood = { status, meant, formerly, ours, owner, ownerChange, meantAt, baseline, doubt }
  return { ...stood, change, unconfirmedPuts, retryAt, meantBefore: null }
}

/** A name that is confirmed with a digest. */
export function confirmedWith(meant: string, facts: Partial<Ledger> = {}): Ledger {
  return ledgerWith({ version: 3, name: 'Sales', owner: '00g1', status: 'confirmed', ours: true, meant, ...facts })
}

interface Facts {
  status: Ledger['status']
  hasFailed: boolean
  meant: string
  refused: { wanted: string; reduced: string; until: number | null } | null
  before: Ledger['before']
}

/**
 * Any ledger that put-group can have written, and many that it can't. What it never writes: something put, doubtful, refused
 * in part or to be deleted under a name that isn't ours; nothing put under one of ours (but for a first put that FAILED).
 */
export const ledger: fc.Arbitrary<Ledger> = fc
  .tuple(
    fc.record({
      status: fc.constantFrom<Ledger['status'][]>(
        'none',
        'putting',
        'accepted',
        'confirmed',
        'unconfirmed',
        'deleting',
      ),
      hasFailed: fc.boolean(),
      meant: digest,
      refused: fc.option(fc.record({ wanted: digest, reduced: digest, until: fc.option(time) })),
      before: fc
        .option(
          fc.record({
            status: fc.constantFrom<Ledger['status'][]>('none', 'putting', 'accepted', 'confirmed', 'unconfirmed'),
            meant: fc.option(digest),
            ours: fc.boolean(),
          }),
        )
        .map((facts) => facts && beforeIntent(facts)),
    }),
    fc.record({
      version: fc.nat(9),
      name: fc.constantFrom('Sales', 'sales'),
      owner: fc.constantFrom(null, '00g1', '00g2'),
      meantAt: time,
      acceptedAt: time,
      unconfirmedPuts: fc.nat(2),
      shown,
      baseline: shown,
      doubt: fc.option(fc.record({ since: time, puts: fc.nat(2) })),
      drift: fc.option(
        fc.record({ found: finding, since: time, mayPut: fc.constant(true), askedOn: fc.constant('1970-01-01') }),
      ),
      unsureUntil: fc.option(time),
      deleteAt: fc.option(time),
      ownerChange: fc.nat(9),
      failures: fc.nat(3),
      emptyFails: fc.boolean(),
      retryAt: fc.option(time),
    }),
  )
  .map(([facts, others]) => ({ ...noLedger('sales'), ...others, ...consistent(facts, others) }))

type Others = Pick<Ledger, 'doubt' | 'drift' | 'deleteAt' | 'shown' | 'baseline'>

function consistent({ status, hasFailed, meant, refused, before }: Facts, others: Others) {
  const { doubt, drift, deleteAt, shown: last, baseline } = others
  const ours = status !== 'none'
  return {
    status,
    ours,
    meant: ours && !(status === 'putting' && hasFailed) ? meant : null,
    refusal: refused && refusal({ ...refused, reduced: ours ? reducedOf(refused) : null }),
    before,
    doubt: ours ? doubt : null,
    drift: ours && doubt === null ? drift : null,
    deleteAt: ours ? deleteAt : null,
    shown: newerOf(last, baseline),
  }
}

/** Nobody stays of a list where nobody is wanted. */
function reducedOf({ wanted, reduced }: { wanted: string; reduced: string }): string {
  return wanted === EMPTY ? EMPTY : reduced
}
