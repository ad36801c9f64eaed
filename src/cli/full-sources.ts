/**
 * Data for the instruments as if everything that a configuration allows were present: every source, every reason, every
 * resource field. Used to estimate the number of series; a test ensures that every metric has one.
 */
import { EXPORTED_QUANTILES } from '../analysis/column-scores.ts'
import { type ColumnSnapshot, type ModelSnapshot, type Snapshot, VALUE_KINDS } from '../analysis/snapshot.ts'
import type { BaselineColumn } from '../baseline/baseline.ts'
import { binsOf } from '../baseline/bins.ts'
import { longestOfAnHour } from '../calibration/column-calibration.ts'
import { DEVIATION } from '../calibration/verdict.ts'
import { MAX_DECLARED } from '../calls/route-learner.ts'
import { isCapturing } from '../capture/options.ts'
import { captureSnapshot } from '../capture/snapshot.ts'
import { CHECKPOINT_OUTCOMES } from '../checkpoints/checkpoints.ts'
import type { Config } from '../config/schema.ts'
import { findStatistic } from '../drift/index.ts'
import type { Sources } from '../instruments/metric.ts'
import {
  emptySelfSnapshot,
  EXPOSITION_DROPS,
  type ExpositionStats,
  OTLP_OUTCOMES,
  type SelfSnapshot,
} from '../instruments/self-snapshot.ts'
import { zeros } from '../lib/zeros.ts'
import { NEIGHBOUR_DROPS, NEIGHBOUR_FAILURES } from '../model-server/snapshot.ts'
import type { BoundsViolations } from '../quality/bounds-check.ts'
import { OUTLIER_RATIO_BOUNDS } from '../quality/row-outliers.ts'
import { GPU_FAILURES, type GpuResources, type ResourceSnapshot } from '../resources/snapshot.ts'
import { ControlBlock } from '../ring/control.ts'
import { createTapMemory, MIN_RING_BYTES } from '../ring/memory.ts'
import { newSourceStats } from '../sources/index.ts'
import { objectivesOf } from '../worker/objectives.ts'
import { fullCosts, fullOutcomes } from './full-outcomes.ts'

const NO_TRAFFIC = createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 })

/** Everything except the models; the caller passes them. */
export function fullSources(config: Config, models: readonly ModelSnapshot[], gpus = 0): Sources {
  return {
    snapshot: { takenEpochMs: 0, models } satisfies Snapshot,
    self: fullSelf(config),
    outcomes: fullOutcomes(config, models),
    costs: fullCosts(config, models),
    resources: fullResources(config, gpus),
    exposition: fullExposition(config),
  }
}

function fullSelf(config: Config): SelfSnapshot {
  const { state, neighbour, capture } = config
  return {
    ...emptySelfSnapshot,
    upstreamReachable: true,
    objectives: objectivesOf(config),
    configReload: { successful: true, successEpochMs: 0 },
    inFlight: [{ model: 'm', requests: 0 }],
    ...(isCapturing(capture) && { capture: captureSnapshot(new ControlBlock(NO_TRAFFIC)) }),
    sources: newSourceStats(config),
    ...(state.directory !== undefined && {
      checkpoints: { outcomes: zeros(CHECKPOINT_OUTCOMES), savedEpochMs: 0, savedBytes: 0 },
    }),
    ...(neighbour.metrics !== undefined && {
      neighbour: {
        ...{ up: true, durationSeconds: 0, samples: 0 },
        failures: zeros(NEIGHBOUR_FAILURES),
        droppedSamples: zeros(NEIGHBOUR_DROPS),
      },
    }),
  }
}

function fullExposition({ otlp }: Config): ExpositionStats {
  return {
    droppedSeries: zeros(EXPOSITION_DROPS),
    lastSeries: 0,
    lastDurationSeconds: 0,
    ...(otlp.endpoint !== undefined && { otlpExports: zeros(OTLP_OUTCOMES) }),
  }
}

const GPU: GpuResources = {
  ...{ gpu: '0', uuid: '', name: '', utilizationRatio: 0, memoryUtilizationRatio: 0, memoryUsedBytes: 0 },
  ...{ memoryTotalBytes: 0, temperatureCelsius: 0, powerWatts: 0, powerLimitWatts: 0, smClockHertz: 0 },
  eccUncorrectedErrorsTotal: 0,
}

