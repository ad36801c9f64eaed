/** A board as one HTML page: its grid, and in each cell what its queries answered. */
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { cells } from './cells.ts'
import type { Plot } from './chart.ts'
import { bars, colorOf, curve, density, lines } from './chart.ts'
import { escape } from './escape.ts'
import { format } from './format.ts'
import type { Answer } from './query.ts'

export type Time = Pick<Plot, 'stepSeconds' | 'range'>

export interface AnsweredPanel {
  readonly panel: Panel | RowPanel
  /** Empty for a row. */
  readonly answers: readonly Answer[]
}

/** Grafana's grid: 24 columns over the width, 30 px rows with a gap of 8. */
export const PAGE_WIDTH = 1680
const ROW_HEIGHT = 38
const GAP = 8
const TITLE_HEIGHT = 26

interface Mapping {
  readonly type: string
  readonly options: Readonly<Record<string, { readonly text?: string; readonly color?: string }>>
}

function tile(panel: Panel, answers: readonly Answer[]): string {
  const defaults = panel.fieldConfig?.defaults
  const value = answers[0]?.series[0]?.points.at(-1)?.[1]
  if (value === undefined || Number.isNaN(value))
    return `<p class="none">${escape(defaults?.noValue ?? '–')}</p>`
  const mapped = ((defaults?.mappings ?? []) as unknown as Mapping[]).find(({ type }) => type === 'value')
    ?.options[String(value)]
  const step = (defaults?.thresholds?.steps ?? []).findLast(
    ({ value: from }) => from === null || value >= from,
  )
  const text = mapped?.text ?? format(value, defaults?.unit, defaults?.decimals)
  return `<p class="value" style="color:${colorOf(mapped?.color ?? step?.color ?? 'blue')}">${escape(text)}</p>`
}

interface Organize {
  readonly renameByName: Readonly<Record<string, string>>
}

function rows(panel: Panel, answers: readonly Answer[]): string {
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options as Organize
  const columns = Object.entries(organize.renameByName)
  const labels = columns.filter(([name]) => !name.startsWith('Value'))
  const values = columns.filter(([name]) => name.startsWith('Value')).map(([, header]) => header)
  const merged = new Map<string, { labels: Readonly<Record<string, string>>; values: number[] }>()
  answers.forEach(({ series }, index) => {
    for (const one of series) {
      const key = labels.map(([label]) => one.labels[label] ?? '').join('\0')
      const row = merged.get(key) ?? { labels: one.labels, values: [] }
      row.values[index] = one.points[0]?.[1] ?? NaN
      merged.set(key, row)
    }
  })
  const sortBy = (panel.options as { sortBy?: { displayName: string }[] }).sortBy?.[0]?.displayName ?? ''
  const sortIndex = values.indexOf(sortBy)
  const unitOf = (header: string) => {
    const properties = panel.fieldConfig?.overrides.find(
      ({ matcher }) => String(matcher.options) === header,
    )?.properties
    const property = (id: string): unknown => properties?.find((one) => one.id === id)?.value
    return { unit: property('unit') as string, decimals: property('decimals') as number | undefined }
  }
  const body = [...merged.values()]
    .sort((a, b) => (b.values[sortIndex] ?? -1) - (a.values[sortIndex] ?? -1))
    .map(({ labels: own, values: numbers }) => {
      const cells = values.map((header, index) => {
        const { unit, decimals } = unitOf(header)
        return `<td class="number">${format(numbers[index] ?? NaN, unit, decimals)}</td>`
      })
      return `<tr>${labels.map(([label]) => `<td>${escape(own[label] ?? '')}</td>`).join('')}${cells.join('')}</tr>`
    })
  const head = [...labels.map(([, header]) => header), ...values].map(
    (header) => `<th>${escape(header)}</th>`,
  )
  return `<table><tr>${head.join('')}</tr>${body.join('')}</table>`
}

function content(panel: Panel, answers: readonly Answer[], time: Time): string {
  const { w, h } = panel.gridPos ?? { w: 24, h: 8 }
  const box = {
    width: Math.floor((PAGE_WIDTH / 24) * w) - 3 * GAP,
    height: ROW_HEIGHT * h - TITLE_HEIGHT - 2 * GAP,
  }
  if (answers.every(({ series }) => series.length === 0)) {
    return `<p class="none">${escape(panel.fieldConfig?.defaults.noValue ?? 'No data')}</p>`
  }
  switch (panel.type) {
    case 'stat':
      return tile(panel, answers)
    case 'table':
      return panel.transformations?.some(({ id }) => id === 'groupingToMatrix') === true
        ? cells(panel, answers)
        : rows(panel, answers)
    case 'heatmap':
      return density(panel, answers, box)
    case 'barchart':
      return bars(panel, answers, box)
    case 'xychart':
      return curve(panel, answers, box)
    default:
      return lines(panel, answers, { ...box, ...time })
  }
}

function cell({ panel, answers }: AnsweredPanel, time: Time): string {
  const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 24, h: 8 }
  const column = PAGE_WIDTH / 24
  const place = `left:${x * column}px;top:${y * ROW_HEIGHT}px;width:${w * column - GAP}px;height:${h * ROW_HEIGHT - GAP}px`
  if (panel.type === 'row') return `<h2 style="${place}">${escape(panel.title ?? '')}</h2>`
  const inside = content(panel, answers, time)
  return `<section style="${place}"><h3>${escape(panel.title ?? '')}</h3>${inside}</section>`
}

/** Height of the page in pixels. */
export const heightOf = (panels: readonly AnsweredPanel[]): number =>
  100 + ROW_HEIGHT * Math.max(...panels.map(({ panel }) => (panel.gridPos?.y ?? 0) + (panel.gridPos?.h ?? 0)))

export function page(board: Dashboard, panels: readonly AnsweredPanel[], time: Time): string {
  const names = (board.templating?.list ?? []).map(({ name }) => name).join(' → ')
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(board.title ?? '')}</title><style>
body { margin: 16px; background: #111217; color: #ccccdc; font: 13px sans-serif; width: ${PAGE_WIDTH}px }
h1 { font-size: 20px; margin: 0 0 4px } h1 + p { margin: 0 0 14px; color: #8e8e8e }
main { position: relative } h2, section { position: absolute; box-sizing: border-box; margin: 0 }
h2 { font-size: 14px; padding-top: 8px }
section { background: #181b1f; border: 1px solid #2c3235; border-radius: 3px; padding: 6px ${GAP}px; overflow: hidden }
h3 { font-size: 13px; font-weight: 600; margin: 0 0 6px }
.value { font-size: 30px; text-align: center; margin: 22px 0 0; white-space: nowrap }
.none { color: #8e8e8e; text-align: center; margin-top: 24px; font-size: 15px }
table { border-collapse: collapse; width: 100% } td, th { border-bottom: 1px solid #2c3235; padding: 3px 8px; text-align: left }
.number { font-variant-numeric: tabular-nums }
</style></head><body><h1>${escape(board.title ?? '')}</h1><p>${escape(board.description ?? '')} Variables: ${escape(names)}.</p>
<main>${panels.map((panel) => cell(panel, time)).join('\n')}</main></body></html>
`
}
