/**
 * The rules of Grafana's dashboard-linter (version 0.2.0), by their names, for Classic JSON with Prometheus queries.
 * Written again because the tool is only shipped as prebuilt binaries; the two rules for Loki have nothing to check.
 */
import type { Selector } from '../../grafana/promql.ts'
import { readQuery, substituteVariables } from '../../grafana/promql.ts'
import type { ClassicDashboard, ClassicPanel } from './classic-dashboard.ts'
import { panelsOf } from './shipped.ts'

export interface Finding {
  readonly rule: string
  readonly where: string
}

type Check = (board: ClassicDashboard) => string[]

/** Panels of these types hold series and are checked for title, description, unit, queries and data source. */
const DATA_PANELS = ['stat', 'gauge', 'table', 'timeseries', 'barchart', 'heatmap', 'xychart']

/** Grafana's ids of the units that the boards use; the whole list is in Grafana's value formats. */
const UNITS = [
  ...['short', 'percentunit', 's', 'bytes', 'Bps', 'reqps', 'rowsps', 'cps', 'cpm'],
  ...['celsius', 'watt', 'hertz'],
]

const dataPanels = (board: ClassicDashboard): ClassicPanel[] =>
  panelsOf(board).filter(({ type }) => DATA_PANELS.includes(type))

/** Findings of a check over every query; the place is `<panel> <refId>`. */
const eachQuery =
  (failing: (expr: string) => boolean): Check =>
  (board) =>
    panelsOf(board).flatMap(({ title, targets }) =>
      targets.filter(({ expr }) => failing(expr)).map(({ refId }) => `${title} ${refId}`),
    )

const eachSelector = (failing: (selector: Selector) => boolean): Check =>
  eachQuery((expr) => readQuery(substituteVariables(expr)).selectors.some(failing))

const requiredMatcher = (label: string): Check =>
  eachSelector(
    ({ matchers }) =>
      !matchers.some((m) => m.label === label && m.operator === '=~' && m.value === `$${label}`),
  )

const requiredVariable =
  (name: string): Check =>
  ({ templating }) => {
    const variable = templating.list.find((candidate) => candidate.name === name)
    if (variable?.type !== 'query') return [`no variable ${name}`]
    return [
      ...(variable.label.toLowerCase() === name ? [] : [`${name}: labelled ${variable.label}`]),
      ...(variable.datasource.uid === '${datasource}' ? [] : [`${name}: another data source`]),
      ...(variable.multi ? [] : [`${name}: one value only`]),
      ...(variable.allValue === '.+' ? [] : [`${name}: "All" is not .+`]),
    ]
  }

/** The selector inside `label_values(<selector>, <label>)`. */
const variableSelector = (query: string): string => /^label_values\((.+), \w+\)$/.exec(query)?.[1] ?? query

const RULES: Readonly<Record<string, Check>> = {
  'template-datasource-rule': ({ templating }) => {
    const sources = templating.list.filter(({ type }) => type === 'datasource')
    return sources.length === 1 && sources[0]?.name === 'datasource' && sources[0].label === 'Data source'
      ? []
      : ['the data source variable']
  },
  'template-job-rule': requiredVariable('job'),
  'template-instance-rule': requiredVariable('instance'),
  'template-label-promql-rule': ({ templating }) =>
    templating.list
      .filter(({ type, query }) => type === 'query' && readQuery(variableSelector(query)).errors.length > 0)
      .map(({ name }) => name),
  'template-on-time-change-reload-rule': ({ templating }) =>
    templating.list
      .filter((variable) => variable.type === 'query' && variable.refresh !== 2)
      .map(({ name }) => name),
  'panel-datasource-rule': (board) =>
    dataPanels(board)
      .filter(({ datasource }) => datasource.uid !== '${datasource}')
      .map(({ title }) => title),
  'panel-title-description-rule': (board) =>
    dataPanels(board)
      .filter(({ title, description }) => title === '' || description === '')
      .map(({ id }) => `panel ${id}`),
  'panel-units-rule': (board) =>
    dataPanels(board)
      .filter(({ type, fieldConfig: { defaults, overrides }, options }) => {
        const yAxis = options['yAxis'] as { unit?: string } | undefined
        const units = overrides.flatMap(({ properties }) =>
          properties.filter(({ id }) => id === 'unit').map(({ value }) => value as string),
        )
        return [type === 'heatmap' ? yAxis?.unit : defaults.unit, ...units].some(
          (unit) => unit === undefined || !UNITS.includes(unit),
        )
      })
      .map(({ title }) => title),
  'panel-no-targets-rule': (board) =>
    dataPanels(board)
      .filter(({ targets }) => targets.length === 0)
      .map(({ title }) => title),
  'target-promql-rule': eachQuery((expr) => readQuery(substituteVariables(expr)).errors.length > 0),
  'target-rate-interval-rule': eachQuery((expr) =>
    readQuery(expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '2m')).selectors.some(
      ({ range, calledBy }) => (calledBy === 'rate' || calledBy === 'irate') && range !== '1m',
    ),
  ),
  'target-job-rule': requiredMatcher('job'),
  'target-instance-rule': requiredMatcher('instance'),
  'target-counter-agg-rule': eachSelector(
    ({ name, calledBy, range }) =>
      name.endsWith('_total') &&
      (range === undefined || !['rate', 'irate', 'increase'].includes(calledBy ?? '')),
  ),
  'uneditable-dashboard': ({ editable }) => (editable ? ['editable'] : []),
}

export const RULE_NAMES = Object.keys(RULES)

/** Everything that the rules find in a board. */
export function lint(board: ClassicDashboard): Finding[] {
  return Object.entries(RULES).flatMap(([rule, check]) => check(board).map((where) => ({ rule, where })))
}
