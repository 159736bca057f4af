import { SETTLE } from '../membership/mirror.ts'
import type { UserRow } from './rows.ts'

/** When a user is to be followed again: when a failed try is repeated, else a minute after their newest hint. */
export function userDueAt({
  failures,
  retryAt,
  newestHint,
}: Pick<UserRow, 'failures' | 'retryAt' | 'newestHint'>): number {
  return failures > 0 && retryAt !== null ? retryAt : newestHint + SETTLE
}
