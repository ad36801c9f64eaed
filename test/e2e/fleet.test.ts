/**
 * Three replicas with uneven traffic behind one real Prometheus: drift of the fleet, computed by the shipped
 * expressions from the sum of the replicas' counters, is the drift of their rows pooled.
 *
 * Counters are taken since the start instead of `increase` over a window, which extrapolates to the window's ends and
 * is exact for no one; everything else is the shipped rule file, word for word.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startPrometheus } from '../../scripts/stack/programs.ts'
import { queryPrometheus } from '../../scripts/stack/prometheus.ts'
import type { Baseline, BaselineColumn } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { saveBaseline } from '../../src/baseline/load.ts'
import { createChildren } from '../../src/cli/demo/children.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-fleet-'))
const children = createChildren()
const random = randomSource(41)
const normal = normalSource(random)

/** What each replica gets: the first most of it, the last hardly any and other values. */
const REPLICAS = [
  { rows: 3_000, mean: 0, cities: ['Wien', 'Graz', 'Linz'] },
  { rows: 400, mean: 1.5, cities: ['Wien', 'Rom'] },
  { rows: 60, mean: 6, cities: ['Oslo'] },
]

const rowOf = (mean: number, cities: readonly string[]): Row => ({
  amount: mean + normal(),
  level: Math.floor(random() * 3) + (mean > 1 ? 1 : 0),
  city: cities[Math.floor(random() ** 2 * cities.length)],
  some: random() < (mean > 1 ? 0.5 : 0.02) ? undefined : normal(),
})

const reference = Array.from({ length: 5_000 }, () => rowOf(0, ['Wien', 'Graz', 'Linz']))
const traffic = REPLICAS.map(({ rows, mean, cities }) =>
  Array.from({ length: rows }, () => rowOf(mean, cities)),
)
const pooled = traffic.flat()
const classOf = ({ amount }: Row): string => (Number(amount) > 0 ? 'high' : 'low')

let upstream: TestUpstream
let baseline: Baseline
let replicas: RunningModeltap[]
let prometheus: string

async function send(url: string, rows: readonly Row[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 100) {
    // JSON leaves out what is undefined, which is one way for a value to be missing.
    const response = await fetch(`${url}/v1/models/fleet:predict`, {
      method: 'POST',
      body: JSON.stringify({ instances: rows.slice(start, start + 100) }),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
}

beforeAll(async () => {
  const builder = new BaselineBuilder({ features: 20, categories: 10 })
  builder.add(
    batchOf(
      reference,
      reference.map((row) => ({ prediction: classOf(row) })),
    ),
  )
  baseline = builder.build({ model: 'fleet', version: '', source: 'test', createdEpochMs: Date.now() })
  const file = join(directory, 'baseline.json')
  await saveBaseline(baseline, file)
  upstream = await startUpstream((_, body, response) => {
    const { instances } = JSON.parse(body.toString()) as { instances: Row[] }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ predictions: instances.map(classOf) }))
  })
  replicas = await Promise.all(
    traffic.map(() =>
      startModeltap(['--upstream', upstream.address, '--baseline', file], {
        MODELTAP_EVALUATION_INTERVAL: '100ms',
      }),
    ),
  )
  prometheus = await startPrometheus(
    { children, directory },
    writePrometheus(replicas.map(({ adminUrl }) => new URL(adminUrl).host)),
  )
})

afterAll(async () => {
  await children.stop()
  await Promise.all(replicas.map((replica) => replica.stop()))
  await upstream.close()
  rmSync(directory, { recursive: true, force: true })
})

function writePrometheus(targets: readonly string[]): string[] {
  const shipped = join(import.meta.dirname, '../../alerts/rules')
  const rules = readFileSync(join(shipped, 'drift.yaml'), 'utf8')
  const sinceStart = rules
    .replaceAll(/increase\((modeltap_\w+)\[\w+\]\)/g, '$1')
    .replaceAll(/^ {4}interval: .*\n/gm, '')
  expect(sinceStart).not.toBe(rules)
  expect(sinceStart).not.toContain('increase(')
  const data = join(directory, 'prometheus')
  mkdirSync(data)
  writeFileSync(join(directory, 'drift.yaml'), sinceStart)
  const file = join(directory, 'prometheus.yaml')
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [
      join(directory, 'drift.yaml'),
      join(shipped, 'settings.yaml'),
      join(shipped, 'resolved-settings.yaml'),
    ],
    scrape_configs: [{ job_name: 'modeltap', static_configs: [{ targets }] }],
  }
  writeFileSync(file, stringify(config))
  return [`--config.file=${file}`, `--storage.tsdb.path=${data}`, '--log.level=warn']
}

