/** `baseline build --label-column`: the file holds scikit-learn's figures of its rows, and they are the reference of live labels. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadBaseline } from '../../src/baseline/load.ts'
import { runModeltap } from '../support/modeltap.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/flight-delay')
const directory = mkdtempSync(join(tmpdir(), 'modeltap-performance-'))
const output = join(directory, 'baseline.json')
afterAll(() => rmSync(directory, { recursive: true }))

const build = (...labels: string[]) =>
  runModeltap([
    ...['baseline', 'build', '--input', join(EXAMPLE, 'reference.csv'), '--output', output],
    ...['--predictions', 'label', 'probability', ...labels],
  ])

/** Of scikit-learn 1.9.1 on the same rows; the positive class is `late`, which the probability is of. */
const SCIKIT_LEARN = {
  accuracy: 0.7915,
  f1: 0.43213799364502953,
  roc_auc: 0.7744606818132551,
  pr_auc: 0.5837604189778661,
  log_loss: 0.4674804637322634,
  brier: 0.1503865605806295,
}

test('the performance on the rows is that of scikit-learn', async () => {
  const { code, stdout } = await build(
    ...['--labels', join(EXAMPLE, 'reference-labels.csv'), '--label-column', 'late'],
  )
  expect(code).toBe(0)
  expect(stdout).toContain('performance of label on 6000 labelled rows: accuracy 0.791')
  const { performance } = await loadBaseline(output)
  expect(performance).toMatchObject([{ output: 'label', rows: 6_000 }])
  for (const [metric, value] of Object.entries(SCIKIT_LEARN)) {
    expect(performance?.[0]?.metrics[metric]?.value, metric).toBeCloseTo(value, 9)
    expect(performance?.[0]?.metrics[metric]?.error, metric).toBeGreaterThan(0)
  }
})

test('a column without labels is refused with the next step', async () => {
  const { code, stderr } = await build('--label-column', 'truth')
  expect(code).toBe(2)
  expect(stderr).toContain('no row with a prediction and a label in the column "truth"')
  expect(stderr).toContain('--label-column')
})
