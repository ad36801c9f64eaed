/** Parses one line into outcomes, or returns the problem. docs/outcomes.md lists the forms. */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { isGroundTruthLine, parseGroundTruth } from './ground-truth-line.ts'
import { LONGEST_ID } from './id-hash.ts'
import type { Outcome, OutputPrediction, OutputTruth } from './outcome.ts'
import { isSeldonFeedback, parseSeldonFeedback } from './seldon-feedback.ts'
import { isTruth, readTime, rowId } from './truth.ts'

export type ParsedOutcome = { readonly outcomes: readonly Outcome[] } | { readonly problem: string }

const KEYS = new Set([
  'id',
  'row',
  'label',
  'labels',
  'value',
  'kpi',
  'prediction',
  'predictions',
  'score',
  'scores',
  'time',
  'model',
  'version',
  'features',
])
/** Maximum labels of one outcome, for its outputs or its rows. */
const MOST_LABELS = 10_000

export function parseOutcome(value: unknown): ParsedOutcome {
  if (!isObject(value)) return { problem: 'it is not a JSON object' }
  if (isGroundTruthLine(value)) return parseGroundTruth(value)
  if (isSeldonFeedback(value)) return parseSeldonFeedback(value)
  const unknown = Object.keys(value).find((key) => !KEYS.has(key))
  if (unknown !== undefined) {
    return { problem: `"${shortened(unknown)}" is not a key of an outcome; allowed: ${[...KEYS].join(', ')}` }
  }
  const common = readCommon(value)
  if ('problem' in common) return common
  if (value['kpi'] !== undefined) return parseFigure(value, common)
  const labels = readTruths(value, 'label', 'labels')
  if ('problem' in labels) return labels
  if (labels.truths.length === 0) return { problem: 'it has neither "label", "labels" nor "kpi"' }
  if (value['prediction'] !== undefined || value['predictions'] !== undefined) {
    return parseSelfContained(value, labels.truths, common)
  }
  return parseLabel(value, labels, common)
}

interface Common {
  readonly model: string
  readonly version: string
  readonly timeMs: number | undefined
}

function readCommon({ model, version, time }: JsonObject): Common | { readonly problem: string } {
  const timeMs = time === undefined || time === null ? undefined : readTime(time)
  if (Number.isNaN(timeMs)) {
    return { problem: `"time" is ${shown(time)}; allowed: ISO 8601, or seconds or milliseconds since 1970` }
  }
  const named = [model, version].map((name) => (typeof name === 'number' ? String(name) : (name ?? '')))
  if (named.some((name) => typeof name !== 'string')) return { problem: '"model" and "version" are texts' }
  const [modelName, versionName] = named as [string, string]
  return { model: modelName, version: versionName, timeMs }
}

function parseLabel(
  value: JsonObject,
  { truths, isRows }: { readonly truths: readonly OutputTruth[]; readonly isRows: boolean },
  common: Common,
): ParsedOutcome {
  const id = readId(value)
  if ('problem' in id) return id
  if (id.id === undefined) return { problem: 'it has no "id", and no "prediction" that needs none' }
  if (!isRows) return { outcomes: [{ kind: 'label', id: id.id, labels: truths, ...common }] }
  return {
    outcomes: truths.map((truth, row) => ({
      kind: 'label',
      id: rowId(id.id as string, row),
      labels: [truth],
      ...common,
    })),
  }
}

function parseSelfContained(
  value: JsonObject,
  labels: readonly OutputTruth[],
  common: Common,
): ParsedOutcome {
  const read = readTruths(value, 'prediction', 'predictions')
  if ('problem' in read) return read
  const scores = isObject(value['scores']) ? value['scores'] : {}
  const predictions: OutputPrediction[] = []
  for (const { output, value: prediction } of read.truths) {
    const score = (output === undefined ? undefined : scores[output]) ?? value['score']
    if (score !== undefined && score !== null && typeof score !== 'number') {
      return { problem: `"score" is ${shown(score)}; allowed: a number` }
    }
    predictions.push({ output, value: prediction, score: score ?? undefined })
  }
  if (predictions.length === 0) return { problem: '"prediction" is empty' }
  if (!read.isRows) return { outcomes: [{ kind: 'self_contained', predictions, labels, ...common }] }
  if (predictions.length !== labels.length) {
    return { problem: `it has ${predictions.length} predictions and ${labels.length} labels` }
  }
  return {
    outcomes: predictions.map((prediction, row) => ({
      kind: 'self_contained',
      predictions: [prediction],
      labels: [labels[row] as OutputTruth],
      ...common,
    })),
  }
}

function parseFigure(value: JsonObject, common: Common): ParsedOutcome {
  const id = readId(value)
  if ('problem' in id) return id
  const { kpi, value: figure } = value
  const number = typeof figure === 'string' && figure.trim() !== '' ? Number(figure) : figure
  if (typeof kpi !== 'string' || kpi === '')
    return { problem: `"kpi" is ${shown(kpi)}; allowed: the name of a figure` }
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return { problem: `"value" is ${shown(figure)}; allowed: a number` }
  }
  return { outcomes: [{ kind: 'figure', id: id.id, kpi, value: number, ...common }] }
}

function readId({ id, row }: JsonObject): { readonly id: string | undefined } | { readonly problem: string } {
  if (id === undefined || id === null || id === '') return { id: undefined }
  if (typeof id !== 'string' && typeof id !== 'number')
    return { problem: `"id" is ${shown(id)}; allowed: a text or a number` }
  const text = String(id)
  if (text.length > LONGEST_ID)
    return { problem: `"id" has ${text.length} characters; allowed: at most ${LONGEST_ID}` }
  if (row === undefined || row === null || row === '') return { id: text }
  const number = Number(row)
  if (!Number.isInteger(number) || number < 0)
    return { problem: `"row" is ${shown(row)}; allowed: 0, 1, 2 …` }
  return { id: rowId(text, number) }
}

interface Truths {
  readonly truths: readonly OutputTruth[]
  /** One for each row of a batch, instead of one for each output. */
  readonly isRows: boolean
}

function readTruths(value: JsonObject, one: string, many: string): Truths | { readonly problem: string } {
  const [single, several] = [value[one], value[many]]
  if (single !== undefined && several !== undefined)
    return { problem: `it has "${one}" and "${many}"; allowed: one of them` }
  const given = single ?? several
  if (given === undefined || given === null) return { truths: [], isRows: false }
  const key = single === undefined ? many : one
  if (isTruth(given)) return { truths: [{ output: undefined, value: given }], isRows: false }
  const entries: [string | undefined, unknown][] = Array.isArray(given)
    ? given.map((entry: unknown) => [undefined, entry])
    : isObject(given)
      ? Object.entries(given)
      : [[undefined, given]]
  if (entries.length > MOST_LABELS)
    return { problem: `"${key}" has ${entries.length} entries; allowed: at most ${MOST_LABELS}` }
  const truths: OutputTruth[] = []
  for (const [output, entry] of entries) {
    if (!isTruth(entry)) {
      return { problem: `"${key}" is ${shown(entry)}; allowed: a text, a finite number, true or false` }
    }
    truths.push({ output, value: entry })
  }
  return { truths, isRows: Array.isArray(given) }
}

/** Describes a value without revealing it. */
function shown(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return value === '' ? 'empty' : `a text of ${value.length} characters`
  return String(value)
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