/** Rows of the pool by bin of the baseline, counted one by one from the rows themselves. */
function countPool(column: BaselineColumn): number[] {
  const values = column.role === 'prediction' ? pooled.map(classOf) : pooled.map((row) => row[column.name])
  const within = (test: (value: unknown) => boolean): number => values.filter(test).length
  const missing = within((value) => value === undefined)
  if (column.kind === 'numeric') {
    const edges = [-Infinity, ...column.edges, Infinity]
    const bins = edges
      .slice(1)
      .map((edge, bin) => within((value) => Number(value) > Number(edges[bin]) && Number(value) <= edge))
    return [...bins, missing]
  }
  const own: readonly (string | number)[] = column.kind === 'discrete' ? column.values : column.categories
  const counts = own.map((known) => within((value) => value === known))
  const unseen = within((value) => value !== undefined && !own.includes(value as string | number))
  return column.kind === 'discrete' ? [...counts, unseen, missing] : [...counts, 0, unseen, missing]
}

function sharesOf(column: BaselineColumn): { live: number[]; expected: number[] } {
  const live = countPool(column).map((count) => count / pooled.length)
  const rest = column.kind === 'categorical' ? [column.other, 0] : column.kind === 'discrete' ? [0] : []
  return { live, expected: [...column.shares, ...rest, column.missing] }
}

const sum = (terms: readonly number[]): number => terms.reduce((total, term) => total + term, 0)

function psi({ live, expected }: ReturnType<typeof sharesOf>): number {
  const floored = (share: number): number => Math.max(share, 1e-4)
  return sum(
    live.map((p, bin) => {
      const b = expected[bin] as number
      return (floored(p) - floored(b)) * Math.log(floored(p) / floored(b))
    }),
  )
}

function jensenShannon({ live, expected }: ReturnType<typeof sharesOf>): number {
  const towards = (share: number, middle: number): number =>
    share === 0 ? 0 : share * Math.log2(share / middle)
  const divergence = live.map((p, bin) => {
    const b = expected[bin] as number
    return (towards(p, (p + b) / 2) + towards(b, (p + b) / 2)) / 2
  })
  return Math.sqrt(sum(divergence))
}

/** Over the bins of numbers that the baseline knows, in their order; undefined where values have none. */
function ks(
  { kind, shares: { length } }: BaselineColumn,
  { live, expected }: ReturnType<typeof sharesOf>,
): number | undefined {
  if (kind === 'categorical') return undefined
  const cumulative = (shares: readonly number[]): number[] => {
    const all = sum(shares)
    return shares.map((_, bin) => sum(shares.slice(0, bin + 1)) / all)
  }
  const [p, b] = [cumulative(live.slice(0, length)), cumulative(expected.slice(0, length))]
  return Math.max(...p.map((share, bin) => Math.abs(share - (b[bin] as number))))
}

test(
  'PSI, Jensen-Shannon and KS of the fleet are those of the pooled rows',
  { timeout: 120_000 },
  async () => {
    await Promise.all(replicas.map((replica, index) => send(replica.dataUrl, traffic[index] ?? [])))
    const counted = async (): Promise<number | undefined> =>
      (await queryPrometheus(prometheus, 'sum(modeltap_feature_bin_observations_total{feature="amount"})'))[0]
        ?.value
    await expect.poll(counted, { timeout: 30_000, interval: 250 }).toBe(pooled.length)

    expect(baseline.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'amount numeric',
      'level discrete',
      'city categorical',
      'some numeric',
      'prediction categorical',
    ])
    for (const column of baseline.columns) {
      const { name, role } = column
      const label = role === 'feature' ? 'feature' : 'output'
      const shares = sharesOf(column)
      for (const [statistic, expected] of [
        ['psi', psi(shares)],
        ['jensen_shannon', jensenShannon(shares)],
        ['ks', ks(column, shares)],
      ] as const) {
        const query = `${label}:modeltap_drift_score:${statistic}{${label}="${name}", window="5m", source="fleet"}`
        // Rules follow the last scrape within a second or two.
        await expect
          .poll(() => queryPrometheus(prometheus, query), { timeout: 20_000, interval: 250 })
          .toMatchObject(expected === undefined ? [] : [{ value: expect.closeTo(expected, 6) as number }])
        expect(expected ?? 1).toBeGreaterThan(0.01)
      }
    }
  },
)
