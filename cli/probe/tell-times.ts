import type { Probe } from './probe.ts'
import { isEnd, type Shown, type Watched } from './throwaway-groups.ts'

const SECOND = 1_000

/** What the times and histories tell that GetGroup showed of all puts. */
export function tellTimes({ groups: { watched }, report }: Probe): void {
  const shown = watched.flatMap((each) => each.shown)
  const times = [...new Set(shown.flatMap(entries).map(({ at }) => at))].filter((at) => at > 0)
  const hasFraction = times.some((at) => at % SECOND !== 0)
  if (hasFraction) report.tell('lastUpdatedAt', 'fraction', 'lastUpdatedAt has fractions of a second')
  else if (times.length > 2)
    report.tell('lastUpdatedAt', 'seconds', `${times.length} times of lastUpdatedAt are all whole seconds`)
  else report.leave(['lastUpdatedAt'], `only ${times.length} times were shown, all whole seconds`, 'probe again')

  const ended = shown.filter(({ status }) => status !== 'PROCESSING')
  const longest = Math.max(0, ...ended.map(({ history }) => history.length))
  if (longest > 1) report.tell('statusHistory', 'grows', `statusHistory has up to ${longest} entries`)
  else if (ended.length > 0)
    report.tell(
      'statusHistory',
      'last-only',
      `of a put that is done, statusHistory has ${longest === 0 ? 'nothing' : 'one entry'}`,
    )

  const came = watched.map((each) => countsBy(each, hasFraction))
  if (came.includes('status'))
    report.tell('lastUpdatedAtCounts', 'status', 'lastUpdatedAt of SUCCEEDED is another than of PROCESSING before it')
  else if (came.includes('put'))
    report.tell('lastUpdatedAtCounts', 'put', 'lastUpdatedAt of SUCCEEDED is the same as of PROCESSING before it')
  else if (watched.length > 0)
    report.leave(
      ['lastUpdatedAtCounts'],
      'every put was done in the same second in which it came',
      'probe again while puts take longer',
    )
}

/** Of one put, whether its statuses have times of their own; null where that can't be told. */
function countsBy({ shown, isFirstPut }: Watched, hasFraction: boolean): 'status' | 'put' | null {
  const all = shown.flatMap(entries)
  const processing = all.find(({ status }) => status === 'PROCESSING')
  const end = all.find(isEnd)
  if (!isFirstPut || processing === undefined || end === undefined) return null
  if (processing.at !== end.at) return 'status'
  const seen = shown.filter(({ status }) => status === 'PROCESSING').map(({ answeredAt }) => answeredAt)
  const isLonger = seen.length > 0 && (hasFraction || seen.at(-1)! - seen[0]! > 1.1 * SECOND)
  return isLonger ? 'put' : null
}

function entries({ status, at, history }: Shown): { status: string; at: number }[] {
  return [{ status, at }, ...history]
}
