/** Whatever line a model server has among its metrics, a real Prometheus takes the answer that ours are in. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseFamilies } from '../../src/model-server/families.ts'
import { mergeExpositions } from '../../src/model-server/merge.ts'

const OWN =
  '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1\n# TYPE modeltap_h histogram\nmodeltap_h_bucket{le="+Inf"} 1\nmodeltap_h_sum 1\nmodeltap_h_count 1\n'
const CPU = '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total'

const THEIRS = [
  ...['1.2.3', '1..', '1e400', '-1e999', '1e-999', '00012', '.5', '5.', '1E+5', '1e', '1_000', '0x10', '--1'],
  ...[
    'Inf',
    '+Inf',
    '-Inf',
    'inf',
    'NaN',
    '+NaN',
    '-NaN',
    '1 99999999999999999999',
    '1 -5',
    '1 1700000000000',
  ],
].map((value) => `a ${value}`)
THEIRS.push(
  ...['{x="1",x="2"}', '{__name__="b"}', '{__reserved="b"}', '{}', '{,}', '{x=""}', '{le="x"}'].map(
    (labels) => `a${labels} 1`,
  ),
  ...[
    'a{x="\u0000"} 1',
    'a{x="\\q"} 1',
    'a{x="\u2028\t\r"} 1',
    'a{ x = "1" , y="2" , } 1',
    `a{x="${'y'.repeat(40_000)}"} 1`,
  ],
  ...['a\t1\t', 'a\u00a01', 'a:b 1', 'a{a:b="1"} 1', 'a 1\na 2', 'a 1 # {trace="x"} 1', 'a{x="1"}1', 'a 1\r'],
  ...['# TYPE  a\tgauge \na 1', '# TYPE a\na 1', '# TYPE a unknown\na 1', '# EOF\na 1', '#HELP a b\na 1'],
  ...['# HELP a \u0000\na 1', '# HELP a \\q\na 1', '# HELP a\na 1', '# HELP a \u2028\na 1'],
  ...[
    '# TYPE a histogram\na_bucket{le="x"} 1\na_sum 1',
    '# TYPE a histogram\na_bucket 1',
    '# TYPE a summary\na 1',
  ],
  ...[' 3', '{exposed_by="x"} 3', '{exposed_by="neighbour"} 3', '{pid="4"} 3', '{} 5'].map(
    (rest) => CPU + rest,
  ),
  ...['process_cpu_seconds_total 3', '# TYPE modeltap_h gauge\nmodeltap_h 1', 'modeltap_h_sum 4'],
)

interface Target {
  readonly labels: { readonly line: string }
  readonly lastError: string
  readonly health: 'up' | 'down' | 'unknown'
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Once each target was scraped. */
async function scrapedTargets(port: number): Promise<readonly Target[]> {
  const end = Date.now() + 60_000
  for (;;) {
    const targets = await fetch(`http://127.0.0.1:${port}/api/v1/targets`)
      .then(async (answer) => (await answer.json()) as { data: { activeTargets: Target[] } })
      .then(
        ({ data }) => data.activeTargets,
        () => [],
      )
    if (targets.length === THEIRS.length && targets.every(({ health }) => health !== 'unknown'))
      return targets
    if (Date.now() > end) throw new Error('Prometheus did not scrape within a minute')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

test('no line of the neighbour costs our own metrics', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modeltap-neighbour-'))
  const server = createServer((request, response) => {
    const { families } = parseFamilies(THEIRS[Number(request.url?.slice(1))] ?? '')
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    response.end(mergeExpositions(OWN, families.values()).text)
  })
  const target = `127.0.0.1:${await listen(server)}`
  const free = createServer()
  const port = await listen(free)
  free.close()
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'neighbours',
        static_configs: THEIRS.map((line, index) => ({
          targets: [target],
          labels: { __metrics_path__: `/${index}`, line: JSON.stringify(line.slice(0, 100)) },
        })),
      },
    ],
  }
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config))
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise((resolve) => prometheus.once('exit', resolve))
  try {
    const refused = (await scrapedTargets(port)).filter(({ health }) => health !== 'up')
    expect(refused.map(({ labels, lastError }) => `${labels.line}: ${lastError}`)).toEqual([])
  } finally {
    prometheus.kill('SIGKILL')
    await ended
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  }
})
