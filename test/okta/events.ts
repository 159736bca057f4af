import { fc } from '@fast-check/vitest'
import { CHANGES } from '../../shared/okta/event-types.ts'
import type { LogEvent } from '../../shared/okta/log-event.ts'

let count = 0

/** An event as Okta sends it, as far as it is used; targets as `['User', id]`. */
export function event(
  eventType: string,
  targets: [type: string, id: string][],
  over: Partial<LogEvent> = {},
): LogEvent {
  return {
    uuid: `uuid-${++count}`,
    eventType,
    published: '2026-01-01T00:00:00.000Z',
    actor: { id: '00uadmin' },
    outcome: { result: 'SUCCESS' },
    target: targets.map(([type, id]) => ({ type, id })),
    debugContext: { debugData: {} },
    ...over,
  }
}

/** Any JSON, with keys that events have. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, -1, 1e99, '', 'User', 'UserGroup', 'FAILURE', '00g1', 'a,b'),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('id', 'type', 'result', 'debugData', 'changedAttributes', 'length'), tie('value'), {
      noNullPrototype: true,
    }),
  ),
})).value

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '2026-01-01T00:00:00.000Z') },
  fc.constant(null),
)
const target = fc.record(
  {
    type: fc.constantFrom('User', 'UserGroup', 'AppInstance', null),
    id: fc.constantFrom('00g1', '00g2', '00u1', '', null),
  },
  { requiredKeys: [] },
)

/** Any event that Okta may send: one of the types that matter or another, everything null or left out now and then. */
export const anyEvent: fc.Arbitrary<LogEvent> = fc.record(
  {
    uuid: text,
    eventType: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...CHANGES.keys()) },
      fc.constantFrom('user.session.start', null),
    ),
    published: text,
    actor: fc.option(fc.record({ id: text }, { requiredKeys: [] })),
    outcome: fc.option(
      fc.record({ result: fc.constantFrom('SUCCESS', 'FAILURE', 'SKIPPED', null) }, { requiredKeys: [] }),
    ),
    target: fc.option(fc.array(fc.option(target), { maxLength: 4 })),
    debugContext: fc.option(
      fc.record(
        {
          debugData: fc.option(
            fc.record({ changedAttributes: fc.constantFrom('email', 'title', '', 7) }, { requiredKeys: [] }),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
)

/** Something in the place of an event that nobody would send, with a type that matters. */
export const anyJsonEvent: fc.Arbitrary<LogEvent> = fc.record(
  {
    uuid: json,
    eventType: fc.oneof(fc.constantFrom(...CHANGES.keys()), json),
    published: json,
    actor: json,
    outcome: json,
    target: json,
    debugContext: json,
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<LogEvent>
