import { ScaleDistribution, ScaleDistributionConfigBuilder } from '@grafana/grafana-foundation-sdk/common'
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap'
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import type { Panel } from '../look.ts'
import { DATASOURCE, NO_TRAFFIC, query, SIZE } from '../look.ts'

/** Density over time from a histogram's buckets (`sum by (le) (increase(…))`). */
export function heatmap(panel: Panel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'half']
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .interval('30s')
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Blues')
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new YAxisConfigBuilder().unit(panel.unit))
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear))
    .noValue(panel.noValue ?? NO_TRAFFIC)
  for (const target of panel.targets) {
    builder.withTarget(query(target).range().format(PromQueryFormat.Heatmap))
  }
  return builder
}
