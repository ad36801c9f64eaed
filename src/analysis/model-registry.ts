// HOT: per request
/** The watched models, up to a limit: further models share the monitor of model `other`. */
import type { Baseline } from '../baseline/baseline.ts'
import type { Clock } from '../lib/clock.ts'
import { tellLimits } from './baseline-fit.ts'
import type { ColumnState } from './column-monitor.ts'
import { OTHER_MODEL, UNNAMED_MODEL } from './model-labels.ts'
import { ModelMonitor } from './model-monitor.ts'
import type { StatePart } from './model-state.ts'
import type { OnMonitorEvent } from './monitor-event.ts'
import type { MonitorOptions } from './options.ts'
import type { ModelSnapshot } from './snapshot.ts'

export interface ModelRegistryOptions {
  readonly options: MonitorOptions
  readonly clock: Clock
  /** Used for every model and version that it matches; a name that it lacks matches all. */
  readonly loadedBaseline?: Baseline | undefined
  readonly onEvent: OnMonitorEvent
}

export class ModelRegistry {
  /** Batches of models beyond the limit. */
  overLimit = 0
  readonly #options: ModelRegistryOptions
  // Two levels, so that no key is built per request.
  readonly #monitors = new Map<string, Map<string, ModelMonitor>>()
  #size = 0

  constructor(options: ModelRegistryOptions) {
    this.#options = options
    const { loadedBaseline } = options
    if (loadedBaseline !== undefined) this.#tellLimits(loadedBaseline)
  }

  /** The monitor of a model's version, created on first use; that of `other` beyond the limit. */
  monitor(model: string, version: string, protocol: string): ModelMonitor {
    const known = this.#monitors.get(model)?.get(version)
    if (known !== undefined) {
      known.protocol = protocol
      return known
    }
    const same = this.#sameVersion(model, version, protocol)
    if (same !== undefined) return same
    if (this.#size < this.#options.options.limits.models) return this.#create(model, version, protocol)
    this.overLimit += 1
    if (this.overLimit === 1) this.#tellOverLimit(model, version)
    const { model: otherModel, version: otherVersion } = OTHER_MODEL
    const other = this.#monitors.get(otherModel)?.get(otherVersion)
    return other ?? this.#create(otherModel, otherVersion, protocol)
  }

  /**
   * One server may answer a protocol that names versions and one that does not. Without a version a call is of the one
   * that was made last; the first version that is named is that of the calls before.
   */
  #sameVersion(model: string, version: string, protocol: string): ModelMonitor | undefined {
    const versions = this.#monitors.get(model)
    if (versions === undefined || model === OTHER_MODEL.model) return undefined
    const known = version === '' ? [...versions.values()].at(-1) : versions.get('')
    if (known === undefined || known.protocol === protocol) return undefined
    if (version === '') return known
    const unnamed = known
    versions.delete('')
    unnamed.version = version
    unnamed.protocol = protocol
    versions.set(version, unnamed)
    return unnamed
  }

  /** The monitor when there is one. */
  find(model: string, version: string): ModelMonitor | undefined {
    return this.#monitors.get(model)?.get(version)
  }

  /** All monitors, oldest first within a model. */
  get monitors(): readonly ModelMonitor[] {
    return [...this.#monitors.values()].flatMap((versions) => [...versions.values()])
  }

  /** All scores of all models at once. */
  snapshot(): readonly ModelSnapshot[] {
    return this.monitors.map((monitor) => monitor.evaluate())
  }

  /** The same, one column between two yields. */
  *evaluation(): Generator<undefined, readonly ModelSnapshot[]> {
    const models: ModelSnapshot[] = []
    for (const monitor of this.monitors) models.push(yield* monitor.evaluation())
    return models
  }

  /** Everything to restore after a restart, each model followed by its columns. Rows may arrive in between. */
  *state(): Generator<StatePart> {
    for (const monitor of this.monitors) yield* monitor.state()
  }

  /** Restores `state`. */
  restore(parts: readonly StatePart[]): void {
    for (const [index, part] of parts.entries()) {
      if (part.kind !== 'model') continue
      const columns: ColumnState[] = []
      for (let next = parts[index + 1]; next?.kind === 'column'; next = parts[index + columns.length + 1]) {
        columns.push(next.state)
      }
      this.monitor(part.model, part.version, part.protocol).restore(part, columns)
    }
  }

  /** Removes all models. */
  reset(): void {
    this.#monitors.clear()
    this.#size = 0
    this.overLimit = 0
  }

  #create(model: string, version: string, protocol: string): ModelMonitor {
    const { options, clock, loadedBaseline, onEvent } = this.#options
    const fits = loadedBaseline !== undefined && isFor(loadedBaseline, model, version)
    if (loadedBaseline !== undefined && !fits) this.#tellMismatch(loadedBaseline, model, version)
    const baseline = fits ? loadedBaseline : this.#previousVersion(model)
    const monitor = new ModelMonitor({ model, version, protocol, options, clock, baseline, onEvent })
    const versions = this.#monitors.get(model) ?? new Map<string, ModelMonitor>()
    versions.set(version, monitor)
    this.#monitors.set(model, versions)
    this.#size += 1
    return monitor
  }

  /** The recent data of the latest version, when the configuration compares new versions with it. */
  #previousVersion(model: string): Baseline | undefined {
    const { newVersion, learn } = this.#options.options.baseline
    if (newVersion === 'learn') return undefined
    const versions = [...(this.#monitors.get(model)?.values() ?? [])].toReversed()
    for (const version of versions) {
      const baseline = version.liveBaseline(learn.rows)
      if (baseline === undefined) continue
      this.#tellLimits(baseline)
      return baseline
    }
    return undefined
  }

  #tellLimits(baseline: Baseline): void {
    const { model, version } = baseline
    tellLimits(baseline, (event) => this.#options.onEvent({ ...event, level: 'warn', model, version }))
  }

  #tellMismatch(baseline: Baseline, model: string, version: string): void {
    this.#options.onEvent({
      kind: 'baseline-not-for-model',
      level: 'warn',
      model,
      version,
      message: 'the baseline file is for another model or version; modeltap learns a baseline for this one',
      details: { baselineModel: baseline.model, baselineVersion: baseline.version },
    })
  }

  #tellOverLimit(model: string, version: string): void {
    const { models } = this.#options.options.limits
    this.#options.onEvent({
      kind: 'models-over-limit',
      level: 'warn',
      model,
      version,
      message: `more than ${models} models (limits.models); further models share the label "other"`,
      details: { limit: models },
    })
  }
}

/** Whether the baseline applies to the model: neither names another model or version than the other. */
export function isFor(baseline: Baseline, model: string, version: string): boolean {
  const sameModel =
    [baseline.model, model].some((name) => name === '' || name === UNNAMED_MODEL) || baseline.model === model
  const sameVersion = baseline.version === '' || version === '' || baseline.version === version
  return sameModel && sameVersion
}
