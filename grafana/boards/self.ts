/** What modeltap costs, what it does not see, and whether it is well. */
import type { Board } from '../board.ts'
import * as keptAndPassedOn from '../panels/kept-and-passed-on.ts'
import * as self from '../panels/self.ts'
import * as waysIn from '../panels/ways-in.ts'

export const selfBoard: Board = {
  uid: 'modeltap-self',
  title: 'modeltap itself',
  description: 'The cost, blind spots and health of modeltap itself.',
  deepestVariable: 'pod',
  from: 'now-1h',
  rows: [
    {
      title: 'Now',
      panels: [
        self.replicas(),
        self.unobservedShare(),
        self.ringNow(),
        self.cpuPerThousand(),
        self.seriesNow(),
        self.restartsToday(),
      ],
    },
    { title: 'Cost', panels: [self.cpu(), self.memory(), self.lag(), self.stall()] },
    {
      title: 'What is seen',
      panels: [self.bytes(), self.unobserved(), self.decodeFailures(), self.connections()],
    },
    {
      title: 'Exposition',
      panels: [self.exposition(), self.droppedSeries(), self.otlp()],
    },
    {
      title: 'Captured packets, log files and CloudEvents, where they are read',
      collapsed: true,
      panels: [
        waysIn.capture(),
        waysIn.captureLoss(),
        waysIn.lines(),
        waysIn.backlog(),
        waysIn.files(),
        waysIn.events(),
        waysIn.unjoined(),
        waysIn.waiting(),
      ],
    },
    {
      title: "Kept state and the model server's own metrics, where they are configured",
      collapsed: true,
      panels: [
        keptAndPassedOn.checkpoints(),
        keptAndPassedOn.checkpointAge(),
        keptAndPassedOn.checkpointSize(),
        keptAndPassedOn.neighbourFetch(),
        keptAndPassedOn.neighbourSamples(),
        keptAndPassedOn.neighbourFailures(),
      ],
    },
  ],
}
