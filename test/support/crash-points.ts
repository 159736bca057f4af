import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import { spellingKey } from '../../shared/membership/spelling.ts'
import { askOkta } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'
import { deadLettersIn } from '../../shared/queue/dead-letters.ts'
import { doorbellsIn } from '../../shared/queue/doorbells.ts'
import { loadSettings, rulesOf } from '../../shared/settings/load-settings.ts'
import { catchUp } from '../../shared/sync/catch-up.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { followUser } from '../../shared/sync/follow-user.ts'
import { pollLog } from '../../shared/sync/poll-log.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { readGroup } from '../../shared/sync/read-group.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import { reconcile } from '../../shared/sync/reconcile.ts'
import { replay } from '../../shared/sync/replay.ts'
import { NO_GUARD, type TestCloud, testCloud } from './cloud.ts'
import { type Death, doomed } from './crash.ts'
import { MINUTE, passTime, sleepByPassingTime } from './time.ts'

/** A verb, and how a fresh function goes on after one that died. */
interface Verb {
  /** The group's other name, where it matters which. */
  to?(from: string): string
  /** Besides the change in Okta. */
  before?(story: Story): Promise<unknown>
  run(ports: Ports, story: Story): Promise<unknown>
  again(story: Story): Promise<unknown>
}

/** One group that somebody leaves and that gets another name. */
interface Story {
  group: string
  from: string
  to: string
  run: string
}

