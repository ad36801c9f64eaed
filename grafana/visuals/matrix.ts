import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table'
import type { PanelText } from '../look.ts'
import { DATASOURCE, query, SIZE } from '../look.ts'

export interface MatrixPanel extends PanelText {
  /** Instant query, one series for each cell. */
  readonly expr: string
  readonly unit: string
  readonly decimals: number
  /** The value of the darkest cell; absent: the largest one. */
  readonly max?: number
  /** The label with the names of the rows. */
  readonly rows: string
  /** The label with the names of the columns. */
  readonly columns: string
}

/** One cell for each pair of two labels' values; the darker, the larger. */
export function matrix(panel: MatrixPanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'half']
  // The name that Grafana gives to the column with the rows' names.
  const corner = `${panel.rows}\\${panel.columns}`
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .decimals(panel.decimals)
    .min(0)
    .span(width)
    .height(height)
    .interval('15s')
    .noValue(panel.noValue ?? '–')
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlues))
    .cellOptions({
      type: TableCellDisplayMode.ColorBackground,
      mode: TableCellBackgroundDisplayMode.Basic,
    })
    .overrideByName(corner, [{ id: 'custom.cellOptions', value: { type: 'auto' } }])
    .sortBy([new TableSortByFieldStateBuilder().displayName(corner).desc(false)])
    // An instant query has no order; columns appear in the order of the rows.
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: panel.columns }] } })
    .withTransformation({
      id: 'groupingToMatrix',
      options: {
        rowField: panel.rows,
        columnField: panel.columns,
        valueField: 'Value',
        emptyValue: 'null',
      },
    })
    .withTarget(query({ expr: panel.expr, legend: '__auto' }).instant().format(PromQueryFormat.Table))
  return panel.max === undefined ? builder : builder.max(panel.max)
}
