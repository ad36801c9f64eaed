/**
 * Feedback in the form of Seldon Core 1: {"request": {…}, "response": {…}, "reward": 1, "truth": {…}}. It includes the
 * response, so a truth needs no join; the reward is a figure called `reward`.
 */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { Outcome, OutputPrediction, OutputTruth, Truth } from './outcome.ts'
import { isTruth } from './truth.ts'

export function isSeldonFeedback(value: JsonObject): boolean {
  return ('truth' in value || 'reward' in value) && ('response' in value || 'request' in value)
}

export function parseSeldonFeedback(
  { response, reward, truth }: JsonObject,
  named: { readonly model: string; readonly version: string } = { model: '', version: '' },
): { readonly outcomes: readonly Outcome[] } | { readonly problem: string } {
  const common = { ...named, timeMs: undefined }
  const id = puidOf(response)
  const truths = rowsOf(truth)
  const predicted = rowsOf(response)
  const outcomes: Outcome[] = []
  if (typeof reward === 'number' && Number.isFinite(reward)) {
    outcomes.push({ kind: 'figure', id, kpi: 'reward', value: reward, ...common })
  }
  if (truths.length > 0 && predicted.length > 0) {
    if (truths.length !== predicted.length) {
      return { problem: `the truth has ${truths.length} rows and the response ${predicted.length}` }
    }
    for (const [row, labels] of truths.entries()) {
      const prediction = predictionsOf(predicted[row] ?? [], labels.length)
      if (prediction !== undefined) {
        outcomes.push({
          kind: 'self_contained',
          predictions: prediction,
          labels: truthsOf(labels),
          ...common,
        })
      }
    }
  } else if (truths.length > 0 && id !== undefined) {
    for (const [row, labels] of truths.entries()) {
      const rowName = truths.length === 1 ? id : `${id}#${row}`
      outcomes.push({ kind: 'label', id: rowName, labels: truthsOf(labels), ...common })
    }
  }
  return outcomes.length === 0
    ? { problem: 'it has neither a truth with a response or a puid, nor a reward' }
    : { outcomes }
}

function puidOf(message: unknown): string | undefined {
  const meta = isObject(message) ? message['meta'] : undefined
  const puid = isObject(meta) ? meta['puid'] : undefined
  return typeof puid === 'string' && puid !== '' ? puid : undefined
}

/** The rows of a SeldonMessage's data, each of scalars. */
function rowsOf(message: unknown): (readonly Truth[])[] {
  const data = isObject(message) ? message['data'] : undefined
  if (!isObject(data)) return []
  const { ndarray, tensor } = data
  const values = Array.isArray(ndarray) ? ndarray : rowsOfTensor(tensor)
  return values.flatMap((row: unknown) => {
    const cells = Array.isArray(row) ? row : [row]
    return cells.length > 0 && cells.every(isTruth) ? [cells] : []
  })
}

function rowsOfTensor(tensor: unknown): readonly unknown[] {
  if (!isObject(tensor) || !Array.isArray(tensor['values']) || !Array.isArray(tensor['shape'])) return []
  const { values, shape } = tensor as { values: readonly unknown[]; shape: readonly unknown[] }
  const width = shape.length < 2 ? 1 : Math.max(1, Number(shape[1]))
  return Array.from({ length: Math.ceil(values.length / width) }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  )
}

/** One prediction, or one for each label; a distribution over classes counts as its most likely class. */
function predictionsOf(cells: readonly Truth[], labels: number): readonly OutputPrediction[] | undefined {
  if (cells.length === labels) {
    return cells.map((value, place) => ({
      output: cells.length === 1 ? undefined : `#${place}`,
      value,
      score: undefined,
    }))
  }
  if (labels !== 1 || !cells.every((cell) => typeof cell === 'number')) return undefined
  const best = cells.indexOf(Math.max(...cells))
  const score = cells.length === 2 ? cells[1] : cells[best]
  return [{ output: undefined, value: best, score }]
}

function truthsOf(cells: readonly Truth[]): readonly OutputTruth[] {
  return cells.map((value, place) => ({ output: cells.length === 1 ? undefined : `#${place}`, value }))
}