/** The crash points of each verb, on a cloud without a hook: every ring is made here. */
export async function crashPoints() {
  sleepByPassingTime()
  const cloud = await testCloud({ hook: false, settings: { guard: NO_GUARD } })
  const ann = await cloud.admin.createUser('ann@example.com')
  const bob = await cloud.admin.createUser('bob@example.com')
  let size = 0

  function allPorts() {
    return portsOf(cloud)
  }

  const hint = (story: Story) => ({
    subject: 'group' as const,
    id: story.group,
    books: true,
    again: false,
    causes: [{ id: 'event', type: 'group.user_membership.remove' }],
    questions: [{ user: bob, says: 'removed' as const }],
    sentAt: Date.now(),
  })
  const userHint = (story: Story) => ({ ...hint(story), subject: 'user' as const, id: ann, questions: [] })
  const read = (story: Story) => readGroup(allPorts(), hint(story))

  const verbs: Record<string, Verb> = {
    'read-group': {
      run: (ports, story) => readGroup(ports, hint(story)),
      again: async (story) => allPorts().doorbells.ringHints([hint(story)]),
    },
    'read-group of a user': {
      run: (ports, story) => followUser(ports, userHint(story)),
      again: async (story) => allPorts().doorbells.ringHints([userHint(story)]),
    },
    // The queue still has the rings of the read: nobody has taken them.
    'put-group': { before: read, run: (ports, story) => putGroup(ports, nameKey(story.to)), again: async () => {} },
    'put-group in another case': {
      to: (from) => from.toUpperCase(),
      before: read,
      run: async (ports, { to }) => {
        await putGroup(ports, nameKey(to))
        await putGroup(ports, spellingKey(nameKey(to), to))
      },
      again: async () => {},
    },
    reconcile: {
      run: (ports, story) => reconcile(ports, story.run),
      // Lambda invokes again what died; and what had begun is due.
      again: async (story) => {
        if ((await cloud.snapshot.run(story.run)) === null)
          await cloud.functions.functions.reconcile.invoke({ run: story.run })
        passTime(17 * MINUTE)
      },
    },
    'catch-up': {
      before: async (story) => {
        cloud.okta.faults.next({ answer: 500, times: 1, path: new RegExp(`groups/${story.group}$`) })
        await read(story)
        passTime(2 * MINUTE)
      },
      run: (ports) => catchUp({ ...ports, mode: { is: 'put', said: null } }),
      again: async () => passTime(6 * MINUTE),
    },
    'reading the System Log': {
      // Nothing else tells of the change; the others are tried in a silence of the log.
      before: async () => {
        cloud.okta.faults.lag.logs = 0
      },
      run: (ports) => pollLog(ports),
      again: async () => {},
    },
    replay: {
      run: (ports, story) => replay(ports, { groups: [story.group] }),
      again: (story) => replay(allPorts(), { groups: [story.group] }),
    },
  }

  /**
   * Lets a verb die at its first call, its second, and so on until it makes no more; a fresh function goes on each time.
   * @param sameGroup all on one group, for a verb that reads every group there is
   */
  async function dieEverywhere(name: keyof typeof verbs, death: Death, sameGroup = false): Promise<void> {
    let story: Story | undefined
    for (let n = 1; ; n++) {
      const title = `${name} ${death} ${n}`
      if (story === undefined || !sameGroup) {
        const to = verbs[name]!.to?.(title) ?? `${title} renamed`
        story = { group: await cloud.admin.createGroup(title), from: title, to, run: '' }
        await cloud.admin.join(story.group, ann)
      } else await cloud.admin.rename(story.group, story.from)
      story.run = title
      if (!(await diesAt(verbs[name]!, story, title, n, death))) return
      size++
    }
  }

  /** False where the verb makes fewer calls. */
  async function diesAt(verb: Verb, story: Story, title: string, n: number, death: Death): Promise<boolean> {
    await cloud.admin.join(story.group, bob)
    await cloud.invoke('replay', { groups: [story.group] })
    await cloud.settled()
    await cloud.functions.stopPollers()
    await cloud.admin.leave(story.group, bob)
    await cloud.admin.rename(story.group, story.to)
    await verb.before?.(story)

    const { ports, died, calls } = doomed(
      allPorts(),
      ['directory', 'snapshot', 'doorbells', 'userStore', 'deadLetters', 'startRun'],
      n,
      death,
    )
    const end = await Promise.race([died, verb.run(ports, story).then(() => 'lives')])

    await cloud.functions.startPollers()
    if (end !== 'lives') await verb.again(story)
    await cloud.settled()
    if (end === 'lives') return false
    // What is booked comes within three minutes, and often at once.
    for (let minute = 0; minute < 3 && !(await isRight(story)); minute++) await cloud.minutes(1)
    const at = `${title} ${n}: ${end} after ${calls().join(', ')}`
    expect(cloud.members(story.to), at).toEqual(['ann@example.com'])
    expect(cloud.members(story.from), at).toEqual(['ann@example.com'])
    expect((await cloud.snapshot.mirror(story.group))?.toRing, at).toEqual([])
    for (const name of [story.from, story.to]) expect((await cloud.ledger(name)).status, at).toBe('confirmed')
    for (const queue of Object.values(cloud.deadLetterQueues)) expect(await cloud.messages(queue), at).toBe(0)
    return true
  }

  async function isRight({ group, from, to }: Story): Promise<boolean> {
    const isPut = async (name: string) =>
      cloud.members(name)?.join() === 'ann@example.com' && (await cloud.ledger(name)).status === 'confirmed'
    const rings = (await cloud.snapshot.mirror(group))?.toRing.length
    return rings === 0 && (await isPut(from)) && (await isPut(to))
  }

  return {
    dieEverywhere,
    verbs: Object.keys(verbs),
    close: async () => {
      console.log(`crash points tried: ${size}`)
      await cloud.close()
    },
  }
}

type Ports = ReturnType<typeof portsOf>

/** The ports as the functions compose them. */
export function portsOf(cloud: TestCloud) {
  const settings = loadSettings(process.env['SETTINGS_FILE']!)
  const rules = rulesOf(settings)
  const { hintQueue, nameQueue } = cloud.addresses
  const ask = askOkta(cloud.okta.url, { token: cloud.okta.token }, 10_000)
  const quiet = { info() {}, warn() {}, error() {}, count() {} }
  const { hints, names } = cloud.deadLetterQueues
  const queues = [
    { from: hints, to: hintQueue },
    { from: names, to: nameQueue },
  ]
  return {
    directory: directoryIn(ask, 'email'),
    snapshot: cloud.snapshot,
    doorbells: doorbellsIn(cloud.sqs, { hints: hintQueue, names: nameQueue }, randomUUID),
    userStore: userStoreOf(qBusinessClient(), settings.qBusiness),
    deadLetters: deadLettersIn(cloud.sqs, queues, randomUUID),
    startRun: async (run: string) => void (await cloud.functions.functions.reconcile.invoke({ run })),
    telemetry: quiet,
    clock: systemClock,
    timeLeft: () => 900_000,
    recent: new RecentLooks(rules.members.statuses),
    rules,
    attribute: 'email',
    id: 'by hand',
  }
}
