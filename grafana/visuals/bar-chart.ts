import { PanelBuilder } from '@grafana/grafana-foundation-sdk/barchart'
import {
  LegendDisplayMode,
  LegendPlacement,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import type { Panel } from '../look.ts'
import { DATASOURCE, query, SIZE } from '../look.ts'

export interface BarChartPanel extends Panel {
  /** The label whose values stand on the axis; every query is aggregated by it, the first one also by `order`. */
  readonly by: string
  /** A label that holds numbers, to sort by; where it has none, the order of the answer stays. */
  readonly order: string
  /** One colour for each query. */
  readonly colors: readonly string[]
}

/** Bars side by side for each value of a label, one colour for each query. */
export function barChart(panel: BarChartPanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'half']
  const fields = panel.targets.map(({ legend }, index) => ({
    field: panel.targets.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`,
    legend,
  }))
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .min(0)
    .span(width)
    .height(height)
    .interval('15s')
    .noValue(panel.noValue ?? '–')
    .xField(panel.by)
    .orientation(VizOrientation.Vertical)
    .showValue(VisibilityMode.Never)
    .groupWidth(0.8)
    .barWidth(0.9)
    .fillOpacity(70)
    .xTickLabelRotation(-30)
    .xTickLabelMaxLength(14)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .withTransformation({ id: 'joinByField', options: { byField: panel.by, mode: 'outer' } })
    .withTransformation({
      id: 'convertFieldType',
      options: { conversions: [{ targetField: panel.order, destinationType: 'number' }], fields: {} },
    })
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: panel.order }] } })
    .withTransformation({
      id: 'organize',
      options: {
        // The outer join leaves one time for each query.
        excludeByName: Object.fromEntries(
          ['Time', panel.order, ...panel.targets.map((_, index) => `Time ${index + 1}`)].map((name) => [
            name,
            true,
          ]),
        ),
        renameByName: Object.fromEntries(fields.map(({ field, legend }) => [field, legend])),
        indexByName: {},
      },
    })
  panel.targets.forEach((target, index) => {
    builder.withTarget(query(target).instant().format(PromQueryFormat.Table))
    builder.overrideByName(target.legend, [
      { id: 'color', value: { mode: 'fixed', fixedColor: panel.colors[index] } },
    ])
  })
  return builder
}
