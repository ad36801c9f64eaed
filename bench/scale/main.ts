/**
 * What a fleet costs a real Prometheus: series, memory, CPU, disk, and the time that the shipped rules take.
 *
 *   node bench/scale/main.ts --pods 100 --features 50 --bins 12 --minutes 7 --interval 15
 *   node bench/scale/main.ts --pods 50 --models 50 --features 200 --interval 60 --fleet
 *
 * The rules look five minutes back, so a run that is to say something about them lasts longer than that.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { startFleet } from './targets.ts'

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '100' },
    models: { type: 'string', default: '1' },
    features: { type: 'string', default: '50' },
    bins: { type: 'string', default: '12' },
    minutes: { type: 'string', default: '7' },
    interval: { type: 'string', default: '15' },
    /** With the relabelings and the rules' interval of values-fleet.yaml of the chart's examples. */
    fleet: { type: 'boolean', default: false },
    realtime: { type: 'boolean', default: false },
    rules: { type: 'string', default: resolve(import.meta.dirname, '../../alerts/rules/*.yaml') },
  },
})
const pods = Number(values.pods)
const models = Number(values.models)
const fleet = await startFleet({
  pods,
  models,
  features: Number(values.features),
  bins: Number(values.bins),
})
const folder = mkdtempSync(join(tmpdir(), 'modeltap-scale-'))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const DRIFT_GROUP = /^ {2}- name: modeltap-(?:drift-feature|drift-prediction|quality|baseline)$/gm

/** The rules as the chart installs them. */
function copyRules(): void {
  const { driftInterval } = valuesOfFleet().prometheusRule
  for (const file of globSync(values.rules)) {
    const rules = readFileSync(file, 'utf8')
    const slower = values.fleet ? rules.replaceAll(DRIFT_GROUP, `$&\n    interval: ${driftInterval}`) : rules
    writeFileSync(join(folder, `rules-${basename(file)}`), slower)
  }
}

interface Relabeling {
  readonly sourceLabels?: readonly string[]
  readonly regex?: string
  readonly modulus?: number
  readonly targetLabel?: string
  readonly action: string
}

interface FleetValues {
  readonly podMonitor: { readonly metricRelabelings: readonly Relabeling[] }
  readonly prometheusRule: { readonly driftInterval: string }
}

function valuesOfFleet(): FleetValues {
  const file = resolve(import.meta.dirname, '../../deploy/helm/examples/values-fleet.yaml')
  return (parse(readFileSync(file, 'utf8')) as { readonly modeltap: FleetValues }).modeltap
}

/** The operator writes its own spelling of relabelings into Prometheus's; so does this. */
function fleetRelabelings(): string {
  const rules = valuesOfFleet().podMonitor.metricRelabelings.map(
    ({ sourceLabels, targetLabel, ...rest }) => ({
      ...rest,
      ...(sourceLabels !== undefined && { source_labels: sourceLabels }),
      ...(targetLabel !== undefined && { target_label: targetLabel }),
    }),
  )
  return `    metric_relabel_configs: ${JSON.stringify(rules)}\n`
}

copyRules()
const target = (index: number): string =>
  `      - targets: ["127.0.0.1:${fleet.port}"]\n        labels: { __metrics_path__: "/pod/${index}", instance: "pod-${index}", pod: "credit-risk-${index}", namespace: "risk", cluster: "a" }`

writeFileSync(
  join(folder, 'prometheus.yml'),
  `global:
  scrape_interval: ${values.interval}s
  scrape_timeout: ${Math.min(10, Number(values.interval))}s
  evaluation_interval: 30s
rule_files: ["rules-*.yaml"]
scrape_configs:
  - job_name: prometheus
    scrape_interval: 5s
    static_configs: [{ targets: ["127.0.0.1:PORT"] }]
  - job_name: modeltap
${values.fleet ? fleetRelabelings() : ''}    static_configs:
${Array.from({ length: pods }, (_, index) => target(index)).join('\n')}
`,
)
const port = await freePort()
const config = join(folder, 'prometheus.yml')
writeFileSync(config, readFileSync(config, 'utf8').replace('PORT', String(port)))

