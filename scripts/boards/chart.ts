/** A panel's answers as an SVG, by ECharts without a browser. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { EChartsOption } from 'echarts'
import { init } from 'echarts'
import { format } from './format.ts'
import type { TimeRange } from './interpolate.ts'
import type { Answer, Series } from './query.ts'

export interface Box {
  readonly width: number
  readonly height: number
}

const THRESHOLD = /^(threshold|objective)/
const TEXT = { color: '#ccccdc', fontSize: 11 }
const LINE = { lineStyle: { color: '#2c3235' } }
/** Grafana's classic palette, first colours. */
const PALETTE = [
  ...['#73BF69', '#F2CC0C', '#8AB8FF', '#FF780A', '#F2495C', '#5794F2'],
  ...['#B877D9', '#705DA0', '#37872D', '#FADE2A', '#447EBC', '#C15C17'],
]
const NAMED: Readonly<Record<string, string>> = {
  green: '#73BF69',
  orange: '#FF9830',
  red: '#F2495C',
  gray: '#8e8e8e',
  blue: '#5794F2',
}
/** Rows of a legend that fit beside the plot before it is only named. */
const LEGEND_ROWS = 6

export const colorOf = (name: string): string => NAMED[name] ?? name

function svg(option: EChartsOption, { width, height }: Box): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'sans-serif', ...TEXT },
    ...option,
  })
  const text = chart.renderToSVGString()
  chart.dispose()
  return text
}

interface Custom {
  readonly stacking?: { readonly mode?: string }
  readonly fillOpacity?: number
}

/** Fixed colours by series name, from the panel's overrides. */
function fixedColors(panel: Panel): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) => {
      const color = properties.find(({ id }) => id === 'color')?.value as { fixedColor?: string } | undefined
      return color?.fixedColor === undefined ? [] : [[String(matcher.options), color.fixedColor]]
    }),
  )
}

/** One point for each step; a step without a sample is a gap. */
function withGaps({ points }: Series, stepSeconds: number): [number, number | null][] {
  const drawn: [number, number | null][] = []
  points.forEach(([at, value], index) => {
    const before = points[index - 1]
    if (before !== undefined && at - before[0] > 1.5 * stepSeconds)
      drawn.push([(at - stepSeconds) * 1000, null])
    drawn.push([at * 1000, Number.isFinite(value) ? value : null])
  })
  return drawn
}

/** On the steps of all series, because ECharts stacks by place and not by time; where there is no sample there is 0. */
function onGrid({ points }: Series, steps: readonly number[]): [number, number][] {
  const values = new Map(points)
  return steps.map((at) => {
    const value = values.get(at) ?? 0
    return [at * 1000, Number.isFinite(value) ? value : 0]
  })
}

export interface Plot extends Box {
  readonly stepSeconds: number
  readonly range: TimeRange
}

const largest = ({ points }: Series): number =>
  points.reduce((max, [, value]) => (value > max ? value : max), -Infinity)

export function lines(panel: Panel, answers: readonly Answer[], plot: Plot): string {
  const defaults = panel.fieldConfig?.defaults
  const custom = defaults?.custom as Custom | undefined
  const colors = fixedColors(panel)
  const shown = answers
    .flatMap((answer) => answer.series)
    .sort((a, b) => largest(b) - largest(a))
    .slice(0, 30)
  const rows = Math.min(shown.length, LEGEND_ROWS)
  const steps = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
  const unit = (value: number): string => format(value, defaults?.unit, undefined)
  return svg(
    {
      color: PALETTE,
      grid: { left: 58, right: 12, top: 8, bottom: 24 + 15 * rows },
      xAxis: {
        type: 'time',
        min: plot.range.from * 1000,
        max: plot.range.to * 1000,
        axisLabel: { ...TEXT, hideOverlap: true, formatter: '{HH}:{mm}:{ss}' },
        splitLine: { show: true, ...LINE },
      },
      yAxis: {
        type: 'value',
        ...(defaults?.min === undefined ? { scale: true } : { min: defaults.min }),
        ...(defaults?.max === undefined ? {} : { max: defaults.max }),
        axisLabel: { ...TEXT, formatter: unit },
        splitLine: LINE,
        splitNumber: 4,
      },
      legend: {
        type: 'plain',
        orient: 'vertical',
        left: 8,
        bottom: 0,
        height: 15 * rows,
        itemHeight: 4,
        itemWidth: 14,
        itemGap: 3,
        textStyle: { ...TEXT, lineHeight: 12 },
        data: shown.slice(0, LEGEND_ROWS).map(({ name }) => name),
        formatter: (name) => {
          const last = shown.find((one) => one.name === name)?.points.at(-1)?.[1] ?? NaN
          return `${name.length > 44 ? `${name.slice(0, 43)}…` : name}   ${unit(last)}`
        },
      },
      series: shown.map((one, index) => {
        const threshold = THRESHOLD.test(one.name)
        const stacked = custom?.stacking?.mode === 'normal' && !threshold
        const color = threshold
          ? colorOf('red')
          : colorOf(colors[one.name] ?? PALETTE[index % PALETTE.length] ?? 'gray')
        return {
          type: 'line' as const,
          name: one.name,
          data: stacked ? onGrid(one, steps) : withGaps(one, plot.stepSeconds),
          showSymbol: one.points.length === 1,
          itemStyle: { color },
          lineStyle: { width: threshold ? 2 : 1.2, color, ...(threshold ? { type: 'dashed' as const } : {}) },
          ...(stacked ? { stack: 'all' } : {}),
          ...(threshold ? {} : { areaStyle: { opacity: (custom?.fillOpacity ?? 0) / 100 } }),
        }
      }),
    },
    plot,
  )
}

