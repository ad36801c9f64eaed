/**
 * The same state by both ways into one real Prometheus 3: scraped, and pushed over OTLP. Every series must come out
 * with the same name, labels and value, so that boards and rules work on either.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { buildBoard } from '../../grafana/board.ts'
import { BOARDS } from '../../grafana/boards/index.ts'
import { type Answer, askPanel } from '../../scripts/boards/query.ts'
import { createExposition, type Exposition } from '../../src/exposition/exposition.ts'
import { metricsOptions, otlpOptions } from '../../src/exposition/options.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { type AdminFixture, startAdmin } from '../admin/fixture.ts'
import { ALERTS_DIRECTORY } from '../alerts/files.ts'
import { fixedSources, recordTraffic, TRACE_ID } from '../exposition/fixture.ts'

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** What differs by the way in: who asked, and what OpenTelemetry knows of the scope. */
const TARGET_LABELS = new Set([
  'job',
  'instance',
  'otel_scope_name',
  'otel_scope_version',
  'otel_scope_schema_url',
])
const MINUTES = 60_000

let directory: string | undefined
let prometheus: ChildProcess | undefined
let exposition: Exposition
let admin: AdminFixture | undefined
let url: string

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

beforeAll(async () => {
  const script = resolve(import.meta.dirname, '../../scripts/prometheus3.sh')
  const program = execFileSync(script, { encoding: 'utf8' }).trim()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  exposition = createExposition({
    metrics: metricsOptions.parse({}),
    otlp: otlpOptions.parse({ endpoint: `${url}/api/v1/otlp`, interval: '1s' }),
    sources: () => fixedSources,
    clock: systemClock,
    logger: silentLogger,
  })
  recordTraffic(exposition)
  admin = await startAdmin({ exposition })
  directory = mkdtempSync(join(tmpdir(), 'modeltap-'))
  const config = join(directory, 'prometheus.yml')
  const target = admin.url.replace('http://', '')
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(ALERTS_DIRECTORY, 'rules/*.yaml')],
      scrape_configs: [{ job_name: 'scraped', static_configs: [{ targets: [target] }] }],
    }),
  )
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-otlp-receiver',
    '--enable-feature=exemplar-storage',
  ]
  prometheus = spawn(program, flags, { stdio: 'ignore' })
}, 15 * MINUTES)

afterAll(async () => {
  if (prometheus !== undefined && prometheus.exitCode === null) {
    prometheus.kill('SIGTERM')
    await once(prometheus, 'exit')
  }
  await admin?.close()
  if (directory !== undefined) rmSync(directory, { recursive: true })
})

async function ask<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)
  return ((await response.json()) as { data: Data }).data
}

async function query(expression: string): Promise<readonly Series[]> {
  return (await ask<{ result: readonly Series[] }>('query', { query: expression })).result
}

/**
 * Name, labels and value. Prometheus 3 stores whole bounds as `1.0` from a scrape and as `1` from OTLP, whatever it
 * is sent (docs/decisions/observed-metrics.md); everything else is equal to the letter.
 */
function comparable({ metric, value }: Series): string {
  const labels = Object.entries(metric)
    .filter(([name]) => !TARGET_LABELS.has(name))
    .map(([name, text]) => [name, name === 'le' && text !== '+Inf' ? String(Number(text)) : text])
  return `${JSON.stringify(labels.sort())} ${value[1]}`
}

const OWN = '__name__=~"modeltap_.+",__name__!~"modeltap_(exposition|otlp)_.+"'

test(
  'both ways give the same series',
  async () => {
    const arrived = async (): Promise<number[]> => [
      (await query(`{job="scraped",${OWN}}`)).length,
      (await query(`{job="modeltap",${OWN}}`)).length,
    ]
    await expect.poll(arrived, { timeout: MINUTES, interval: 500 }).toSatisfy(([a, b]) => a > 200 && b > 200)
    const scraped = (await query(`{job="scraped",${OWN}}`)).map(comparable).sort()
    const pushed = (await query(`{job="modeltap",${OWN}}`)).map(comparable).sort()
    expect(pushed).toEqual(scraped)
  },
  2 * MINUTES,
)

test('queries over buckets give the same answers', async () => {
  const quantile = (job: string): string =>
    `histogram_quantile(0.9, sum by (le, model) (modeltap_request_duration_seconds_bucket{job="${job}"}))`
  const scraped = (await query(quantile('scraped'))).map(comparable)
  expect(scraped).toHaveLength(1)
  expect((await query(quantile('modeltap'))).map(comparable)).toEqual(scraped)
})

/** What tells of the moment or of the way in rather than of the state: equal only by chance. */
const OF_THE_MOMENT =
  /\b(process_|nodejs_|scrape_duration_seconds|modeltap_exposition_|modeltap_otlp_|ALERTS|container_|DCGM_)/

/** Values by what they are called, of which legends leave out who was asked. */
function answersOf(answers: readonly Answer[], to: number): string[] {
  return answers
    .filter(({ expr }) => !OF_THE_MOMENT.test(expr))
    .flatMap(({ refId, series }) =>
      series.flatMap(({ labels, points }) => {
        const [at, value] = points.at(-1) ?? []
        // A series that is no longer there at the end of the range is no answer for now.
        return at === to ? [comparable({ metric: { refId, ...labels }, value: [at, String(value)] })] : []
      }),
    )
    .sort()
}

test(
  "the boards' queries give the same answers",
  async () => {
    const boards = BOARDS.map(buildBoard)
    const panels = boards.flatMap((board) =>
      (board.panels ?? [])
        .flatMap((panel) => (panel.type === 'row' ? (panel as RowPanel).panels : [panel as Panel]))
        .map((panel) => ({ board, panel })),
    )
    // Both ways have to be there for a while, so that rates and recorded series are.
    const recorded = (job: string): string => `count({__name__=~"model:.+|feature:.+",job="${job}"})`
    await expect
      .poll(async () => (await Promise.all([recorded('scraped'), recorded('modeltap')].map(query))).flat(), {
        timeout: MINUTES,
        interval: 500,
      })
      .toHaveLength(2)
    await sleep(5000)
    // One moment in which both have stored everything.
    const at = Math.floor(Date.now() / 1000) - 2
    const ask = async (panel: Panel, board: Dashboard, job: string): Promise<readonly string[]> => {
      const source = { url, stepSeconds: 1, rateIntervalSeconds: 4, range: { from: at - 4, to: at } }
      return answersOf(await askPanel(panel, board, { ...source, selection: { job } }), at)
    }
    let series = 0
    for (const { board, panel } of panels) {
      const scraped = await ask(panel, board, 'scraped')
      expect(await ask(panel, board, 'modeltap'), `${board.title}: ${panel.title}`).toEqual(scraped)
      series += scraped.length
    }
    expect(series).toBeGreaterThan(100)
  },
  3 * MINUTES,
)

test('the exemplar of a scrape leads to the trace', async () => {
  const now = Date.now() / 1000
  const found = await ask<readonly { exemplars: readonly { labels: Record<string, string> }[] }[]>(
    'query_exemplars',
    {
      query: 'modeltap_request_duration_seconds_bucket',
      start: String(now - 3600),
      end: String(now + 60),
    },
  )
  expect(found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id']))).toContain(
    TRACE_ID,
  )
})
