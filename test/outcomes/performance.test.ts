/** Every metric against scikit-learn on the same rows, through the same door that a label comes in by. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SelfContainedOutcome } from '../../src/outcomes/outcome.ts'
import type { OutputSnapshot } from '../../src/outcomes/snapshot.ts'
import { makeOutcomes } from './make-outcomes.ts'

interface Case {
  readonly name: string
  readonly kind: 'classes' | 'numbers'
  readonly predicted: readonly (string | number)[]
  readonly actual: readonly (string | number)[]
  readonly scores?: readonly number[] | null
  readonly expected: Readonly<Record<string, number>>
  readonly classes?: Readonly<Record<string, Readonly<Record<'precision' | 'recall' | 'f1', number>>>>
  readonly cells?: Readonly<Record<string, number>>
}

const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/outcomes/performance.json'), 'utf8'),
) as { readonly cases: readonly Case[] }

async function outputOf({ predicted, actual, scores }: Case): Promise<OutputSnapshot> {
  const { outcomes } = makeOutcomes({ minSamples: 10 })
  const rows = predicted.map((value, row): SelfContainedOutcome => ({
    kind: 'self_contained',
    model: 'm',
    version: '1',
    timeMs: undefined,
    predictions: [{ output: undefined, value, score: scores?.[row] }],
    labels: [{ output: undefined, value: actual[row] as string | number }],
  }))
  await outcomes.accept(rows)
  const [output] = outcomes.snapshot(true).outputs
  if (output === undefined) throw new Error('no output')
  return output
}

describe.each(cases)('$name', (of) => {
  test('has the metrics of scikit-learn', async () => {
    const output = await outputOf(of)
    const metrics = Object.fromEntries(
      (output.windows[0]?.metrics ?? []).map(({ metric, value }) => [metric, value]),
    )
    for (const [metric, value] of Object.entries(of.expected)) {
      // Where the truth is far from 0, the reference loses digits of its own.
      expect(metrics[metric], metric).toBeCloseTo(value, 9)
    }
  })

  test('has counters from which the same follows', async () => {
    const output = await outputOf(of)
    const { expected } = of
    if (output.task === 'regression') {
      const {
        over,
        under,
        absolute,
        squared,
        relative,
        relativeObservations,
        truthAbove,
        truthBelow,
        squaredTruth,
      } = output.errors
      const n = output.observations
      expect(absolute / n).toBeCloseTo(expected['mae'] as number, 9)
      expect(Math.sqrt(squared / n)).toBeCloseTo(expected['rmse'] as number, 9)
      expect((over - under) / n).toBeCloseTo(expected['bias'] as number, 9)
      expect(relative / relativeObservations).toBeCloseTo(expected['mape'] as number, 9)
      const spread = squaredTruth - (truthAbove - truthBelow) ** 2 / n
      // Without a centre from a baseline the squares of numbers around a million lose six digits.
      expect(1 - squared / spread).toBeCloseTo(expected['r2'] as number, of.name.includes('far') ? 2 : 9)
      return
    }
    const { scores } = output
    if (scores === undefined) return
    const positives = scores.bins.reduce((sum, bin) => sum + bin.positives, 0)
    const negatives = scores.bins.reduce((sum, bin) => sum + bin.negatives, 0)
    const area = scores.bins.reduce((sum, bin) => sum + bin.positives * bin.negativesBelow, 0)
    const bound =
      scores.bins.reduce((sum, bin) => sum + bin.positives * bin.negatives, 0) / (2 * positives * negatives)
    expect(Math.abs(area / (positives * negatives) - (expected['roc_auc'] as number))).toBeLessThanOrEqual(
      bound + 1e-12,
    )
    expect(scores.logLoss / scores.observations).toBeCloseTo(expected['log_loss'] as number, 9)
    expect(scores.squaredError / scores.observations).toBeCloseTo(expected['brier'] as number, 12)
  })
})

test.each(cases.filter(({ kind }) => kind === 'classes'))(
  '$name has the classes and the confusion matrix of scikit-learn',
  async (of) => {
    const output = await outputOf(of)
    if (output.task !== 'classification') throw new Error('no classification')
    const classes = Object.fromEntries(
      (output.windows[0]?.classes ?? []).map(({ name, ...rest }) => [name, rest]),
    )
    for (const [name, expected] of Object.entries(of.classes ?? {})) {
      for (const metric of ['precision', 'recall', 'f1'] as const)
        expect(classes[name]?.[metric], `${metric} of ${name}`).toBeCloseTo(expected[metric], 12)
    }
    const cells = Object.fromEntries(
      output.cells
        .filter(({ count }) => count > 0)
        .map(({ predicted, actual, count }) => [`${actual}>${predicted}`, count]),
    )
    expect(cells).toEqual(Object.fromEntries(Object.entries(of.cells ?? {}).filter(([, count]) => count > 0)))
  },
)

test('calibration of more than two classes is that of the predicted class', async () => {
  const names = ['a', 'b', 'c'] as const
  const rows = Array.from({ length: 600 }, (_, row) => ({
    predicted: names[row % 3] as string,
    actual: names[(row % 10 < 7 ? row : row + 1) % 3] as string,
  }))
  const output = await outputOf({
    ...{ name: 'three', kind: 'classes', expected: {}, scores: rows.map(() => 0.9) },
    predicted: rows.map(({ predicted }) => predicted),
    actual: rows.map(({ actual }) => actual),
  })
  const metrics = new Map(output.windows[0]?.metrics.map(({ metric, value }) => [metric, value]))
  expect(metrics.get('accuracy')).toBeCloseTo(0.7, 9)
  // Sure to 90 %, right in 70 %.
  expect(metrics.get('ece')).toBeCloseTo(0.2, 9)
  for (const name of ['roc_auc', 'log_loss', 'brier'] as const) expect(metrics.has(name)).toBe(false)
})
