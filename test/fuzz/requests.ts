import { fc } from '@fast-check/vitest'
import { anyEvent, anyJsonEvent, json } from '../okta/events.ts'

/** A request as the HTTP API hands it to the hook, and what is known of it. */
export interface FuzzedRequest {
  method: string
  /** By names in lower case, as the API makes them. */
  headers: Record<string, string>
  body: string | undefined
  isBase64Encoded: boolean
}

/** What no log may have: the live secret, others that somebody tries, and an address of somebody. */
export const SECRET = 'local-hook-secret'
export const TRIED = 'a secret that somebody tries'
export const ADDRESS = 'ann.fuzz@example.com'

const LONG = 300_000
const shared = [SECRET, TRIED, ADDRESS, '\u0000', '\ufeff', '\uffff', '\ud800', '\ud83d\ude00', '"\\', '__proto__']
/** Texts of any characters, half pairs too; now and then one that is longer than a message of the queue may be. */
const text = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...shared, '00g1', '00u1', 'email', '2026-01-01T00:00:00.000Z') },
  { weight: 30, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 6, arbitrary: fc.constantFrom('\u00e9'.repeat(120), '00g'.padEnd(700, '0')) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(LONG), '\u00e9'.repeat(LONG / 4)) },
)

/** An event with what nobody would send in the place of any text. */
const odd = fc
  .tuple(anyEvent, fc.array(fc.tuple(fc.constantFrom('uuid', 'published', 'actor', 'target', 'user'), text)))
  .map(([event, changes]) => {
    const changed: Record<string, unknown> = { ...event }
    for (const [what, said] of changes) {
      if (what === 'actor') changed['actor'] = { id: said, alternateId: ADDRESS, displayName: said }
      else if (what === 'target') changed['target'] = [{ type: 'UserGroup', id: said, displayName: said }]
      else if (what === 'user') changed['target'] = [{ type: 'User', id: said, alternateId: ADDRESS }]
      else changed[what] = said
    }
    return changed
  })

const few = fc.array(fc.oneof(odd, anyEvent, anyJsonEvent, json), { maxLength: 6 })
/** Many events of one group, each with an id of its own as long as one may be. */
const many = fc
  .tuple(odd, fc.integer({ min: 200, max: 900 }), fc.oneof(fc.constantFrom('\u00e9'.repeat(90), '00u'), text))
  .map(([event, count, said]) =>
    Array.from({ length: count }, (_, index) => ({
      ...event,
      eventType: 'group.user_membership.add',
      uuid: `${said.slice(0, 90)}${index}`,
      target: [
        { type: 'UserGroup', id: '00g1' },
        { type: 'User', id: `00u${index}` },
      ],
    })),
  )
const delivery = fc
  .tuple(
    fc.oneof({ weight: 60, arbitrary: few }, { weight: 1, arbitrary: many }),
    fc.oneof(fc.uuid(), text, json),
    fc.constantFrom('com.okta.event_hook', null, 7),
  )
  .map(([events, eventId, eventType]) => JSON.stringify({ eventType, eventId, data: { events } }))

/** Bodies: deliveries, other JSON, deliveries that are cut or have a character of another, and what is no JSON at all. */
const body = fc.oneof(
  { weight: 6, arbitrary: delivery },
  { weight: 2, arbitrary: json.map((value) => JSON.stringify(value)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(delivery, fc.nat(), fc.oneof(text, fc.constantFrom('', '}', ',', '[')))
      .map(([whole, at, put]) => `${whole.slice(0, at % (whole.length + 1))}${put.slice(0, 20)}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(delivery, fc.nat(), text).map(([whole, at, put]) => {
      const place = at % (whole.length + 1)
      return `${whole.slice(0, place)}${put.slice(0, 5)}${whole.slice(place + 1)}`
    }),
  },
  { weight: 1, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc.constantFrom('['.repeat(50_000), `{"data":${'['.repeat(9_000)}${']'.repeat(9_000)}}`, ''),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

const authorization = fc.oneof(
  { weight: 8, arbitrary: fc.constant(SECRET) },
  { weight: 1, arbitrary: fc.constantFrom(TRIED, `${SECRET}x`, `${SECRET},${SECRET}`, SECRET.toUpperCase(), '') },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constant(undefined) },
)
const others = fc.dictionary(
  fc.constantFrom('content-type', 'user-agent', 'x-okta-verification-challenge', 'x-forwarded-for', 'cookie'),
  text,
  { maxKeys: 3, noNullPrototype: true },
)

/** Whatever may come to the hook's address. */
export const anyRequest: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant('POST') },
      { weight: 2, arbitrary: fc.constant('GET') },
      { weight: 1, arbitrary: fc.constantFrom('PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'post') },
    ),
    authorization,
    others,
    body,
    coding: fc.constantFrom('text', 'text', 'text', 'base64', 'called base64'),
  })
  .map(({ method, authorization: secret, others: headers, body: sent, coding }) => ({
    method,
    headers: { ...headers, ...(secret === undefined ? {} : { authorization: secret }) },
    body: coding === 'base64' && sent !== undefined ? Buffer.from(sent).toString('base64') : sent,
    isBase64Encoded: coding !== 'text',
  }))
