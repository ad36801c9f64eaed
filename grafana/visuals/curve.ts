import {
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder, SeriesMapping, XYShowMode } from '@grafana/grafana-foundation-sdk/xychart'
import type { Panel, Target } from '../look.ts'
import { DATASOURCE, query, SIZE } from '../look.ts'

export interface CurvePanel extends Panel {
  /** A label that holds numbers: one point for each value, in their order. */
  readonly by: string
  /** The query of the horizontal and that of the vertical axis, both aggregated by `by`. */
  readonly targets: readonly [Target, Target]
  /** End of both axes, which begin at 0. */
  readonly max: number
}

/** One query against another. */
export function curve(panel: CurvePanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'half']
  const [across, up] = panel.targets
  const convert = (destinationType: 'number' | 'string') => ({
    id: 'convertFieldType',
    options: { conversions: [{ targetField: panel.by, destinationType }], fields: {} },
  })
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .min(0)
    .max(panel.max)
    .span(width)
    .height(height)
    .interval('15s')
    .noValue(panel.noValue ?? '–')
    .mapping(SeriesMapping.Auto)
    .show(XYShowMode.PointsAndLines)
    .pointSize({ fixed: 5 })
    .lineWidth(2)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(false)
        .calcs([]),
    )
    .overrideByName(across.legend, [{ id: 'custom.axisLabel', value: across.legend }])
    .overrideByName(up.legend, [{ id: 'custom.axisLabel', value: up.legend }])
    .withTransformation({ id: 'joinByField', options: { byField: panel.by, mode: 'outer' } })
    .withTransformation(convert('number'))
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: panel.by }] } })
    // The first number is the horizontal axis, every other number a curve: the order is neither.
    .withTransformation(convert('string'))
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, 'Time 1': true, 'Time 2': true },
        renameByName: { 'Value #A': across.legend, 'Value #B': up.legend },
        indexByName: { [panel.by]: 0, 'Value #A': 1, 'Value #B': 2 },
      },
    })
  for (const target of panel.targets) {
    builder.withTarget(query(target).instant().format(PromQueryFormat.Table))
  }
  return builder
}
