import {
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import type { Panel, Step } from '../look.ts'
import { COLOR, DATASOURCE, emptyMapping, NO_TRAFFIC, query, SIZE } from '../look.ts'

export interface StatPanel extends Panel {
  readonly steps?: readonly Step[]
  /** Text shown for exact values, for instance `{ 1: { text: 'Up', color: 'green' } }`. */
  readonly texts?: Readonly<Record<string, { readonly text: string; readonly color: string }>>
  readonly sparkline?: boolean
}

/** One number, coloured by its steps. */
export function stat(panel: StatPanel): PanelBuilder {
  const { width, height } = SIZE[panel.size ?? 'tile']
  const noValue = panel.noValue ?? NO_TRAFFIC
  const steps = panel.steps ?? [{ from: null, color: COLOR.calm }]
  const mappings = [emptyMapping(noValue)]
  if (panel.texts !== undefined) {
    const texts = Object.entries(panel.texts).map(([value, result], at) => [
      value,
      { ...result, index: at + 1 },
    ])
    mappings.push({ type: MappingType.ValueToText, options: Object.fromEntries(texts) })
  }
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .span(width)
    .height(height)
    .interval('15s')
    .noValue(noValue)
    .mappings(mappings)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(steps.map(({ from, color }) => ({ value: from, color }))),
    )
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(panel.sparkline === false ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
  if (panel.decimals !== undefined) builder.decimals(panel.decimals)
  for (const target of panel.targets) builder.withTarget(query(target).range())
  return builder
}
