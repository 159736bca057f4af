/** What histories may be asked for: of all kinds, without faults but of deliveries, with all faults, or with a guard that holds. */
export const SCENARIOS = ['any', 'calm', 'rough', 'guard'] as const
export type Scenario = (typeof SCENARIOS)[number]
