/** Does the model still fit its data? All features and outputs of one model. */
import type { Board } from '../board.ts'
import * as drift from '../panels/drift.ts'
import * as predictions from '../panels/predictions.ts'
import * as rows from '../panels/rows.ts'

export const driftBoard: Board = {
  uid: 'modeltap-drift',
  title: 'Predictions and drift',
  description:
    "Distance of a model's live features and predictions from its baseline, with thresholds and sample sizes. Click a feature to see its distribution.",
  deepestVariable: 'output',
  isOfOneModel: true,
  from: 'now-24h',
  rows: [
    {
      title: 'Now',
      panels: [
        drift.driftedFeatures(),
        drift.worstFeature(),
        predictions.worstOutput(),
        drift.driftAlerts(),
        drift.smallestWindow(),
        drift.baselineRows(),
        drift.baselineAge(),
        drift.learning(),
      ],
    },
    { title: 'Features', panels: [drift.topFeatures()] },
    {
      title: 'Drift over time',
      panels: [drift.fleetScores(), drift.topScores(), drift.driftedShare(), drift.windowRows()],
    },
    {
      title: 'Predictions',
      panels: [
        predictions.predictionFleetDrift(),
        predictions.predictionDrift('output', 'half'),
        predictions.classRatios('output'),
        predictions.predictedValues('output'),
        predictions.predictionQuality(),
        predictions.confidence(),
        predictions.lowConfidence(),
        predictions.predictionRows(),
      ],
    },
    {
      title: 'Rows and values that are not as usual',
      panels: [
        rows.rowIssues(),
        rows.duplicates(),
        rows.constantColumns(),
        rows.outlyingRows(),
        rows.outlyingColumns(),
        rows.boundsViolations(),
      ],
    },
  ],
}
