/** Concept drift: whether the errors of an output have changed. */
import { DETECTOR_STATES } from '../outcomes/detectors/detector.ts'
import type { ConceptSnapshot, OutputSnapshot } from '../outcomes/snapshot.ts'
import { observed, type Sources } from './metric.ts'

const LABELS = ['model', 'version', 'output', 'detector'] as const
const ABSENCE = 'Absent before the first label of the output.'

function eachDetector(
  { outcomes }: Sources,
  visit: (output: OutputSnapshot, concept: ConceptSnapshot) => void,
): void {
  for (const output of outcomes?.outputs ?? []) for (const concept of output.concept) visit(output, concept)
}

export const conceptMetrics = {
  conceptState: observed({
    name: 'modeltap_concept_drift_state',
    type: 'gauge',
    unit: 'flag',
    labels: LABELS,
    help: 'State of the detector after the latest label: 0 stable, 1 warning, 2 drift.',
    absence: ABSENCE,
    collect: (sources, emit) => {
      eachDetector(sources, ({ model, version, output }, { detector, state }) =>
        emit(DETECTOR_STATES.indexOf(state), model, version, output, detector),
      )
    },
  }),
  conceptDetections: observed({
    name: 'modeltap_concept_drift_detections_total',
    type: 'counter',
    unit: 'events',
    labels: [...LABELS, 'direction'] as const,
    help: 'Changes of the error rate that the detector found: up for more errors, down for fewer.',
    absence: ABSENCE,
    collect: (sources, emit) => {
      eachDetector(sources, ({ model, version, output }, { detector, detections }) => {
        for (const [direction, count] of Object.entries(detections))
          emit(count, model, version, output, detector, direction)
      })
    },
  }),
  conceptLastDetection: observed({
    name: 'modeltap_concept_drift_last_detection_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: LABELS,
    help: "Time of the detector's last detection, seconds since 1970.",
    absence: 'Absent before the first detection.',
    collect: (sources, emit) => {
      eachDetector(sources, ({ model, version, output }, { detector, lastDetectionEpochMs }) => {
        if (lastDetectionEpochMs !== undefined)
          emit(lastDetectionEpochMs / 1000, model, version, output, detector)
      })
    },
  }),
} as const
