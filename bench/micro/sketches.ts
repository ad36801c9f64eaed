/**
 * What sketches cost and how exact they are: the fine cells of baselines, and the grid that windows count into. `node --expose-gc bench/micro/sketches.ts`
 */
import type { NumericColumn } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { layoutOf } from '../../src/baseline/layout.ts'
import { NumberClassifier } from '../../src/quality/classify-numbers.ts'
import { ValueCounts } from '../../src/quality/value-counts.ts'
import { Column, RecordBatch } from '../../src/records/record-batch.ts'
import { curveOfCells } from '../../src/sketches/cells.ts'
import { type Curve, curveOf, largestGap } from '../../src/sketches/curve.ts'
import { digestValues } from '../../src/sketches/digest.ts'
import { FineCellsBuilder } from '../../src/sketches/fine-cells.ts'
import { ColumnWindows } from '../../src/windows/column-windows.ts'
import type { Pane } from '../../src/windows/pane.ts'
import { comparedCurve } from '../../src/windows/window-values.ts'

const VALUES = 200_000
const BATCH = 1_000
const ROUNDS = 5
const KEPT = 40

const normal = (): number =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
let place = 0
const shapes: Readonly<Record<string, () => number>> = {
  normal,
  'log-normal': () => Math.exp(normal()),
  'spiked at zero': () => (Math.random() < 0.6 ? 0 : Math.exp(normal())),
  'whole numbers': () => Math.round(15 * normal()),
  ascending: () => (place += 1),
}

interface Sketch {
  readonly addAll: (values: Float64Array) => void
  /** The distribution that it stands for. */
  readonly curve: () => Curve
}

function fineCells(): Sketch {
  const builder = new FineCellsBuilder()
  return {
    addAll: (values) => {
      for (const value of values) builder.add(value)
    },
    curve: () => {
      const cells = builder.cells()
      return curveOfCells(cells.edges, cells)
    },
  }
}

/** The cells that a window counts into, made of values that were drawn before. */
function countedInGrid(shape: string): Sketch {
  const column = numberColumns[shape]
  if (column === undefined) throw new Error(`no column for ${shape}`)
  const layout = layoutOf(column, BASELINE_VALUES)
  const { numbers } = layout
  if (numbers === undefined) throw new Error('no column of numbers')
  const windows = new ColumnWindows({ windowsMs: [600_000], layout, nowMs: 0 })
  const classifier = new NumberClassifier(column, layout, numbers, { low: -Infinity, high: Infinity })
  const cells = new Column('x', BATCH)
  const kinds = new ValueCounts()
  const flags = new Uint16Array(BATCH)
  return {
    addAll: (values) => {
      for (let row = 0; row < values.length; row += 1) cells.setNumber(row, values[row] as number)
      const open = windows.openNumbers
      if (open !== undefined) classifier.accept(cells, values.length, windows.openCounts, kinds, open, flags)
    },
    curve: () => comparedCurve(numbers, windows.summaries()[0] as Pane),
  }
}

const BASELINE_VALUES = 20_000
const numberColumns = Object.fromEntries(
  Object.entries(shapes).map(([shape, draw]) => {
    const builder = new BaselineBuilder({ features: 1, categories: 1 })
    const batch = new RecordBatch(1)
    batch.begin(BASELINE_VALUES)
    const column = batch.features.column('x')
    for (let row = 0; row < BASELINE_VALUES; row += 1) column.setNumber(row, draw())
    builder.add(batch)
    const { columns } = builder.build({ model: '', version: '', source: 'bench', createdEpochMs: 0 })
    return [shape, columns[0] as NumericColumn | undefined]
  }),
)
place = 0

const sketches: Readonly<Record<string, (shape: string) => Sketch>> = {
  'fine cells (baselines)': fineCells,
  'counted in the grid (windows)': countedInGrid,
}

function cpuNs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return 1_000 * (user + system)
}

/** Bytes that one open sketch of 10,000 values holds. */
function openBytes(make: () => Sketch, values: Float64Array): number {
  const used = (): number => {
    // External memory is given back a collection later.
    for (let round = 0; round < 4; round += 1) globalThis.gc?.()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const kept: Sketch[] = []
  const before = used()
  for (let i = 0; i < KEPT; i += 1) {
    const sketch = make()
    for (let start = 0; start < values.length; start += BATCH)
      sketch.addAll(values.subarray(start, start + BATCH))
    kept.push(sketch)
  }
  const bytes = (used() - before) / KEPT
  // Also keeps them from being collected before they are measured.
  return kept.length === KEPT ? bytes : Number.NaN
}

console.log(`${VALUES} values in batches of ${BATCH}; error: largest in rank, against all values sorted`)
console.log(
  `${'sketch'.padEnd(36)}${'distribution'.padEnd(18)}${'ns/value'.padStart(9)}${'error'.padStart(10)}${'open KiB'.padStart(10)}`,
)
for (const [name, make] of Object.entries(sketches)) {
  for (const [shape, draw] of Object.entries(shapes)) {
    // An ascending column is taken for an identifier, and no window of it is compared.
    if (make === countedInGrid && numberColumns[shape] === undefined) continue
    const values = Float64Array.from({ length: VALUES }, draw)
    const exact = curveOf(digestValues(values.slice(), VALUES), VALUES)
    let fastest = Infinity
    let error = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const sketch = make(shape)
      const spent = cpuNs(() => {
        for (let start = 0; start < VALUES; start += BATCH)
          sketch.addAll(values.subarray(start, start + BATCH))
      })
      fastest = Math.min(fastest, spent / VALUES)
      error = Math.max(error, largestGap(sketch.curve(), exact))
    }
    const kib = openBytes(() => make(shape), values.subarray(0, 10_000)) / 1_024
    console.log(
      `${name.padEnd(36)}${shape.padEnd(18)}${fastest.toFixed(0).padStart(9)}${error.toFixed(4).padStart(10)}${kib.toFixed(0).padStart(10)}`,
    )
  }
}
