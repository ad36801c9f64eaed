/** Look and feel of every board: sizes, colours, words. `visuals/` draws with it, and nothing else styles a panel. */
import type { DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { MappingType, SpecialValueMatch } from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const

/** Grid units of a panel; the grid is 24 wide, and 12 tiles of different width fill a row. */
export const SIZE = {
  tile: { width: 3, height: 4 },
  wideTile: { width: 4, height: 4 },
  broadTile: { width: 6, height: 4 },
  table: { width: 24, height: 8 },
  quarter: { width: 6, height: 8 },
  third: { width: 8, height: 8 },
  half: { width: 12, height: 8 },
  twoThirds: { width: 16, height: 8 },
  full: { width: 24, height: 10 },
} as const
export type Size = keyof typeof SIZE

export const COLOR = { good: 'green', warn: 'orange', bad: 'red', muted: 'gray', calm: 'blue' } as const

/** Shown instead of a bare "NaN" or an empty panel. */
export const NO_TRAFFIC = 'No traffic'

export interface Target {
  readonly expr: string
  /** Grafana legend template. */
  readonly legend: string
  /** Ask for exemplars as well: a point leads to the trace of one request. */
  readonly exemplar?: boolean
}

export interface PanelText {
  readonly title: string
  /** What it shows, how to read it, what to do about it. */
  readonly description: string
  readonly size?: Size
  /** What an empty result means. */
  readonly noValue?: string
}

export interface Panel extends PanelText {
  /** Grafana unit id. */
  readonly unit: string
  readonly targets: readonly Target[]
  readonly decimals?: number
}

export function query({ expr, legend, exemplar }: Target): DataqueryBuilder {
  const builder = new DataqueryBuilder().expr(expr).legendFormat(legend).datasource(DATASOURCE)
  return exemplar === true ? builder.exemplar(true) : builder
}

export const emptyMapping = (text: string): ValueMapping => ({
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text, color: COLOR.muted, index: 0 } },
})

/** An ascending step of a scale: from this value on, this colour; `null` has no lower bound. */
export interface Step {
  readonly from: number | null
  readonly color: string
}

/** A series whose legend starts with "threshold" or "objective" is drawn as a dashed line without fill. */
export const THRESHOLD_SERIES = '/^(threshold|objective)/'
export const THRESHOLD_STYLE: DynamicConfigValue[] = [
  { id: 'color', value: { mode: 'fixed', fixedColor: COLOR.bad } },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
]
