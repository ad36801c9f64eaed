import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table'
import type { PanelText, Step } from '../look.ts'
import { DATASOURCE, query, SIZE } from '../look.ts'

interface LabelColumn {
  readonly label: string
  readonly header: string
  /** Where a click leads; `${__value.text}` and `${__data.fields.<header>}` are replaced by Grafana. */
  readonly link?: { readonly title: string; readonly url: string }
}

interface ValueColumn {
  readonly header: string
  /** Instant query, aggregated by exactly the labels of the table. */
  readonly expr: string
  readonly unit: string
  readonly decimals?: number
  readonly steps?: readonly Step[]
}

export interface TablePanel extends PanelText {
  readonly labels: readonly LabelColumn[]
  readonly values: readonly ValueColumn[]
  /** Header of the column to sort by, largest first. */
  readonly sortBy: string
}

function valueProperties({ unit, decimals, steps }: ValueColumn): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }]
  if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals })
  if (steps !== undefined) {
    const scale = steps.map(({ from, color }) => ({ value: from, color }))
    properties.push(
      { id: 'thresholds', value: { mode: 'absolute', steps: scale } },
      { id: 'color', value: { mode: 'thresholds' } },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    )
  }
  return properties
}

/** One row for each label set, one column for each query: the queries are merged on the labels. */
export function table(panel: TablePanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'full']
  // Grafana calls the value of a single query "Value", and of several "Value #<refId>".
  const valueField = (index: number): string =>
    panel.values.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`
  const renameByName = Object.fromEntries([
    ...panel.labels.map(({ label, header }) => [label, header]),
    ...panel.values.map(({ header }, index) => [valueField(index), header]),
  ])
  const indexByName = Object.fromEntries(Object.keys(renameByName).map((name, index) => [name, index]))
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit('short')
    .span(width)
    .height(height)
    .interval('15s')
    .noValue(panel.noValue ?? '–')
    .sortBy([new TableSortByFieldStateBuilder().displayName(panel.sortBy).desc(true)])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName, indexByName },
    })
  for (const { header, link } of panel.labels) {
    if (link !== undefined) builder.overrideByName(header, [{ id: 'links', value: [link] }])
  }
  for (const column of panel.values) builder.overrideByName(column.header, valueProperties(column))
  for (const { expr } of panel.values) {
    builder.withTarget(query({ expr, legend: '__auto' }).instant().format(PromQueryFormat.Table))
  }
  return builder
}