/** The maximum: as seen by the model's own user in its process namespace. */
function fullResources({ resources }: Config, gpus: number): ResourceSnapshot {
  return {
    takenEpochMs: 0,
    model: {
      ...{ up: true, source: 'cgroup', cpuSecondsTotal: 0, memoryBytes: 0, processes: 1, threads: 1 },
      ...{ openConnections: 0, restartsTotal: 0, startTimeSeconds: 0 },
      gpuMemory: Array.from({ length: gpus }, () => ({ gpu: '0', uuid: '', bytes: 0 })),
      cgroup: {
        ...{ memoryBytes: 0, memoryLimitBytes: 0, cpuLimitCores: 0, cpuSecondsTotal: 0 },
        ...{ cpuThrottledSecondsTotal: 0, cpuPeriodsTotal: 0, cpuThrottledPeriodsTotal: 0 },
        ...{ memoryPressureSomeSecondsTotal: 0, memoryPressureFullSecondsTotal: 0 },
        ...{ cpuPressureSomeSecondsTotal: 0, oomKillsTotal: 0 },
      },
    },
    host: { cpuUtilizationRatio: 0, memoryUsedBytes: 0, memoryTotalBytes: 0 },
    gpus: Array.from({ length: gpus }, () => GPU),
    ...(resources.gpu !== 'off' && { gpuFailures: zeros(GPU_FAILURES) }),
  }
}

type ModelConfig = Pick<Config, 'windows' | 'bounds' | 'upstream' | 'metadata' | 'guess'>

/** A model with a baseline and these columns. */
export function fullModel(
  { windows, bounds, upstream, metadata, guess }: ModelConfig,
  columns: readonly ColumnSnapshot[],
): ModelSnapshot {
  const declares = upstream !== undefined && metadata.enabled && guess
  return {
    ...{ model: 'm', version: '1', protocol: 'p', predictionRows: 0, columns },
    baseline: { state: 'learned', rows: 0, hash: '', createdEpochMs: 0 },
    calibrationDays: 0,
    driftedFeaturesRatio: windows.map((_, index) => ({ window: String(index), ratio: 0 })),
    rowCounts: { missingColumns: 0, extraColumns: 0, reordered: 0, compared: 0, duplicates: 0 },
    rowOutliers: { counts: [...OUTLIER_RATIO_BOUNDS, 1].map(() => 0), sum: 0 },
    // A feature and an output may share a name.
    boundsViolations: [
      ...Object.keys(bounds).flatMap((name): BoundsViolations[] => [
        { role: 'feature', name, count: 0 },
        { role: 'prediction', name, count: 0 },
      ]),
      ...Array.from({ length: declares ? MAX_DECLARED : 0 }, (_, place): BoundsViolations => ({
        role: 'feature',
        name: `declared ${place}`,
        count: 0,
      })),
    ],
  }
}

/** A column with all possible scores. */
export function fullColumn(
  column: BaselineColumn,
  { windows, drift }: Pick<Config, 'windows' | 'drift'>,
): ColumnSnapshot {
  const { role, name, kind } = column
  const { labels } = binsOf(column)
  const scores = drift.statistics
    .map(findStatistic)
    .filter(({ accepts }) => accepts.includes(kind))
    .map(({ name: statistic, pValue }) => ({
      ...{ statistic, value: 0, threshold: 0 },
      ...(pValue !== undefined && { pValue: 0 }),
    }))
  scores.push({ statistic: DEVIATION, value: 0, threshold: 0 })
  return {
    ...{ role, name, kind },
    values: zeros(VALUE_KINDS),
    bins: labels.map((label) => ({ label, baselineRatio: 0, total: 0 })),
    windows: windows.map((_, index) => ({
      ...{ window: String(index), observations: 0, scores, constant: false, excess: 0, isDecisive: false },
      binLimits:
        index === longestOfAnHour(windows) ? labels.map((bin) => ({ bin, expected: 0, limit: 0 })) : [],
      quantiles: kind === 'categorical' ? [] : EXPORTED_QUANTILES.map((q) => ({ q, value: 0 })),
      classes: kind === 'numeric' ? [] : labels.map((label) => ({ label, ratio: 0 })),
      ...(role === 'prediction' && kind !== 'categorical' && { lowConfidenceRatio: 0 }),
    })),
    ...(kind === 'numeric' && { outliers: 0 }),
  }
}
