/** One model: is it up, how much traffic, how often wrong, how slow, what does it cost, does it still fit. */
import type { Board } from '../board.ts'
import * as drift from '../panels/drift.ts'
import * as objectives from '../panels/objectives.ts'
import * as predictions from '../panels/predictions.ts'
import * as requests from '../panels/requests.ts'
import * as resources from '../panels/resources.ts'

const { ERRORS, LATENCY } = objectives

export const modelBoard: Board = {
  uid: 'modeltap-model',
  title: 'Model',
  description:
    'One model behind modeltap: traffic, errors, latency, objectives, resources, predictions and drift. Narrow it with the variables above.',
  deepestVariable: 'version',
  from: 'now-1h',
  rows: [
    {
      title: 'Now',
      panels: [
        resources.modelUp(),
        requests.requestRate(),
        requests.errorRatio(),
        requests.latencyMedian(),
        requests.latencyTail(),
        requests.inFlight(),
        drift.driftedFeatures(),
        drift.baselineRows(),
      ],
    },
    {
      title: 'Traffic and errors',
      panels: [
        requests.requestsByOutcome(),
        requests.requestsByCode(),
        requests.errorRatioByVersion(),
        requests.predictionRate(),
        requests.payloadSizes(),
        requests.trafficAgainstLastWeek(),
      ],
    },
    { title: 'Latency', panels: [requests.durationHeatmap(), requests.durationQuantiles()] },
    {
      title: 'Objectives',
      panels: [
        objectives.budget(ERRORS),
        objectives.burnNow(ERRORS),
        objectives.target(ERRORS),
        objectives.budget(LATENCY),
        objectives.burnNow(LATENCY),
        objectives.target(LATENCY),
        objectives.burnRates(ERRORS),
        objectives.burnRates(LATENCY),
      ],
    },
    { title: 'Saturation', panels: [resources.utilization(), resources.modelCpu(), resources.modelMemory()] },
    {
      title: 'Predictions',
      panels: [
        predictions.classRatios('version'),
        predictions.predictedValues('version'),
        predictions.predictionDrift('version'),
      ],
    },
    { title: 'Drift', panels: [drift.topScores(), drift.windowRows()] },
  ],
}
