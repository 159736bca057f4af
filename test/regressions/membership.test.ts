import { fc, test } from '@fast-check/vitest'
import type { SQSRecord } from 'aws-lambda'
import { expect } from 'vitest'
import { canonicalId } from '../../shared/membership/canonical-id.ts'
import { withIntent, withoutIntent } from '../../shared/membership/intent.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { hintsOfEvents } from '../../shared/okta/hints-of-events.ts'
import { hintMessage } from '../../shared/queue/doorbells.ts'
import { hintOf } from '../../shared/queue/messages.ts'
import { confirmedWith } from '../membership/arbitraries.ts'
import { anyJsonEvent, event } from '../okta/events.ts'

test('the id of the change record of a put that had no effect is not kept for the one before it', () => {
  const accepted = confirmedWith('one', { status: 'accepted', change: 'c1', unconfirmedPuts: 2 })
  const claim = { name: 'Sales', owner: '00g1', digest: 'two', count: 1, change: 1, doubles: [] }
  const over = withIntent(accepted, claim, { do: 'put', digest: 'two', because: 'wanted', doubtful: true }, 5)
  expect(withoutIntent({ ...over, change: 'c2' })).toMatchObject({
    status: 'accepted',
    change: 'c1',
    unconfirmedPuts: 2,
  })
})

test('a put FAILED after another over it had no effect: what stood before it is known', async () => {
  const { afterShown } = await import('../../shared/membership/confirm.ts')
  const claim = { name: 'Sales', owner: '00g1', digest: 'two', count: 1, change: 1, doubles: [] }
  const step = { do: 'put', digest: 'two', because: 'wanted', doubtful: true } as const
  // confirmed with M; A is put over it and accepted; B is put over A and answered 409
  const a = {
    ...withIntent(confirmedWith('M'), { ...claim, digest: 'A' }, { ...step, digest: 'A' }, 1),
    status: 'accepted' as const,
  }
  const back = withoutIntent(withIntent(a, claim, step, 2))
  expect(back).toMatchObject({ status: 'accepted', meant: 'A' })
  const failed = afterShown(back, { status: 'FAILED', at: 9, entries: 1 })
  expect(failed.meant).toBe('M')
})

test('capital ẞ is ß', () => {
  expect(nameKey('STRAẞE')).toBe(nameKey('Straße'))
  expect(nameKey(nameKey('ẞ'))).toBe(nameKey('ẞ'))
})

test('a canonical id is its own canonical id', () => {
  const id = 'T\u0308@example.com'
  expect(canonicalId(canonicalId(id))).toBe(canonicalId(id))
})

test('a published time that is no text does not end a delivery', () => {
  const strange = JSON.parse('{"toString":1}')
  for (const field of ['uuid', 'published'] as const) {
    const one = event('group.lifecycle.create', [['UserGroup', '00g1']], { [field]: strange })
    expect(() => hintsOfEvents([one, one], 'email')).not.toThrow()
  }
})

test.prop([fc.array(anyJsonEvent, { maxLength: 3 })])(
  'a hint that is queued is one that the consumer takes',
  (events) => {
    for (const hint of hintsOfEvents(events, 'email').hints) {
      const { body } = hintMessage(hint, 'd')
      expect(() => hintOf({ body, attributes: { SentTimestamp: '1' } } as unknown as SQSRecord)).not.toThrow()
    }
  },
)
