import type { EventHookSettings } from './event-hook-settings.ts'
import { checkedSettings } from './event-hook-settings.ts'
import type { By, LogTarget } from './log-event.ts'
import { invalid, notFound } from './okta-error.ts'
import type { OrgState } from './org-state.ts'

/** Active hooks that an org may have (okta.md). */
const MOST_ACTIVE = 25

/** An event hook with its secret, which no answer holds. Times are epoch ms. */
export interface EventHook extends EventHookSettings {
  readonly id: string
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly verificationStatus: 'UNVERIFIED' | 'VERIFIED'
  readonly created: number
  readonly createdBy: string
  readonly lastUpdated: number
}

/** The event hooks of an org. Events are delivered to those that are ACTIVE and VERIFIED. */
export class EventHooks {
  readonly #state: OrgState
  readonly #hooks = new Map<string, EventHook>()

  constructor(state: OrgState) {
    this.#state = state
  }

  all(): EventHook[] {
    return [...this.#hooks.values()]
  }

  /** @throws OktaError 404 E0000007 */
  get(id: string): EventHook {
    const hook = this.#hooks.get(id)
    if (!hook) throw notFound(id, 'EventHook')
    return hook
  }

  /** ACTIVE from the start, but UNVERIFIED: nothing is delivered yet. */
  create(body: unknown, by: By): EventHook {
    const settings = checkedSettings(body)
    this.#checkRoom()
    const at = this.#state.now()
    const hook: EventHook = {
      ...settings,
      id: this.#state.ids.okta('who'),
      status: 'ACTIVE',
      verificationStatus: 'UNVERIFIED',
      created: at,
      createdBy: by.actor.id,
      lastUpdated: at,
    }
    return this.#put(hook, 'event_hook.created', by)
  }

  /** Another channel (address, headers or secret) must be verified again. */
  replace(id: string, body: unknown, by: By): EventHook {
    const before = this.get(id)
    const settings = checkedSettings(body)
    const isSameChannel = JSON.stringify(settings.channel) === JSON.stringify(before.channel)
    const verificationStatus = isSameChannel ? before.verificationStatus : 'UNVERIFIED'
    return this.#put({ ...before, ...settings, verificationStatus }, 'event_hook.updated', by)
  }

  /** An active hook can't be deleted, as with Okta: deactivate it first. */
  delete(id: string, by: By): void {
    const hook = this.get(id)
    if (hook.status === 'ACTIVE') throw invalid('eventHook', 'Cannot delete an active event hook: deactivate it first')
    this.#hooks.delete(id)
    this.#state.log.write({ eventType: 'event_hook.deleted', target: [hookTarget(hook)] }, by)
  }

  verified(id: string, by: By): EventHook {
    return this.#put({ ...this.get(id), verificationStatus: 'VERIFIED' }, 'event_hook.verified', by)
  }

  activate(id: string, by: By): EventHook {
    const hook = this.get(id)
    if (hook.status === 'ACTIVE') return hook
    this.#checkRoom()
    return this.#put({ ...hook, status: 'ACTIVE' }, 'event_hook.activated', by)
  }

  deactivate(id: string, by: By): EventHook {
    return this.#put({ ...this.get(id), status: 'INACTIVE' }, 'event_hook.deactivated', by)
  }

  /** The hooks that get events of this type now. */
  subscribed(eventType: string): EventHook[] {
    return this.all().filter(
      (hook) =>
        hook.status === 'ACTIVE' && hook.verificationStatus === 'VERIFIED' && hook.eventTypes.includes(eventType),
    )
  }

  #put(hook: EventHook, eventType: string, by: By): EventHook {
    const stored = { ...hook, lastUpdated: this.#state.now() }
    this.#hooks.set(stored.id, stored)
    this.#state.log.write({ eventType, target: [hookTarget(stored)] }, by)
    return stored
  }

  #checkRoom(): void {
    const active = this.all().filter((hook) => hook.status === 'ACTIVE').length
    if (active >= MOST_ACTIVE) throw invalid('eventHook', `An org can have at most ${MOST_ACTIVE} active event hooks`)
  }
}

/** How an event names a hook. */
export function hookTarget(hook: EventHook): LogTarget {
  return { id: hook.id, type: 'EventHook', alternateId: 'unknown', displayName: hook.name, detailEntry: null }
}
