/** The comparison as a table, and the ratios that have a target (docs/decisions/data-plane.md). */
import { type Comparison, FIXED_RATE, type Load, LOADS, type Sample } from './compare.ts'
import { table } from './table.ts'
import type { TargetName } from './targets.ts'

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

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
    '1 conn. p50 µs',
    'p99 µs',
    `${FIXED_RATE}/s p50 µs`,
    'p99 µs',
    'CPU s/1000',
    'RSS MiB',
  ]
  return [table(header, rows), '', ...ratios(comparison), ...losses(comparison)].join('\n')
}

function ratios(comparison: Comparison): string[] {
  const { samples } = comparison
  if (!samples.has('modeltap') || !samples.has('haproxy') || !samples.has('direct')) return []
  // Ratios within each round, then their median: what disturbs the machine disturbs both.
  const ratio = (of: (target: (name: TargetName) => Sample) => number, load: Load): number => {
    const rounds = samples.get('modeltap')?.[load].length ?? 0
    return median(
      Array.from({ length: rounds }, (_, round) => of((name) => samples.get(name)?.[load][round] as Sample)),
    )
  }
  const rows: [string, number, number, string][] = [
    [
      'throughput, 8 connections, against haproxy',
      ratio((target) => perSecond(target('modeltap')) / perSecond(target('haproxy')), '8 connections'),
      2,
      'at least 0.9',
    ],
    [
      "added median latency, 1 connection, against haproxy's",
      ratio(
        (target) =>
          (target('modeltap').p50Us - target('direct').p50Us) /
          (target('haproxy').p50Us - target('direct').p50Us),
        '1 connection',
      ),
      2,
      'at most 1.5',
    ],
    [
      `p99 at ${FIXED_RATE} requests/s, against haproxy's`,
      ratio((target) => target('modeltap').p99Us / target('haproxy').p99Us, 'fixed rate'),
      2,
      'at most 1.25',
    ],
    [
      'CPU s per 1000 requests, whole process',
      figure(comparison, 'modeltap', '8 connections', ({ cpuSecondsPer1000 }) => cpuSecondsPer1000),
      4,
      'at most 0.035',
    ],
  ]
  return [
    table(
      ['modeltap', 'measured', 'target'],
      rows.map(([what, value, digits, target]) => [what, number(value, digits), target]),
    ),
    '',
  ]
}

function losses({ samples, droppedBytes, observedRequests }: Comparison): string[] {
  const all = LOADS.flatMap((load) => samples.get('modeltap')?.[load] ?? [])
  const requests = all.reduce((sum, sample) => sum + sample.requests, 0)
  const errors = [...samples.values()].flatMap((loads) => LOADS.flatMap((load) => loads[load]))
  return [
    `bytes dropped by modeltap's ring: ${number(droppedBytes)} (target 0)`,
    `requests that modeltap observed: ${number(observedRequests)}, of ${requests} measured and the warm-up's`,
    `failed requests, all targets: ${errors.reduce((sum, sample) => sum + sample.errors, 0)}`,
  ]
}
