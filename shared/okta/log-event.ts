/** What is used of a LogEvent, of a delivery or of the System Log. Anything may be null or left out. */
export interface LogEvent {
  uuid?: string | null
  eventType?: string | null
  published?: string | null
  actor?: { id?: string | null } | null
  outcome?: { result?: string | null } | null
  target?: ({ type?: string | null; id?: string | null } | null)[] | null
  debugContext?: { debugData?: Record<string, unknown> | null } | null
}
