import {
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Panel } from '../look.ts'
import { DATASOURCE, NO_TRAFFIC, query, SIZE, THRESHOLD_SERIES, THRESHOLD_STYLE } from '../look.ts'

export interface TimeseriesPanel extends Panel {
  /** Parts of a whole, drawn on top of each other. */
  readonly stacked?: boolean
  readonly max?: number
  /** Values below zero are possible; otherwise the axis begins at 0. */
  readonly signed?: boolean
  /** Colours that carry meaning, by legend. */
  readonly colors?: Readonly<Record<string, string>>
}

/** Lines over time; the legend is a table, so that a value can be read without a pointer. */
export function timeseries(panel: TimeseriesPanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'third']
  const stacked = panel.stacked === true
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .span(width)
    .height(height)
    .interval('15s')
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
        .sortBy('Max')
        .sortDesc(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .noValue(panel.noValue ?? NO_TRAFFIC)
    .overrideByRegexp(THRESHOLD_SERIES, THRESHOLD_STYLE)
  if (panel.signed !== true) builder.min(0)
  if (panel.max !== undefined) builder.max(panel.max)
  if (panel.decimals !== undefined) builder.decimals(panel.decimals)
  for (const [legend, color] of Object.entries(panel.colors ?? {})) {
    builder.overrideByName(legend, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }])
  }
  for (const target of panel.targets) builder.withTarget(query(target).range())
  return builder
}
