/** The plots of performance in the report, as inline SVG. */
import { type Html, html } from '../../admin/page/html.ts'
import { decimal } from '../../lib/number-format.ts'
import type { PerformanceChunk } from '../../outcomes/output-outcomes.ts'
import type { MetricName } from '../../outcomes/performance/index.ts'
import type { ConfusionCell, ScoreBin } from '../../outcomes/snapshot.ts'

const SIZE = 220
const LEFT = 34
const FOOT = 24
const RESIDUAL_BINS = 30

interface Point {
  readonly x: number
  readonly y: number
}

/** A curve over the unit square, with its diagonal. */
function square(points: readonly Point[], label: string, axes: readonly [string, string]): Html {
  const at = ({ x, y }: Point): string => `${fixed(LEFT + x * SIZE)},${fixed(SIZE - y * SIZE)}`
  return html`<svg viewBox="0 0 ${LEFT + SIZE + 4} ${SIZE + FOOT}" role="img" aria-label="${label}">
    <line class="grid" x1="${LEFT}" y1="${SIZE}" x2="${LEFT + SIZE}" y2="0" />
    <line class="grid" x1="${LEFT}" y1="${SIZE}" x2="${LEFT + SIZE}" y2="${SIZE}" />
    <line class="grid" x1="${LEFT}" y1="0" x2="${LEFT}" y2="${SIZE}" />
    <polyline class="line" points="${points.map(at).join(' ')}" />
    <text class="label" x="${LEFT + SIZE / 2}" y="${SIZE + 16}" text-anchor="middle">${axes[0]}</text>
    <text class="label" transform="translate(12 ${SIZE / 2}) rotate(-90)" text-anchor="middle">
      ${axes[1]}
    </text>
  </svg>`
}

/** From the highest scores down: true positives against false positives. */
export function rocPlot(bins: readonly ScoreBin[]): Html {
  const positives = sum(bins, (bin) => bin.positives)
  const negatives = sum(bins, (bin) => bin.negatives)
  const points: Point[] = [{ x: 0, y: 0 }]
  let [hits, misses] = [0, 0]
  for (const bin of bins.toReversed()) {
    hits += bin.positives
    misses += bin.negatives
    points.push({ x: misses / Math.max(negatives, 1), y: hits / Math.max(positives, 1) })
  }
  return square(points, 'ROC curve: true positive rate over false positive rate', [
    'false positive rate',
    'true positive rate',
  ])
}

/** Mean score against the true share; on the diagonal they agree. */
export function calibrationPlot(bins: readonly ScoreBin[]): Html {
  const points = tenths(bins).flatMap((part) => {
    const rows = sum(part, (bin) => bin.positives + bin.negatives)
    if (rows === 0) return []
    return [{ x: sum(part, (bin) => bin.scores) / rows, y: sum(part, (bin) => bin.positives) / rows }]
  })
  return square(points, 'Calibration: share of positives over the mean score', [
    'mean score',
    'share of positives',
  ])
}

function tenths(bins: readonly ScoreBin[]): readonly (readonly ScoreBin[])[] {
  const size = Math.max(1, Math.ceil(bins.length / 10))
  return Array.from({ length: Math.ceil(bins.length / size) }, (_, index) =>
    bins.slice(index * size, (index + 1) * size),
  )
}

/** Rows are predicted classes, columns are actual classes. */
export function confusionTable(cells: readonly ConfusionCell[]): Html {
  const predicted = [...new Set(cells.map((cell) => cell.predicted))]
  const actual = [...new Set(cells.map((cell) => cell.actual))]
  const most = Math.max(1, ...cells.map(({ count }) => count))
  const cell = (p: string, a: string): Html => {
    const count = cells.find((found) => found.predicted === p && found.actual === a)?.count ?? 0
    const colour = p === a ? '26,127,75' : '194,48,43'
    return html`<td style="background: rgba(${colour},${fixed((0.7 * count) / most)})">${count}</td>`
  }
  return html`<table>
    <thead>
      <tr>
        <th>predicted \\ actual</th>
        ${actual.map((name) => html`<th>${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${predicted.map(
        (p) =>
          html`<tr>
            <td>${p}</td>
            ${actual.map((a) => cell(p, a))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** Histogram of errors: predicted minus actual. */
export function residualPlot(residuals: readonly number[]): Html {
  const low = Math.min(...residuals)
  const high = Math.max(...residuals)
  const width = (high - low) / RESIDUAL_BINS || 1
  const counts = new Float64Array(RESIDUAL_BINS)
  for (const value of residuals) {
    const bin = Math.min(Math.floor((value - low) / width), RESIDUAL_BINS - 1)
    counts[bin] = (counts[bin] as number) + 1
  }
  const most = Math.max(...counts, 1)
  const slot = SIZE / RESIDUAL_BINS
  const bars = [...counts].map((count, bin) => {
    const height = (count / most) * SIZE
    return html`<rect
      class="live"
      x="${fixed(LEFT + bin * slot)}"
      y="${fixed(SIZE - height)}"
      width="${fixed(slot * 0.9)}"
      height="${fixed(height)}"
    />`
  })
  return html`<svg
    viewBox="0 0 ${LEFT + SIZE + 4} ${SIZE + FOOT}"
    role="img"
    aria-label="Residuals: predicted minus actual"
  >
    ${bars}
    <text class="label" x="${LEFT}" y="${SIZE + 16}">${decimal(low)}</text>
    <text class="label" x="${LEFT + SIZE}" y="${SIZE + 16}" text-anchor="end">${decimal(high)}</text>
  </svg>`
}

/** One metric over the parts of the file. */
export function chunkPlot(metric: MetricName, chunks: readonly PerformanceChunk[]): Html {
  const values = chunks.flatMap((chunk) => chunk.metrics[metric] ?? [])
  if (values.length < 2) return html``
  const low = Math.min(...values)
  const high = Math.max(...values)
  const height = 70
  const y = (value: number): number => height - ((value - low) / (high - low || 1)) * (height - 10)
  const points = values.map(
    (value, index) => `${fixed(LEFT + (index / (values.length - 1)) * SIZE)},${fixed(y(value))}`,
  )
  return html`<svg
    viewBox="0 0 ${LEFT + SIZE + 4} ${height + 6}"
    role="img"
    aria-label="${metric} over the parts of the file"
  >
    <text class="label" x="${LEFT - 4}" y="12" text-anchor="end">${decimal(high)}</text>
    <text class="label" x="${LEFT - 4}" y="${height}" text-anchor="end">${decimal(low)}</text>
    <polyline class="line" points="${points.join(' ')}" />
  </svg>`
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0)
}

function fixed(value: number): string {
  return value.toFixed(2)
}