/** Prometheus before everything else, on a machine with other work: its times are of that work otherwise. */
const [program = '', ...before] = values.realtime ? ['chrt', '--rr', '1', 'prometheus'] : ['prometheus']
const prometheus = spawn(
  program,
  [
    ...before,
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}
async function query(expression: string): Promise<readonly Sample[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
  const answer = (await (await fetch(url)).json()) as { data?: { result?: readonly Sample[] } }
  return answer.data?.result ?? []
}
const number = async (expression: string): Promise<number> =>
  Number((await query(expression).catch(() => []))[0]?.value[1] ?? Number.NaN)

interface RulesAnswer {
  readonly data: {
    readonly groups: readonly {
      readonly name: string
      /** Seconds. */
      readonly interval: number
      readonly rules: readonly { readonly name: string; readonly evaluationTime: number }[]
    }[]
  }
}

const end = Date.now() + Number(values.minutes) * 60_000
try {
  while (Date.now() < end && prometheus.exitCode === null) {
    await new Promise((done) => setTimeout(done, 30_000))
    const resident = await number('process_resident_memory_bytes{job="prometheus"}')
    const head = await number('prometheus_tsdb_head_series')
    console.error(
      `${Math.round((end - Date.now()) / 1000)} s left: ${head} series, ${(resident / 2 ** 30).toFixed(2)} GiB`,
    )
  }
  if (prometheus.exitCode !== null) throw new Error(`Prometheus ended with ${prometheus.exitCode}`)
  const seriesOfPod = await number('max(scrape_samples_post_metric_relabeling{job="modeltap"})')
  const head = await number('prometheus_tsdb_head_series')
  const resident = await number('max_over_time(process_resident_memory_bytes{job="prometheus"}[2m])')
  const row = {
    pods,
    models,
    features: Number(values.features),
    bins: Number(values.bins),
    fleetRelabelings: values.fleet,
    intervalSeconds: Number(values.interval),
    cores: cpus().length,
    machineGiB: Math.round(totalmem() / 2 ** 30),
    seriesPerPod: seriesOfPod,
    bytesPerScrape: Math.round(fleet.bytes() / fleet.scrapes()),
    headSeries: head,
    samplesPerSecond: Math.round(await number('rate(prometheus_tsdb_head_samples_appended_total[2m])')),
    residentGiB: Number((resident / 2 ** 30).toFixed(2)),
    bytesPerSeries: Math.round(resident / head),
    cpuCores: Number((await number('rate(process_cpu_seconds_total{job="prometheus"}[2m])')).toFixed(2)),
    slowestScrapeSeconds: Number((await number('max(scrape_duration_seconds{job="modeltap"})')).toFixed(2)),
    targetsUp: await number('sum(up{job="modeltap"})'),
    evaluationsMissed: await number('sum(prometheus_rule_group_iterations_missed_total)'),
    rulesSeconds: Number((await number('sum(prometheus_rule_group_last_duration_seconds)')).toFixed(2)),
    ruleSeries: await number('count({__name__=~".+:.+:.+"})'),
  }
  console.log(JSON.stringify(row, null, 2))
  const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/rules`)).json()) as RulesAnswer
  const rules = answer.data.groups.flatMap((group) =>
    group.rules.map(({ name, evaluationTime }) => ({
      ...{ name, group: group.name, seconds: evaluationTime },
      perMinute: (60 / group.interval) * evaluationTime,
    })),
  )
  const ofGroup = Map.groupBy(rules, ({ group }) => group)
  const groups = [...ofGroup].map(([group, members]) => ({
    group,
    rules: members.length,
    seconds: members.reduce((sum, { seconds }) => sum + seconds, 0),
    perMinute: members.reduce((sum, { perMinute }) => sum + perMinute, 0),
  }))
  const total = groups.reduce((sum, { perMinute }) => sum + perMinute, 0)
  console.log(`${total.toFixed(2)} s a minute for all rules`)
  for (const { group, rules: number, seconds, perMinute } of groups.toSorted(
    (x, y) => y.perMinute - x.perMinute,
  ))
    console.log(
      `${perMinute.toFixed(3)} s a minute, ${seconds.toFixed(3)} s a round  ${group}, ${number} rules`,
    )
  const slowest = rules.toSorted((x, y) => y.seconds - x.seconds).slice(0, 20)
  for (const { name, group, seconds } of slowest) console.log(`${seconds.toFixed(3)} s  ${group}  ${name}`)
} finally {
  prometheus.kill('SIGKILL')
  await new Promise((done) => prometheus.once('exit', done))
  await fleet.close()
  rmSync(folder, { recursive: true, force: true })
}
