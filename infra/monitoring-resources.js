// JavaScript, since osls requires what it includes; Node 24 runs the TypeScript behind it by itself.
import { alarmResources } from './alarms.ts'
import { dashboardResource } from './dashboard.ts'

/** The alarms and the dashboard of the stage that is packaged. */
export const resources = async ({ resolveVariable }) => ({
  ...alarmResources(await resolveVariable('sls:stage')),
  Dashboard: dashboardResource(),
})
