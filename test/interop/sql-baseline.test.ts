/** DuckDB computes a baseline of a partitioned directory by the SQL of examples/baseline: the same as `baseline build`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Baseline, BaselineColumn } from '../../src/baseline/baseline.ts'
import type { ReplayResult } from '../../src/cli/replay/result.ts'
import { runModeltap } from '../support/modeltap.ts'
import { runPython } from './python-environment.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-sql-'))
  await runPython('engines', 'sql_baseline.py', ['duckdb', folder])
})

afterAll(() => rmSync(folder, { recursive: true }))

const read = <Content>(name: string): Content => JSON.parse(readFileSync(at(name), 'utf8')) as Content

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await runModeltap(args)
  expect(code, stderr).toBe(0)
}

test('kinds, missing values, moments and categories are those of baseline build', async () => {
  await run('baseline', 'build', '--input', at('train.parquet'), '--output', at('own.json'))
  const own = read<Baseline>('own.json')
  const sql = read<Baseline>('sql.json')
  expect(sql.columns.map(({ name }) => name)).toEqual(own.columns.map(({ name }) => name))
  for (const [i, column] of own.columns.entries()) {
    const other = sql.columns[i] as BaselineColumn
    expect(other).toMatchObject({ role: column.role, kind: column.kind })
    expect(other.missing).toBeCloseTo(column.missing, 9)
    if (column.kind === 'categorical') {
      const { categories, complete, unseen, ...rest } = other as typeof column
      expect({ categories, complete }).toEqual({ categories: column.categories, complete: column.complete })
      expect(unseen).toBeCloseTo(column.unseen ?? 0, 9)
      expect(rest.other).toBeCloseTo(column.other, 9)
      continue
    }
    const { min, max, mean, standardDeviation } = other as typeof column
    expect([min, max]).toEqual([column.min, column.max])
    expect(mean).toBeCloseTo(column.mean, 9)
    expect(standardDeviation).toBeCloseTo(column.standardDeviation, 9)
  }
})

test.each(['sql.json', 'own.json'])('the rows of all parts score 0 against %s', async (baseline) => {
  await run(
    ...['replay', '--input', at('train.parquet'), '--baseline', at(baseline), '--json', at('replay.json')],
  )
  const [model] = read<ReplayResult>('replay.json').models
  expect(model?.columns.map(({ name }) => name).toSorted()).toEqual([
    'balance',
    'city',
    'income',
    'prediction',
    'shop',
  ])
  for (const { name, windows } of model?.columns ?? []) {
    expect(windows[0]?.scores.length).toBeGreaterThan(2)
    for (const { statistic, value } of windows[0]?.scores ?? [])
      // Shops that came once are known rows here; new ones are expected in their place.
      expect(value, `${statistic} of ${name}`).toBeLessThan(
        name !== 'shop' ? 1e-9 : statistic === 'deviation' ? 1 : 1e-6,
      )
  }
})
