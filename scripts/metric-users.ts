/** Which boards and alerts use a metric: read off the generated boards and the rule files, through recording rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { readQuery } from '../grafana/promql.ts'

const root = resolve(import.meta.dirname, '..')

export interface MetricUsers {
  /** Titles, with the uid that links to them. */
  readonly boards: readonly string[]
  readonly alerts: readonly string[]
}

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
}

interface Panel {
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly expr?: string }[]
}

function filesIn(folder: string, ending: string): string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(path, name))
}

/** Names as queried: a histogram is queried as `…_bucket`, `…_sum` and `…_count`. */
function metricOf(series: string, metrics: ReadonlySet<string>): string {
  const family = series.replace(/_(?:bucket|sum|count)$/, '')
  return metrics.has(series) ? series : family
}

const seriesOf = (expr: string): string[] => readQuery(expr).selectors.map(({ name }) => name)

function rules(): Rule[] {
  return filesIn('alerts/rules', '.yaml').flatMap((path) => {
    const { groups } = parse(readFileSync(path, 'utf8')) as { groups?: { rules: Rule[] }[] }
    return (groups ?? []).flatMap((group) => group.rules)
  })
}

function expressions(panels: readonly Panel[] | undefined): string[] {
  return (panels ?? []).flatMap((panel) => [
    ...(panel.targets ?? []).flatMap(({ expr }) => (expr === undefined ? [] : [expr])),
    ...expressions(panel.panels),
  ])
}

/** Recorded series stand for the series that they are made from. */
function resolver(recordings: readonly Rule[]): (series: string) => Set<string> {
  const sources = new Map<string, string[]>()
  for (const { record, expr } of recordings) {
    // Which models there are is read off many metrics, and says nothing of them.
    if (record?.endsWith(':modeltap_known:timestamp') === true) sources.set(record, [])
    else if (record !== undefined) sources.set(record, [...(sources.get(record) ?? []), ...seriesOf(expr)])
  }
  const expand = (series: string, seen: ReadonlySet<string>): Set<string> => {
    const from = sources.get(series)
    if (from === undefined) return new Set([series])
    if (seen.has(series)) return new Set()
    return new Set(from.flatMap((source) => [...expand(source, new Set([...seen, series]))]))
  }
  return (series) => expand(series, new Set())
}

/** @param metrics names of the catalogue, without the endings of histogram series */
export function metricUsers(metrics: ReadonlySet<string>): Map<string, MetricUsers> {
  const users = new Map(
    [...metrics].map((name) => [name, { boards: new Set<string>(), alerts: new Set<string>() }]),
  )
  const all = rules()
  const expand = resolver(all)
  const note = (expr: string, kind: 'boards' | 'alerts', user: string): void => {
    for (const series of seriesOf(expr)) {
      for (const base of expand(series)) users.get(metricOf(base, metrics))?.[kind].add(user)
    }
  }
  for (const path of filesIn('grafana/dashboards', '.json')) {
    const board = JSON.parse(readFileSync(path, 'utf8')) as { title: string; panels: Panel[] }
    for (const expr of expressions(board.panels))
      note(expr, 'boards', board.title.replace(/^modeltap \/ /, ''))
  }
  for (const { alert, expr } of all) if (alert !== undefined) note(expr, 'alerts', alert)
  return new Map(
    [...users].map(([name, { boards, alerts }]) => [
      name,
      { boards: [...boards], alerts: [...alerts].sort() },
    ]),
  )
}
