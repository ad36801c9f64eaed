/** One feature of one model. */
import type { Board } from '../board.ts'
import * as feature from '../panels/feature.ts'

export const featureBoard: Board = {
  uid: 'modeltap-feature',
  title: 'Feature',
  description: 'One feature of a model: its live distribution and the baseline, its scores and its quality.',
  deepestVariable: 'feature',
  isOfOneModel: true,
  from: 'now-24h',
  rows: [
    {
      title: 'Now',
      panels: [
        feature.featureScore(),
        feature.featureFleetScore(),
        feature.featureRows(),
        feature.missing(),
        feature.unseen(),
        feature.outOfRange(),
        feature.outliers(),
        feature.constant(),
      ],
    },
    { title: 'Distribution', panels: [feature.distribution(), feature.binsOverTime()] },
    {
      title: 'Drift',
      panels: [feature.deviationAgainstThreshold(), feature.scoreHistory(), feature.pValues()],
    },
    { title: 'Values', panels: [feature.quantileBands(), feature.quality(), feature.implausible()] },
  ],
}
