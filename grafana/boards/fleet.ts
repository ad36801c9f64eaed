/** Where to look first: every model in one table, and what stands out. */
import type { Board } from '../board.ts'
import * as fleet from '../panels/fleet.ts'

export const fleetBoard: Board = {
  uid: 'modeltap-fleet',
  title: 'Fleet',
  description: 'All models behind modeltap: which are down, fail or drift. Click a model for details.',
  deepestVariable: 'pod',
  from: 'now-1h',
  rows: [
    {
      title: 'Now',
      panels: [
        fleet.models(),
        fleet.fleetReplicas(),
        fleet.down(),
        fleet.fleetRequests(),
        fleet.fleetErrors(),
        fleet.drifting(),
        fleet.withoutBaseline(),
        fleet.firingAlerts(),
      ],
    },
    { title: 'Models', panels: [fleet.modelTable()] },
    {
      title: 'Over time',
      panels: [
        fleet.requestsByModel(),
        fleet.errorsByModel(),
        fleet.latencyByModel(),
        fleet.driftByModel(),
        fleet.alertsByName(),
      ],
    },
  ],
}
