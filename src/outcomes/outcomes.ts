/**
 * Joins outcomes with predictions: predictions wait in a store, outcomes find them by id, and joined pairs are counted
 * by model, version and output.
 */
import type { Call } from '../calls/call.ts'
import { LEARNING_MS } from '../calls/route-learner.ts'
import type { FalseAlarmBudget } from '../drift/options.ts'
import type { Clock } from '../lib/clock.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import { EarlyOutcomes } from './early-outcomes.ts'
import { HASH_WORDS, type IdHash } from './id-hash.ts'
import { parseIdSource } from './id-source.ts'
import { Kpis } from './kpis.ts'
import type { KpisOption, OutcomesOptions } from './options.ts'
import {
  type FigureOutcome,
  type LabelOutcome,
  type Outcome,
  OUTCOME_RESULTS,
  type OutcomeResult,
  type OutputPrediction,
  type OutputTruth,
  type SelfContainedOutcome,
  UNJOINABLE_REASONS,
  zeroCounts,
} from './outcome.ts'
import { OutputOutcomes, type Reference } from './output-outcomes.ts'
import { idOfRow, keepName, nameKept, namePrediction, type PredictionName } from './prediction-name.ts'
import { PredictionOutputs } from './prediction-outputs.ts'
import type { OutcomeModelSnapshot, OutcomesSnapshot } from './snapshot.ts'
import type {
  Attachment,
  HashedLabel,
  JoinedPrediction,
  PredictionStore,
  WaitingPrediction,
} from './store.ts'
import { isTruth } from './truth.ts'

/** Maximum number of outputs over all models. */
const MAX_OUTPUTS = 1_000

/** A route is decided after `LEARNING_MS`; the rest is slack for a lagging thread. */
const LONGEST_KEPT_MS = LEARNING_MS + 5_000

export interface ModelName {
  readonly model: string
  readonly version: string
}

export interface OutcomesDependencies {
  readonly options: OutcomesOptions
  readonly kpis: KpisOption
  readonly storeKind: string
  readonly store: PredictionStore
  readonly hash: IdHash
  readonly clock: Clock
  readonly falseAlarms: FalseAlarmBudget
  readonly evaluationIntervalMs: number
  /** The values of the labels `model` and `version`; `undefined` when there is no room for another model. */
  readonly modelLabel: (model: string, version: string) => ModelName | undefined
  /** The baseline's performance of the output, and the mean of its true values. */
  readonly baselineOf?: (
    name: ModelName,
    output: string,
  ) => { readonly reference?: Reference; readonly center?: number }
  /** Called for every joined label. */
  readonly onJoined?: (name: ModelName, delaySeconds: number) => void
}

interface ModelOutcomes extends ModelName {
  named: number
  joined: number
  lastLabelEpochMs: number | undefined
  readonly results: Record<OutcomeResult, number>
}

/** The immediate result of an outcome; `waiting` is decided later. */
export type Answer = OutcomeResult | 'waiting'

export class Outcomes {
  readonly results = zeroCounts(OUTCOME_RESULTS)
  readonly #unjoinable = zeroCounts(UNJOINABLE_REASONS)
  readonly #given: OutcomesDependencies
  readonly #idSource: ReturnType<typeof parseIdSource>
  readonly #predictionOutputs: PredictionOutputs
  readonly #outputs = new Map<string, OutputOutcomes>()
  readonly #models = new Map<string, ModelOutcomes>()
  #lastModel: ModelOutcomes | undefined
  readonly #early: EarlyOutcomes<LabelOutcome>
  readonly #earlyFigures: EarlyOutcomes<FigureOutcome>
  #figures = 0
  /** Epoch milliseconds of the latest kept call. */
  #lastKeptMs = Number.NEGATIVE_INFINITY
  readonly #kpis: Kpis
  readonly #hash = new Uint32Array(HASH_WORDS)

  constructor(given: OutcomesDependencies) {
    const { options, kpis } = given
    this.#given = given
    this.#idSource = options.id === undefined ? undefined : parseIdSource(options.id)
    this.#predictionOutputs = new PredictionOutputs(options.outputs)
    this.#early = new EarlyOutcomes(options.wait)
    this.#earlyFigures = new EarlyOutcomes(options.wait)
    this.#kpis = new Kpis(kpis, options.windows)
  }

