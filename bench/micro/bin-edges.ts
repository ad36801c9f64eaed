/** The bin of a value: the grid of src/sketches/bin-edges.ts beside a binary search, for quantile bins. */
import { BinEdges, lowestBin } from '../../src/sketches/bin-edges.ts'

const VALUES = 1_000_000
const ROUNDS = 9

const normal = (): number =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
const shapes: Readonly<Record<string, () => number>> = {
  uniform: Math.random,
  normal,
  'log-normal': () => Math.exp(normal()),
  'long tail': () => Math.exp(3 * normal()),
}

function nsPerValue(work: (value: number) => number, values: Float64Array): number {
  let fastest = Infinity
  let sum = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.threadCpuUsage()
    for (let i = 0; i < VALUES; i += 1) sum += work(values[i] as number)
    const { user, system } = process.threadCpuUsage(before)
    fastest = Math.min(fastest, (1_000 * (user + system)) / VALUES)
  }
  if (Number.isNaN(sum)) throw new Error('a value without a bin')
  return fastest
}

console.log(`${'distribution'.padEnd(14)}${'grid'.padStart(8)}${'binary search'.padStart(16)}   ns a value`)
for (const [name, draw] of Object.entries(shapes)) {
  const values = Float64Array.from({ length: VALUES }, draw)
  const sorted = values.toSorted()
  const edges = Float64Array.from({ length: 9 }, (_, i) => sorted[((i + 1) * VALUES) / 10] as number)
  const bins = new BinEdges(edges)
  const grid = nsPerValue((value) => bins.index(value), values)
  const search = nsPerValue((value) => lowestBin(edges, value), values)
  console.log(`${name.padEnd(14)}${grid.toFixed(1).padStart(8)}${search.toFixed(1).padStart(16)}`)
}
