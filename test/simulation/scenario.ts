/**
 * What histories may be asked for: of all kinds; without faults but of deliveries; with all faults; with a guard that holds; with
 * functions that die or stand still.
 */
export const SCENARIOS = ['any', 'calm', 'rough', 'guard', 'crash'] as const
export type Scenario = (typeof SCENARIOS)[number]