  /** HOT: a successful prediction; the batch has no rows when only business figures can refer to it. Never throws. */
  onPrediction({ model, version }: ModelName, protocol: string, call: Call, batch: RecordBatch): void {
    const name = namePrediction(call, protocol, batch, this.#idSource)
    this.#put({ model, version }, name, { batch, timeMs: this.#given.clock.epochMs() })
  }

  /**
   * For a successful call with rows that become known later: call the returned function then. An outcome that arrives
   * earlier waits until that time.
   */
  keepPrediction(protocol: string, call: Call): (name: ModelName, batch: RecordBatch) => void {
    const kept = keepName(call, protocol, this.#idSource)
    const timeMs = this.#given.clock.epochMs()
    this.#lastKeptMs = timeMs
    return (name, batch) => this.#put(name, nameKept(kept, batch), { batch, timeMs })
  }

  #put(
    { model, version }: ModelName,
    name: PredictionName,
    { batch, timeMs }: { readonly batch: RecordBatch; readonly timeMs: number },
  ): void {
    const { store, hash } = this.#given
    const rows = Math.max(batch.rows, 1)
    if ('problem' in name) {
      this.#unjoinable[name.problem] += rows
      return
    }
    const own = this.#modelOf({ model, version })
    for (let row = 0; row < rows; row += 1) {
      const id = idOfRow(name, row, rows)
      if (id === undefined) this.#unjoinable.no_id += 1
      else if (hash.isSampled(id)) {
        const outputs = batch.rows === 0 ? [] : this.#predictionOutputs.of(batch.predictions, row)
        if (outputs.length === 0 && batch.rows > 0) this.#unjoinable.no_output += 1
        own.named += 1
        hash.write(id, this.#hash)
        store.put(this.#hash, { model, version, timeMs, outputs })
      }
    }
  }

  /** Rows that carry their labels. */
  onLabelledRows({ model, version }: ModelName, batch: RecordBatch): void {
    for (const [row, truth] of batch.truths.entries()) {
      const outputs = this.#predictionOutputs.of(batch.predictions, row)
      const labels = truthsOf(truth)
      if (labels === undefined || outputs.length === 0) this.#result('invalid')
      else {
        this.#modelOf({ model, version }).lastLabelEpochMs = this.#given.clock.epochMs()
        this.#compare({ model, version }, outputs, labels, 'self_contained')
      }
    }
  }

  /** One answer for each outcome, in order. Never rejects. */
  async accept(outcomes: readonly Outcome[]): Promise<readonly Answer[]> {
    const answers: Answer[] = Array.from({ length: outcomes.length }, () => 'invalid')
    const labels: { readonly outcome: LabelOutcome; readonly place: number }[] = []
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.kind === 'self_contained') answers[place] = this.#selfContained(outcome)
      else if (outcome.kind === 'figure') answers[place] = await this.#figure(outcome)
      else if (!this.#given.hash.isSampled(outcome.id)) answers[place] = this.#result('not_sampled')
      else if (this.#isTooOld(outcome)) answers[place] = this.#result('too_old')
      else if (this.#early.has(outcome.id)) {
        // Its prediction is not known yet; a later label replaces the waiting one.
        this.#early.add(outcome.id, outcome, this.#given.clock.epochMs())
        answers[place] = this.#result('replaced')
      } else labels.push({ outcome, place })
    }
    const attached = await this.#attach(labels.map(({ outcome }) => outcome))
    const nowMs = this.#given.clock.epochMs()
    for (const [index, { outcome, place }] of labels.entries()) {
      const attachment = attached[index] ?? 'failed'
      const waits = attachment === 'unknown' && this.#early.add(outcome.id, outcome, nowMs)
      answers[place] = waits ? 'waiting' : this.#attached(attachment)
    }
    return answers
  }

  /** Counts a line that is not an outcome. */
  refuse(): void {
    this.#result('invalid')
  }

  /** Counts settled labels, retries early outcomes, and drops expired ones. Never rejects. */
  async tick(): Promise<void> {
    const { store, clock } = this.#given
    const nowMs = clock.epochMs()
    await store.tick(nowMs)
    for (const late of store.takeLate?.() ?? []) this.#attached(late)
    await this.#retry(nowMs)
    for (const joined of await store.settled(nowMs)) this.#count(joined)
  }

  /** @param final decide tasks now, even with few labels */
  snapshot(final = false): OutcomesSnapshot {
    const { store, clock, storeKind } = this.#given
    const nowMs = clock.epochMs()
    const stats = store.stats()
    const unjoinable = { ...this.#unjoinable }
    for (const reason of UNJOINABLE_REASONS) unjoinable[reason] += stats.dropped[reason] ?? 0
    return {
      results: { ...this.results },
      unjoinable,
      store: {
        kind: storeKind,
        up: stats.up,
        pending: stats.pending,
        spoolBytes: stats.spoolBytes,
        waitingLabels: this.#early.size + this.#earlyFigures.size,
      },
      models: [...this.#models.values()].map((model): OutcomeModelSnapshot => ({ ...model })),
      outputs: [...this.#outputs.values()].flatMap((output) => output.evaluate(nowMs, final) ?? []),
      kpis: this.#kpis.snapshot(nowMs),
    }
  }

  /** Names of the counted figures. */
  get kpiNames(): readonly string[] {
    return this.#kpis.names
  }

  async close(): Promise<void> {
    await this.tick()
    await this.#given.store.close()
  }

  #isTooOld({ timeMs }: Outcome): boolean {
    return timeMs !== undefined && timeMs < this.#given.clock.epochMs() - this.#given.options.horizon
  }

  async #attach(outcomes: readonly LabelOutcome[]): Promise<readonly Attachment[]> {
    if (outcomes.length === 0) return []
    const { store, hash, clock } = this.#given
    const nowMs = clock.epochMs()
    const hashed = outcomes.map(({ id, labels, timeMs }): HashedLabel => ({
      hash: hash.of(id),
      labels,
      timeMs: timeMs ?? nowMs,
    }))
    return store.attach(hashed, nowMs)
  }

  #attached(attachment: Attachment): Answer {
    switch (attachment) {
      case 'held':
        // It is counted when it has settled, perhaps by another replica.
        return 'joined'
      case 'kept':
        return 'waiting'
      case 'failed':
        return this.#result('store_failed')
      case 'replaced':
      case 'duplicate':
      case 'unknown':
        return this.#result(attachment)
    }
  }

  async #retry(nowMs: number): Promise<void> {
    // A prediction of a route that is still being learned is not in the store yet.
    const isLearning = nowMs < this.#lastKeptMs + LONGEST_KEPT_MS && this.#given.options.wait > 0
    const isOver = ({ untilMs }: { readonly untilMs: number }): boolean => !isLearning && untilMs <= nowMs
    const labels = this.#early.take()
    const attached = await this.#attach(labels.map(({ entry }) => entry))
    for (const [index, early] of labels.entries()) {
      const attachment = attached[index] ?? 'failed'
      if (attachment === 'unknown' && !isOver(early)) this.#early.putBack(early)
      else this.#attached(attachment)
    }
    for (const early of this.#earlyFigures.take()) {
      const prediction = await this.#predictionOf(early.entry)
      if (prediction !== undefined) this.#countFigure(early.entry, prediction, nowMs)
      else if (!isOver(early)) this.#earlyFigures.putBack(early)
      else this.#result('unknown')
    }
  }

  #count({ prediction, labels, labelTimeMs }: JoinedPrediction): void {
    const { clock, onJoined } = this.#given
    const name = { model: prediction.model, version: prediction.version }
    const own = this.#modelOf(name)
    own.joined += 1
    own.lastLabelEpochMs = clock.epochMs()
    onJoined?.(name, Math.max(0, (labelTimeMs - prediction.timeMs) / 1000))
    this.#compare(name, prediction.outputs, labels, 'joined')
  }

  #selfContained({ model, version, predictions, labels }: SelfContainedOutcome): Answer {
    const name = this.#given.modelLabel(model, version)
    if (name === undefined) return this.#result('model_limit')
    const own = this.#modelOf(name)
    own.lastLabelEpochMs = this.#given.clock.epochMs()
    const outputs = predictions.map((prediction, place) => ({
      ...prediction,
      output: prediction.output ?? (predictions.length === 1 ? 'prediction' : `prediction_${place}`),
    }))
    return this.#compare(name, outputs, labels, 'self_contained')
  }

