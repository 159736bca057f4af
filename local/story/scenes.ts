import { DOCUMENTS, type Document, GROUPS, OTHERS, PEOPLE } from './company.ts'
import type { Answer } from './index-of-documents.ts'
import type { Stage } from './stage.ts'
import type { Timeline } from './timeline.ts'
import { until } from './until.ts'

/** One thing that happens, and what may be read after it by whom that couldn't be before, or no longer. */
export interface Scene {
  title: string
  text: string
  /** What is uploaded before it. */
  uploads?: readonly Document[]
  changes: readonly Answer[]
  act(stage: Stage, timeline: Timeline): Promise<void>
  /** What the command q-group-sync is asked for afterwards. */
  asks?: readonly string[]
}

/** The story, in order. */
export const SCENES: readonly Scene[] = [
  {
    title: 'The first reconcile',
    text: 'The groups are in Okta, the documents in Amazon Q Business. But Q Business has heard of none of these groups, so nobody reads anything.',
    uploads: DOCUMENTS,
    changes: DOCUMENTS.flatMap(({ id, group }) =>
      PEOPLE.filter((person) => GROUPS[group]!.includes(person)).map((person) => may(person, id)),
    ),
    act: async (stage, timeline) => {
      timeline.note('reconcile', 'is invoked, as every night')
      const { counts } = await stage.reconcile()
      timeline.note('reconcile', `has read ${counts.groups} groups, ${counts.changed} of them new`)
    },
  },
  {
    title: 'Mary leaves the ACME project',
    text: 'An administrator takes Mary Major out of ACME Project Space, in Okta and nowhere else. The contract has to close for her, and for nobody else.',
    changes: [mayNot('Mary Major', 'contract')],
    act: async (stage, timeline) => {
      const [group, user] = [stage.idOf('ACME Project Space'), stage.idOf('Mary Major')]
      await changeOkta(stage, timeline, 'DELETE', `/api/v1/groups/${group}/users/${user}`)
    },
  },
  {
    title: 'A group gets another name',
    text: 'AnyOrgApp Project is now AnyOrgApp Studio. The design names the old name and must stay open to its people; the launch plan, just uploaded, names the new one.',
    uploads: [{ id: 'plan', title: 'Launch plan of AnyOrgApp', group: 'AnyOrgApp Studio' }],
    changes: [may('Mateo Jackson', 'plan')],
    act: async (stage, timeline) => {
      const path = `/api/v1/groups/${stage.idOf('AnyOrgApp Project')}`
      await changeOkta(stage, timeline, 'PUT', path, { profile: { name: 'AnyOrgApp Studio' } })
    },
  },
  {
    title: 'Carlos leaves the company',
    text: 'His account is deactivated; nobody touches his groups. What they opened to him has to close all the same.',
    changes: [mayNot('Carlos Salazar', 'roadmap'), mayNot('Carlos Salazar', 'handbook')],
    act: async (stage, timeline) => {
      const path = `/api/v1/users/${stage.idOf('Carlos Salazar')}/lifecycle/deactivate`
      await changeOkta(stage, timeline, 'POST', path)
    },
  },
  {
    title: 'An event is lost',
    text: 'Martha Rivera leaves ACME Project Space, and this time the event never comes, which happens. Okta’s System Log, which is read every minute, has it.',
    changes: [mayNot('Martha Rivera', 'contract')],
    act: loseAnEvent,
  },
  {
    title: 'An import goes wrong',
    text: 'Half a file comes from the HR directory, and Okta takes 22 of 24 people out of All Employees. That may be a mistake: whoever is out stays in until a person has looked.',
    changes: [],
    act: emptyByMistake,
    asks: ['held'],
  },
  {
    title: 'A person lets them go',
    text: 'It was none: these people have left with a part of the company. Exactly they are let go.',
    changes: [mayNot('Mateo Jackson', 'handbook'), mayNot('Mary Major', 'handbook')],
    act: letThemGo,
  },
]

function may(person: string, document: string): Answer {
  return { person, document, reads: true }
}

function mayNot(person: string, document: string): Answer {
  return { person, document, reads: false }
}

async function changeOkta(stage: Stage, timeline: Timeline, method: string, path: string, body?: unknown) {
  const { made } = stage.okta.deliveries
  const before = made.length
  const { status, at } = await stage.admin(method, path, body)
  timeline.note('Okta', `answers ${method} ${shortened(path)}: ${status}`, at)
  await until(
    'Okta has delivered the event',
    () => made.length - before,
    (delivered) => delivered > 0,
    { every: 1, say: (delivered) => `${delivered} deliveries` },
  )
  timeline.note('okta-hook', `answers Okta’s event: ${made[before]!.replies.join(', ')}`)
}

async function loseAnEvent(stage: Stage, timeline: Timeline): Promise<void> {
  const { faults, deliveries } = stage.okta
  const before = deliveries.made.length
  faults.deliveries.drop = 'all'
  const path = `/api/v1/groups/${stage.idOf('ACME Project Space')}/users/${stage.idOf('Martha Rivera')}`
  const { status, at } = await stage.admin('DELETE', path)
  timeline.note('Okta', `answers DELETE ${shortened(path)}: ${status}`, at)
  // Long after every other event had come.
  await until(
    'a second has passed',
    () => Date.now() - at,
    (passed) => passed >= 1_000,
    { every: 50 },
  )
  faults.deliveries.drop = 0
  if (deliveries.made.length > before) throw new Error('the event that was to be lost was delivered')
  timeline.note('okta-hook', 'has heard nothing for a second')
  const isOpen = await stage.documents.mayRead('Martha Rivera', 'contract')
  if (!isOpen) throw new Error('the contract was closed to Martha Rivera without an event')
  timeline.note('Q Business', 'Martha Rivera may still read the contract')
  timeline.note('catch-up', 'is invoked, as every minute')
  const { log } = await stage.catchUp()
  timeline.note(
    'catch-up',
    `has found ${log?.hints} lost ${log?.hints === 1 ? 'event' : 'events'} in Okta’s System Log`,
  )
}

async function emptyByMistake(stage: Stage, timeline: Timeline): Promise<void> {
  const { org } = stage.okta
  const leavers = ['Mateo Jackson', 'Mary Major', ...OTHERS].map(stage.idOf)
  org.quietly(() => {
    for (const user of leavers) org.removeMember(stage.idOf('All Employees'), user)
  })
  timeline.note('Okta', `takes ${leavers.length} people out of All Employees`)
  timeline.note('reconcile', 'is invoked, as every night')
  const { counts } = await stage.reconcile()
  timeline.note('reconcile', `has read ${counts.groups} groups, ${counts.changed} of them changed`)
}

async function letThemGo(stage: Stage, timeline: Timeline): Promise<void> {
  const { holds } = JSON.parse(await stage.command('held', '--json'))
  const { name, hold } = holds[0]
  const reason = 'sold with the works in Ulm'
  timeline.note('you', `npx q-group-sync approve '${name}' --hold ${hold} --reason '${reason}'`)
  const said = await stage.command('approve', name, '--hold', hold, '--reason', reason)
  timeline.note('command', said.split('\n')[0]!.replace(/:$/, ''))
}

/** Okta's ids are long, and say nothing to a reader. */
function shortened(path: string): string {
  return path.replace('/api/v1', '').replace(/(00[gu])\w+/g, '$1…')
}
