import type { FindingName, Findings } from '../../shared/settings/findings.ts'

type Found = Findings['findings']
type Side<Name extends FindingName> = NonNullable<Found[Name]>['side']

/** What a probe has found so far; the first that is told of a thing stands. */
export class Report {
  readonly found: Found = {}

  /** @param remedy what would settle it, where the side is null */
  tell<Name extends FindingName>(name: Name, side: Side<Name>, seen: string, remedy?: string): void {
    if (this.found[name] !== undefined) return
    this.found[name] = { side, seen, ...(remedy === undefined ? {} : { remedy }) } as Found[Name]
  }

  /** Says of things why they aren't settled, where nothing was told of them yet. */
  leave(names: readonly FindingName[], seen: string, remedy: string): void {
    for (const name of names) this.tell(name, null, seen, remedy)
  }
}
