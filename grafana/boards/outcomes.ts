/** Was the model right? */
import type { Board } from '../board.ts'
import * as classes from '../panels/outcome-classes.ts'
import * as outcomes from '../panels/outcomes.ts'

export const outcomesBoard: Board = {
  uid: 'modeltap-outcomes',
  title: 'Outcomes',
  description:
    'Labels joined with predictions: performance with its thresholds, concept drift, calibration, business figures and cost.',
  deepestVariable: 'version',
  from: 'now-24h',
  rows: [
    {
      title: 'Labels',
      panels: [outcomes.joinRatio(), outcomes.labelAge(), outcomes.pending(), outcomes.unlabelled()],
    },
    // Under each other: which of the three moved is the diagnosis.
    { title: 'What moved', panels: [outcomes.dataDrift(), outcomes.conceptDrift(), outcomes.coverage()] },
    { title: 'Performance', panels: [outcomes.rightness(), outcomes.errors()] },
    {
      title: 'Classes',
      panels: [classes.confusionMatrix(), classes.confusionShares(), classes.classMetrics()],
    },
    {
      title: 'Scores',
      panels: [classes.rocCurve(), classes.calibration(), classes.scoresByTruth(), classes.fleetAuc()],
    },
    { title: 'Figures and cost', panels: [outcomes.figures(), outcomes.costRate(), outcomes.mistakeCost()] },
    { title: 'How labels come', panels: [outcomes.labelResults(), outcomes.labelDelay()] },
  ],
}
