/** What modeltap costs, what it does not see, and whether it is well. */
import type { Board } from '../board.ts'
import * as self from '../panels/self.ts'

export const selfBoard: Board = {
  uid: 'modeltap-self',
  title: 'modeltap itself',
  description: 'What modeltap costs, what it does not see, and whether it is well.',
  deepestVariable: 'instance',
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
    { title: 'Cost', panels: [self.cpu(), self.memory(), self.lag()] },
    {
      title: 'What is seen',
      panels: [self.bytes(), self.unobserved(), self.decodeFailures(), self.connections()],
    },
    {
      title: 'Exposition',
      panels: [self.exposition(), self.droppedSeries(), self.otlp()],
    },
  ],
}
