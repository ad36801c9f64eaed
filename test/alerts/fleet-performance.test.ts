/** The shipped rules on the counters of two replicas give scikit-learn's figures of the pooled rows. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { buildBoard } from '../../grafana/board.ts'
import { outcomesBoard } from '../../grafana/boards/outcomes.ts'
import { interpolate } from '../../scripts/boards/interpolate.ts'
import type { SelfContainedOutcome } from '../../src/outcomes/outcome.ts'
import type { ClassificationSnapshot } from '../../src/outcomes/snapshot.ts'
import { makeOutcomes } from '../outcomes/make-outcomes.ts'

const root = resolve(import.meta.dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'modeltap-fleet-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Of scikit-learn 1.9.1 on reference.csv and its labels, `late` being the positive class. */
const SCIKIT_LEARN = {
  accuracy: 0.7915,
  f1: 0.43213799364502953,
  auc: 0.7744606818132551,
  logLoss: 0.4674804637322634,
  brier: 0.1503865605806295,
}

function read(name: string): string[][] {
  const text = readFileSync(join(root, 'examples/flight-delay', `${name}.csv`), 'utf8')
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
}

/** What a replica counts of every second flight. */
async function replica(which: 0 | 1): Promise<ClassificationSnapshot> {
  const truths = read('reference-labels').map(([label = '']) => label)
  const rows = read('reference').map((cells, row): SelfContainedOutcome => {
    const [value = '', score = ''] = cells.slice(-2)
    return {
      ...{ kind: 'self_contained', model: 'm', version: '1', timeMs: undefined },
      predictions: [{ output: 'label', value, score: Number(score) }],
      labels: [{ output: 'label', value: truths[row] ?? '' }],
    }
  })
  const { outcomes } = makeOutcomes()
  await outcomes.accept(rows.filter((_, row) => row % 2 === which))
  const [output] = outcomes.snapshot(true).outputs
  if (output?.task !== 'classification') throw new Error('no classes')
  return output
}

/** Counters that rise by the same in every minute, so that `increase` is exact. */
function seriesOf(instance: string, { cells, scores }: ClassificationSnapshot) {
  if (scores === undefined) throw new Error('no scores')
  const series = (name: string, value: number, labels = '') => ({
    series: `${name}{job="modeltap", instance="${instance}", model="m", version="1", output="label"${labels}}`,
    values: `0+${value}x1500`,
  })
  return [
    ...cells.map(({ predicted, actual, count }) =>
      series(
        'modeltap_outcome_predictions_total',
        count,
        `, predicted="${predicted}", actual="${actual}", correct="${predicted === actual}"`,
      ),
    ),
    ...scores.bins.flatMap(({ bin, positives, negatives, positivesBelow, negativesBelow }) => [
      series('modeltap_outcome_score_bins_total', positives, `, bin="${bin}", actual="positive"`),
      series('modeltap_outcome_score_bins_total', negatives, `, bin="${bin}", actual="negative"`),
      series('modeltap_outcome_score_positives_below_total', positivesBelow, `, bin="${bin}"`),
      series('modeltap_outcome_score_negatives_below_total', negativesBelow, `, bin="${bin}"`),
    ]),
    series('modeltap_outcome_log_loss_total', scores.logLoss),
    series('modeltap_outcome_squared_score_error_total', scores.squaredError),
    series('modeltap_outcome_scored_predictions_total', scores.observations),
  ]
}

/** The queries of the board's ROC curve, as Grafana asks them: false positive rate, true positive rate. */
function rocQueries(): string[] {
  const board = buildBoard(outcomesBoard)
  const panel = (board.panels ?? []).find(({ title }) => title === 'ROC curve') as Panel | undefined
  const asked = { selection: {}, rateIntervalSeconds: 60, range: { from: 0, to: 90_000 } }
  return ((panel?.targets ?? []) as Dataquery[]).map(({ expr }) => interpolate(expr, board, asked))
}

/** Share of the flights that were (not) late with a score above the threshold, from the rows themselves. */
function shareAbove(threshold: number, isLate: boolean): number {
  const truths = read('reference-labels').map(([label = '']) => label)
  const scores = read('reference')
    .map((cells) => Number(cells.at(-1)))
    .filter((_, row) => (truths[row] === 'late') === isLate)
  return scores.filter((score) => score > threshold).length / scores.length
}

test('accuracy, F1, log loss and Brier to 1e-6, AUC within the bound of its bins, the ROC curve of the rows', async () => {
  const replicas = [await replica(0), await replica(1)]
  const bins = replicas.map(({ scores }) => scores?.bins ?? [])
  const pooled = bins[0]?.map((bin, index) => ({
    positives: bin.positives + (bins[1]?.[index]?.positives ?? 0),
    negatives: bin.negatives + (bins[1]?.[index]?.negatives ?? 0),
  }))
  const sum = (of: (bin: { positives: number; negatives: number }) => number): number =>
    (pooled ?? []).reduce((total, bin) => total + of(bin), 0)
  const bound =
    sum(({ positives, negatives }) => positives * negatives) /
    (2 * sum(({ positives }) => positives) * sum(({ negatives }) => negatives))
  expect(bound).toBeLessThan(0.05)
  const within = (expression: string, value: number, tolerance: number) => ({
    expr: `sum(abs(${expression} - ${value}) < bool ${tolerance})`,
    eval_time: '1500m',
    exp_samples: [{ labels: '{}', value: 1 }],
  })
  const [across = '', up = ''] = rocQueries()
  const roc = ['0', '0.05', '0.2', '0.5', '0.8', '1'].flatMap((bin) => {
    const at = (query: string): string =>
      `((${query}) and on (bin) label_replace(vector(1), "bin", "${bin}", "", ""))`
    return [
      within(at(across), shareAbove(Number(bin), false), 1e-9),
      within(at(up), shareAbove(Number(bin), true), 1e-9),
    ]
  })
  const file = join(directory, 'fleet.yaml')
  const rules = ['settings', 'resolved-settings', 'outcomes'].map((name) =>
    join(root, `alerts/rules/${name}.yaml`),
  )
  const test = {
    interval: '1m',
    input_series: replicas.flatMap((one, index) => seriesOf(`pod-${index}:9464`, one)),
    promql_expr_test: [
      within('output:modeltap_accuracy:ratio_increase1d', SCIKIT_LEARN.accuracy, 1e-6),
      within('class:modeltap_f1:ratio_increase1d{class="late"}', SCIKIT_LEARN.f1, 1e-6),
      within('output:modeltap_log_loss:mean_increase1d', SCIKIT_LEARN.logLoss, 1e-6),
      within('output:modeltap_brier:mean_increase1d', SCIKIT_LEARN.brier, 1e-6),
      within('output:modeltap_roc_auc:ratio_increase1d', SCIKIT_LEARN.auc, bound),
      ...roc,
    ],
  }
  writeFileSync(file, stringify({ rule_files: rules, evaluation_interval: '15m', tests: [test] }))
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
  expect(`${stdout}${stderr}`).toContain('SUCCESS')
  expect(status).toBe(0)
})
