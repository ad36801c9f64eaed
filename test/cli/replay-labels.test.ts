/** `replay --labels` on data sets that NannyML brings: the performance of each chunk is NannyML's own, to 1e-9. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReplayResult } from '../../src/cli/replay/result.ts'
import { runModeltap } from '../support/modeltap.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/outcomes')
const directory = mkdtempSync(join(tmpdir(), 'modeltap-labels-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const { data } = JSON.parse(readFileSync(join(FIXTURES, 'nannyml.json'), 'utf8')) as {
  readonly data: readonly {
    readonly name: string
    readonly chunk: number
    readonly metrics: Readonly<Record<string, readonly number[]>>
  }[]
}

/** NannyML's words for the metrics, and ours. */
const WORDS: Readonly<Record<string, string>> = { average_precision: 'pr_auc' }

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  synthetic_car_loan: [
    ...['--input', join(FIXTURES, 'car_loan.csv.gz'), '--predictions', 'y_pred', 'y_pred_proba'],
    ...['--labels', join(FIXTURES, 'car_loan_labels.csv.gz'), '--label-id', 'id', '--label-column', 'repaid'],
  ],
  // The label stands in the row itself.
  regression_synthetic: [
    ...['--input', join(FIXTURES, 'car_price.csv.gz'), '--predictions', 'y_pred', '--label-column', 'y_true'],
  ],
}

async function replayed(flags: readonly string[]): Promise<ReplayResult> {
  const { code, stdout, stderr } = await runModeltap(['replay', ...flags, '--json', '-'])
  expect(stderr).not.toContain('modeltap:')
  expect(code).toBe(0)
  return JSON.parse(stdout) as ReplayResult
}

describe.each(data)('$name', ({ name, chunk, metrics }) => {
  test('has the realised performance of NannyML in every chunk', async () => {
    const { performance } = await replayed([...(FLAGS[name] ?? []), '--chunk-rows', String(chunk)])
    const [output] = performance?.outputs ?? []
    for (const [metric, values] of Object.entries(metrics)) {
      const ours = output?.chunks.map((part) =>
        metric === 'mse'
          ? (part.metrics.rmse ?? Number.NaN) ** 2
          : Reflect.get(part.metrics, WORDS[metric] ?? metric),
      ) as number[]
      expect(ours).toHaveLength(values.length)
      for (const [index, value] of values.entries()) {
        expect(Math.abs((ours[index] as number) - value) / Math.max(1, Math.abs(value)), metric).toBeLessThan(
          1e-9,
        )
      }
    }
    expect(performance?.joined).toBe(chunk * (metrics[Object.keys(metrics)[0] ?? ''] ?? []).length)
  })
})

const rows = Array.from({ length: 300 }, (_, id) => ({
  id: `o-${id}`,
  x: id % 7,
  prediction: id % 3 === 0 ? 'yes' : 'no',
}))

test.each([
  ['jsonl', (lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).join('\n')],
  [
    'csv',
    (lines: readonly object[]) =>
      [Object.keys(lines[0] ?? {}).join(','), ...lines.map((line) => Object.values(line).join(','))].join(
        '\n',
      ),
  ],
] as const)(
  'labels in %s, by id in another order, with some missing and some of no row',
  async (ending, write) => {
    const input = join(directory, `rows.${ending}`)
    const labels = join(directory, `labels.${ending}`)
    writeFileSync(input, write(rows))
    const truths = rows
      .slice(50)
      .map(({ id, prediction }, index) => ({ id, label: index % 10 === 0 ? 'no' : prediction }))
    writeFileSync(labels, write([...truths.toReversed(), { id: 'nobody', label: 'yes' }]))
    const { performance } = await replayed(['--input', input, '--labels', labels, '--label-id', 'id'])
    expect(performance).toMatchObject({ joined: 250, unlabelledRows: 50, unusedLabels: 1, wrongType: 0 })
    const [output] = performance?.outputs ?? []
    const right = truths.filter(({ label }, index) => label === rows[50 + index]?.prediction).length
    expect(output?.snapshot.windows[0]?.metrics.find(({ metric }) => metric === 'accuracy')?.value).toBe(
      right / 250,
    )
  },
)

test('the report shows performance, and a file without such labels is refused with what to do', async () => {
  const input = join(directory, 'report.jsonl')
  writeFileSync(input, rows.map((row) => JSON.stringify({ ...row, truth: row.prediction })).join('\n'))
  const report = join(directory, 'report.html')
  const done = await runModeltap(['replay', '--input', input, '--label-column', 'truth', '--report', report])
  expect(done.stdout).toContain('accuracy')
  const html = readFileSync(report, 'utf8')
  expect(html).toContain('<h2>Performance</h2>')
  expect(html).toContain('predicted \\ actual')
  const empty = await runModeltap([
    'replay',
    '--input',
    input,
    '--labels',
    input,
    '--label-id',
    'id',
    '--label-column',
    'nothing',
  ])
  expect(empty.code).not.toBe(0)
  expect(empty.stderr).toContain('nothing')
})