export function density(panel: Panel, [answer]: readonly Answer[], box: Box): string {
  const buckets = (answer?.series ?? [])
    .map((one) => ({ le: Number(one.labels['le'] === '+Inf' ? Infinity : one.labels['le']), one }))
    .sort((a, b) => a.le - b.le)
  const times = [...new Set(buckets.flatMap(({ one }) => one.points.map(([at]) => at)))].sort((a, b) => a - b)
  const cells: [number, number, number][] = []
  buckets.forEach(({ one }, row) => {
    const below = new Map(buckets[row - 1]?.one.points ?? [])
    for (const [at, cumulative] of one.points) {
      const count = cumulative - (below.get(at) ?? 0)
      if (count > 0) cells.push([times.indexOf(at), row, Math.sqrt(count)])
    }
  })
  const yAxis = panel.options as { yAxis?: { unit?: string } } | undefined
  return svg(
    {
      grid: { left: 58, right: 12, top: 8, bottom: 24 },
      xAxis: {
        type: 'category',
        data: times.map((at) => new Date(at * 1000).toISOString().slice(11, 19)),
        axisLabel: TEXT,
      },
      yAxis: {
        type: 'category',
        data: buckets.map(({ le }) => (le === Infinity ? '+Inf' : format(le, yAxis?.yAxis?.unit))),
        axisLabel: TEXT,
      },
      visualMap: {
        show: false,
        min: 0,
        max: Math.max(1, ...cells.map(([, , count]) => count)),
        inRange: { color: ['#0d2a4d', '#1f60c4', '#8ab8ff', '#deebff'] },
      },
      series: [{ type: 'heatmap', data: cells }],
    },
    box,
  )
}

export function bars(panel: Panel, answers: readonly Answer[], box: Box): string {
  const by = String((panel.options as { xField?: string } | undefined)?.xField)
  const order = ({ labels }: Series): number => Number(labels['order'] ?? Infinity)
  const keys = [
    ...new Set(
      answers.flatMap(({ series }) =>
        [...series].sort((a, b) => order(a) - order(b)).map(({ labels }) => labels[by] ?? ''),
      ),
    ),
  ]
  const colors = fixedColors(panel)
  const names = Object.keys(colors)
  return svg(
    {
      grid: { left: 58, right: 12, top: 8, bottom: 64 },
      xAxis: { type: 'category', data: keys, axisLabel: { ...TEXT, rotate: 30, interval: 0, width: 80 } },
      yAxis: {
        type: 'value',
        min: 0,
        axisLabel: { ...TEXT, formatter: (value: number) => format(value, panel.fieldConfig?.defaults.unit) },
        splitLine: LINE,
      },
      legend: { bottom: 0, textStyle: TEXT, itemHeight: 8 },
      series: answers.map(({ series }, index) => {
        const name = names[index] ?? String(index)
        return {
          type: 'bar' as const,
          name,
          itemStyle: { color: colorOf(colors[name] ?? 'gray') },
          data: keys.map((key) => series.find(({ labels }) => labels[by] === key)?.points[0]?.[1] ?? null),
        }
      }),
    },
    box,
  )
}

/** The second query against the first, joined by the label that orders the points. */
export function curve(panel: Panel, [across, up]: readonly Answer[], box: Box): string {
  const by = (panel.transformations?.find(({ id }) => id === 'joinByField')?.options as { byField: string })
    .byField
  const valueOf = ({ points }: Series): number => points[0]?.[1] ?? NaN
  const points = [...(across?.series ?? [])]
    .sort((a, b) => Number(a.labels[by]) - Number(b.labels[by]))
    .map((one): [number, number] => {
      const other = up?.series.find(({ labels }) => labels[by] === one.labels[by])
      return [valueOf(one), other === undefined ? NaN : valueOf(other)]
    })
  const { unit, max } = panel.fieldConfig?.defaults ?? {}
  const axis = {
    type: 'value' as const,
    min: 0,
    ...(max === undefined ? {} : { max }),
    axisLabel: { ...TEXT, formatter: (value: number) => format(value, unit) },
    splitLine: LINE,
  }
  return svg(
    {
      grid: { left: 58, right: 24, top: 8, bottom: 24 },
      xAxis: axis,
      yAxis: axis,
      series: [{ type: 'line', data: points, symbolSize: 5, itemStyle: { color: colorOf('green') } }],
    },
    box,
  )
}
