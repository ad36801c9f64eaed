/**
 * The same state by both ways into one real Prometheus 3: scraped, and pushed over OTLP. Every series must come out
 * with the same name, labels and value, so that boards and rules work on either.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExposition, type Exposition } from '../../src/exposition/exposition.ts'
import { metricsOptions, otlpOptions } from '../../src/exposition/options.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { startAdmin, type AdminFixture } from '../admin/fixture.ts'
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

let directory: string
let prometheus: ChildProcess
let exposition: Exposition
let admin: AdminFixture
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
    `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: scraped, static_configs: [{targets: ['${target}']}]}]\n`,
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
  prometheus.kill('SIGTERM')
  await once(prometheus, 'exit')
  await admin.close()
  rmSync(directory, { recursive: true })
})

async function ask<Answer>(path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)
  return ((await response.json()) as { data: Answer }).data
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
