/** The registry of concept drift detectors; the configuration's words, label values and docs derive from it. */
import { adwin } from './adwin.ts'
import { ddm } from './ddm.ts'
import type { Detector } from './detector.ts'
import { eddm } from './eddm.ts'
import { hddmA } from './hddm-a.ts'
import { hddmW } from './hddm-w.ts'
import { kswin } from './kswin.ts'
import { pageHinkley } from './page-hinkley.ts'

export const detectors = {
  adwin,
  ddm,
  eddm,
  hddm_a: hddmA,
  hddm_w: hddmW,
  page_hinkley: pageHinkley,
  kswin,
} as const

export type DetectorName = keyof typeof detectors

export const DETECTOR_NAMES = Object.keys(detectors) as [DetectorName, ...DetectorName[]]

/** Chosen by the benchmark of false alarms and delays (bench/outcomes/detectors.ts): docs/decisions/outcomes.md. */
export const DEFAULT_DETECTORS: readonly DetectorName[] = ['adwin', 'page_hinkley']

export function findDetector(name: DetectorName): Pick<Detector, 'name' | 'summary' | 'start'> {
  return detectors[name]
}
