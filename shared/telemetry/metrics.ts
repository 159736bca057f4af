/** One metric. */
interface Measure {
  unit: 'Count' | 'Seconds' | 'Milliseconds'
  /** The functions that send it; none where it is made of the API's access log. */
  by: readonly string[]
  /** What it says. One that says `now` is told every minute, even where it is 0. */
  says: string
}

const measure = (unit: Measure['unit'], by: string, says: string): Measure => ({
  unit,
  by: by === '' ? [] : by.split(' '),
  says,
})
const READERS = 'read-group reconcile'

/**
 * Every metric there is. They are sent in EMF, in a namespace of the stage's own, by function: the only dimension is
 * `service`. Ids are facts of log lines, never dimensions.
 */
export const METRICS = {
  SecondsBehind: measure(
    'Seconds',
    'catch-up',
    'age now of the oldest change that is known and not yet in the user store',
  ),
  NamesBehind: measure('Count', 'catch-up', 'names now whose change is not yet in the user store'),
  EventToHook: measure('Milliseconds', 'okta-hook', 'from when Okta published an event until its delivery came'),
  HookToAccepted: measure(
    'Milliseconds',
    'put-group',
    'from when the oldest hint of a put was queued until PutGroup took it',
  ),
  AcceptedToSucceeded: measure('Milliseconds', 'put-group', 'from when PutGroup took a list until GetGroup showed it'),

  HintsQueued: measure('Count', 'okta-hook', 'groups and users that deliveries named'),
  EventsWithoutHint: measure('Count', 'okta-hook', 'delivered events that say nothing of groups or their members'),
  EventsFailed: measure('Count', 'okta-hook', 'delivered events of what has failed in Okta'),
  DeliveriesThrottled: measure('Count', '', 'requests that the API answered with 429'),
  DeliveriesRefused: measure('Count', 'okta-hook', 'requests without the secret'),

  ReadsDone: measure('Count', READERS, 'whole reads of a group'),
  ReadsFailed: measure('Count', READERS, 'reads of Okta that failed'),
  MirrorsChanged: measure('Count', READERS, 'groups that have changed'),
  UsersWithoutAttribute: measure('Count', READERS, 'members of changed groups without the attribute that names them'),
  HintsInBulk: measure('Count', 'read-group', 'hints about users that are left to one reconcile'),
  DeliveriesLate: measure(
    'Count',
    'read-group',
    'events whose delivery came a minute or more after they were published',
  ),

  PutsAccepted: measure('Count', 'put-group', 'lists that PutGroup took'),
  PutsConfirmed: measure('Count', 'put-group', 'lists that GetGroup showed'),
  PutsUnconfirmed: measure('Count', 'put-group', 'lists that GetGroup did not show in an hour, put twice'),
  PutsFailed: measure('Count', 'put-group', 'puts that were not taken, or FAILED'),
  PeopleHeld: measure('Count', 'put-group', 'people who are held, told once an hour'),
  NamesRefused: measure('Count', 'put-group', 'names and lists that may not be put, each time that is found'),
  NamesDeleted: measure('Count', 'put-group', 'names that were deleted'),
  DriftFound: measure('Count', 'put-group', 'names in which the user store has something else than was put'),
  DriftWaiting: measure('Count', 'put-group', 'names that have drifted and are put in another night'),
  PeopleAsked: measure('Count', 'put-group', 'people about whom Amazon Q Business was asked which groups they are in'),
  PeopleUnknown: measure('Count', 'put-group', 'of these, people whom it does not know'),

  ReconcilesFinished: measure('Count', 'reconcile', 'reconciles that came to their end'),
  GroupsUnread: measure('Count', 'reconcile', 'groups that a finished reconcile could not read'),

  CatchUpsFinished: measure('Count', 'catch-up', 'catch-ups that came to their end'),
  RowsDue: measure('Count', 'catch-up', 'rows that were due, and rung'),
  PeopleHeldNow: measure('Count', 'catch-up', 'people now who are held and about whom nobody has decided'),
  NamesRefusedNow: measure('Count', 'catch-up', 'names now that may not be put as they are wanted'),
  SetAside: measure('Count', 'catch-up', 'groups, names and users now that are set aside'),
  PutsStopped: measure(
    'Count',
    'catch-up',
    '1 now while nothing is put, by a stop or since nobody has let a new stage go',
  ),
  HintsFromLog: measure('Count', 'catch-up', 'groups and users that only the System Log told of'),
  DeliveriesLost: measure('Count', 'catch-up', 'events whose delivery has not come for an hour'),
  HookDeliveriesFailed: measure(
    'Count',
    'catch-up',
    'deliveries that failed by what Okta logs, of all hooks of the org',
  ),
  LogPollsFailed: measure('Count', 'catch-up', 'minutes in which the System Log could not be read on'),
  LogGaps: measure('Count', 'catch-up', 'times that Okta may have left out events of its System Log'),
  ClockOff: measure('Count', 'catch-up', "minutes in which the function's clock and Okta's were too far apart"),

  RowsSetAside: measure('Count', `${READERS} put-group`, 'groups, names and users that were set aside'),
  RowsFreed: measure('Count', `${READERS} put-group`, 'groups, names and users that are set aside no more'),
} as const satisfies Record<string, Measure>

/** A metric, by its name. */
export type Metric = keyof typeof METRICS