  /** One result for the whole outcome: the worst of its outputs. */
  #compare(
    name: ModelName,
    outputs: readonly (OutputPrediction & { readonly output: string })[],
    labels: readonly OutputTruth[],
    good: 'joined' | 'self_contained',
  ): OutcomeResult {
    const pairs = labels.map((label) => ({ label, prediction: matching(outputs, labels, label) }))
    const own = this.#modelOf(name)
    if (pairs.some(({ prediction }) => prediction === undefined)) {
      own.results.unknown_output += 1
      return this.#result('unknown_output')
    }
    let isCounted = false
    for (const { label, prediction } of pairs) {
      if (prediction === undefined) continue
      const output = this.#output(name, prediction.output)
      if (output === undefined) return this.#result('model_limit')
      output.add({ prediction, actual: label.value, timeMs: 0 }, this.#given.clock.epochMs(), (counted) => {
        // Once for each outcome, whatever its outputs.
        if (isCounted) return
        isCounted = true
        own.results[counted === 'counted' ? good : 'wrong_type'] += 1
        this.#result(counted === 'counted' ? good : 'wrong_type')
      })
    }
    return good
  }

  async #figure(outcome: FigureOutcome): Promise<Answer> {
    const { hash, clock, modelLabel } = this.#given
    if (!this.#kpis.knows(outcome.kpi)) return this.#result('invalid')
    const nowMs = clock.epochMs()
    if (outcome.id === undefined) {
      const name = modelLabel(outcome.model, outcome.version)
      if (name === undefined) return this.#result('model_limit')
      this.#kpis.add({ ...name, kpi: outcome.kpi, predicted: '', value: outcome.value }, nowMs)
      return this.#result('figure')
    }
    if (!hash.isSampled(outcome.id)) return this.#result('not_sampled')
    const prediction = await this.#predictionOf(outcome)
    if (prediction !== undefined) return this.#countFigure(outcome, prediction, nowMs)
    this.#figures += 1
    // Each figure counts, so none replaces another.
    return this.#earlyFigures.add(String(this.#figures), outcome, nowMs) ? 'waiting' : this.#result('unknown')
  }

  #predictionOf({ id }: FigureOutcome): Promise<WaitingPrediction | undefined> {
    return id === undefined ? Promise.resolve(undefined) : this.#given.store.find(this.#given.hash.of(id))
  }

  #countFigure(
    { kpi, value }: FigureOutcome,
    { model, version, outputs }: WaitingPrediction,
    nowMs: number,
  ): OutcomeResult {
    const [first] = outputs
    // Numbers are not classes, and each would create a series.
    const predicted = first === undefined || typeof first.value === 'number' ? '' : String(first.value)
    this.#kpis.add({ model, version, kpi, predicted, value }, nowMs)
    return this.#result('figure')
  }

  #result(result: OutcomeResult): OutcomeResult {
    this.results[result] += 1
    return result
  }

  #modelOf({ model, version }: ModelName): ModelOutcomes {
    // Usually the same as for the previous prediction.
    const last = this.#lastModel
    if (last?.model === model && last.version === version) return last
    return (this.#lastModel = this.#findModel({ model, version }))
  }

  #findModel({ model, version }: ModelName): ModelOutcomes {
    const key = `${model}\n${version}`
    const known = this.#models.get(key)
    if (known !== undefined) return known
    const made: ModelOutcomes = {
      model,
      version,
      named: 0,
      joined: 0,
      lastLabelEpochMs: undefined,
      results: zeroCounts(OUTCOME_RESULTS),
    }
    this.#models.set(key, made)
    return made
  }

  #output(name: ModelName, output: string): OutputOutcomes | undefined {
    const key = JSON.stringify([name.model, name.version, output])
    const known = this.#outputs.get(key)
    if (known !== undefined) return known
    if (this.#outputs.size >= MAX_OUTPUTS) return undefined
    const { options, falseAlarms, evaluationIntervalMs, baselineOf } = this.#given
    const { reference, center = 0 } = baselineOf?.(name, output) ?? {}
    const made = new OutputOutcomes({
      ...name,
      output,
      options,
      falseAlarms,
      evaluationIntervalMs,
      reference,
      center,
    })
    this.#outputs.set(key, made)
    return made
  }
}

function truthsOf(truth: unknown): readonly OutputTruth[] | undefined {
  if (isTruth(truth)) return [{ output: undefined, value: truth }]
  if (typeof truth !== 'object' || truth === null || Array.isArray(truth)) return undefined
  const labels = Object.entries(truth).flatMap(([output, value]) =>
    isTruth(value) ? [{ output, value }] : [],
  )
  return labels.length === 0 ? undefined : labels
}

/** The prediction that a label refers to: by name, by position (`#1`), or the only one. */
function matching<Output extends OutputPrediction & { readonly output: string }>(
  outputs: readonly Output[],
  labels: readonly OutputTruth[],
  { output }: OutputTruth,
): Output | undefined {
  if (output === undefined) return outputs.length === 1 ? outputs[0] : undefined
  const place = /^#(\d+)$/.exec(output)?.[1]
  const named = outputs.find((candidate) => candidate.output === output)
  if (named !== undefined) return named
  if (place !== undefined) return outputs[Number(place)]
  // One label for a single output: names need not match.
  return outputs.length === 1 && labels.length === 1 ? outputs[0] : undefined
}
