/** The comparison as a table, and the ratios that have a target (docs/decisions/data-plane.md). */
import { type Comparison, FIXED_RATE, type Load, LOADS, type Sample } from './compare.ts'
import { median } from './median.ts'
import { table } from './table.ts'
import type { TargetName } from './targets.ts'

const number = (value: number, digits = 0): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))

/** Medians over the rounds. */
function figure(
  comparison: Comparison,
  name: TargetName,
  load: Load,
  of: (sample: Sample) => number,
): number {
  return median((comparison.samples.get(name)?.[load] ?? []).map(of))
}

const perSecond = ({ requests, seconds }: Sample): number => requests / seconds

export function report(comparison: Comparison): string {
  const names = [...comparison.samples.keys()]
  const rows = names.map((name) => {
    const of = (load: Load, what: (sample: Sample) => number, digits = 0): string =>
      number(figure(comparison, name, load, what), digits)
    return [
      name,
      of('8 connections', perSecond),
      of('8 connections', ({ p50Us }) => p50Us),
      of('8 connections', ({ p99Us }) => p99Us),
      of('64 connections', perSecond),
      of('1 connection', ({ p50Us }) => p50Us),
      of('1 connection', ({ p99Us }) => p99Us),
      of('fixed rate', ({ p50Us }) => p50Us),
      of('fixed rate', ({ p99Us }) => p99Us),
      of('8 connections', ({ cpuSecondsPer1000 }) => cpuSecondsPer1000, 4),
      number(comparison.residentMiB.get(name) ?? Number.NaN),
    ]
  })
  const header = [
    'median of rounds',
    'req/s, 8 conn.',
    'p50 µs',
    'p99 µs',
    'req/s, 64 conn.',
    '1 conn. p50 µs',
    'p99 µs',
    `${FIXED_RATE}/s p50 µs`,
    'p99 µs',
    'CPU s/1000',
    'RSS MiB',
  ]
  return [table(header, rows), '', ...ratios(comparison), ...losses(comparison)].join('\n')
}

type Ratio = readonly [what: string, measured: number, digits: number, target: string]

function ratios(comparison: Comparison): string[] {
  const { samples } = comparison
  if (!samples.has('haproxy') || !samples.has('direct')) return []
  const tables = [
    ...(samples.has('modeltap') ? [['modeltap', proxyRatios(comparison)] as const] : []),
    ...(samples.has('capture') ? [['capture', captureRatios(comparison)] as const] : []),
  ]
  return tables.flatMap(([name, rows]) => [
    table(
      [name, 'measured', 'target'],
      rows.map(([what, value, digits, target]) => [what, number(value, digits), target]),
    ),
    '',
  ])
}

/** Ratios within each round, then their median: what disturbs the machine disturbs both. */
function ratio(
  { samples }: Comparison,
  load: Load,
  of: (target: (name: TargetName) => Sample) => number,
): number {
  const rounds = samples.get('direct')?.[load].length ?? 0
  return median(
    Array.from({ length: rounds }, (_, round) => of((name) => samples.get(name)?.[load][round] as Sample)),
  )
}

const throughput = (comparison: Comparison, name: TargetName, load: Load): number =>
  ratio(comparison, load, (target) => perSecond(target(name)) / perSecond(target('haproxy')))

/** Median latency beside the direct way's, against what haproxy adds. */
const added = (comparison: Comparison, name: TargetName, load: Load): number =>
  ratio(
    comparison,
    load,
    (target) =>
      (target(name).p50Us - target('direct').p50Us) / (target('haproxy').p50Us - target('direct').p50Us),
  )

const cpu = (comparison: Comparison, name: TargetName): number =>
  figure(comparison, name, '8 connections', ({ cpuSecondsPer1000 }) => cpuSecondsPer1000)

const proxyRatios = (comparison: Comparison): Ratio[] => [
  [
    'throughput, 8 connections, against haproxy',
    throughput(comparison, 'modeltap', '8 connections'),
    2,
    'at least 0.9',
  ],
  [
    "added median latency, 1 connection, against haproxy's",
    added(comparison, 'modeltap', '1 connection'),
    2,
    'at most 1.5',
  ],
  [
    `p99 at ${FIXED_RATE} requests/s, against haproxy's`,
    ratio(comparison, 'fixed rate', (target) => target('modeltap').p99Us / target('haproxy').p99Us),
    2,
    'at most 1.25',
  ],
  ['CPU s per 1000 requests, whole process', cpu(comparison, 'modeltap'), 4, 'at most 0.035'],
]

/** docs/capture.md */
const captureRatios = (comparison: Comparison): Ratio[] => [
  ...(['8 connections', '64 connections'] as const).map((load): Ratio => [
    `throughput, ${load}, against haproxy`,
    throughput(comparison, 'capture', load),
    2,
    'at least 1.2',
  ]),
  ...(['1 connection', '8 connections'] as const).map((load): Ratio => [
    `added median latency, ${load}, against haproxy's`,
    added(comparison, 'capture', load),
    2,
    'at most 0.5',
  ]),
  [
    `p99 at ${FIXED_RATE} requests/s, against no capture`,
    ratio(comparison, 'fixed rate', (target) => target('capture').p99Us / target('direct').p99Us),
    2,
    'at most 1.2',
  ],
  [
    "CPU per request, tcpdump included, against the proxy's",
    cpu(comparison, 'capture') / cpu(comparison, 'modeltap'),
    2,
    'at most 0.4',
  ],
]

function losses({ samples, watched }: Comparison): string[] {
  const errors = [...samples.values()].flatMap((loads) => LOADS.flatMap((load) => loads[load]))
  return [
    ...watched.flatMap(({ name, droppedBytes, observedRequests, sentRequests }) => [
      `bytes dropped by the ring of ${name}: ${number(droppedBytes)} (target 0)`,
      `requests that ${name} observed: ${number(observedRequests)} of ${sentRequests} sent`,
    ]),
    `failed requests, all targets: ${errors.reduce((sum, sample) => sum + sample.errors, 0)}`,
  ]
}
