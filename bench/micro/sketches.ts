/**
 * What sketches cost and how exact they are: the t-digest of baselines, and the sample that windows take. `node --expose-gc bench/micro/sketches.ts`
 */
import { DIGEST_CLUSTERS } from '../../src/baseline/baseline.ts'
import { curveOf, largestGap } from '../../src/sketches/curve.ts'
import { digestValues, type Digest } from '../../src/sketches/digest.ts'
import { OpenDigest } from '../../src/sketches/open-digest.ts'
import { SampleDigest } from '../../src/sketches/sample-digest.ts'
import { WINDOW_CLUSTERS } from '../../src/windows/pane.ts'

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
  readonly clusters: number
  readonly addAll: (values: Float64Array) => void
  readonly take: () => Digest
}

function ofAll(clusters: number): Sketch {
  const digest = new OpenDigest(clusters)
  return {
    clusters,
    addAll: (values) => {
      for (const value of values) digest.add(value)
    },
    take: () => digest.digest(),
  }
}

function sampled(clusters: number): Sketch {
  const digest = new SampleDigest(clusters, 1)
  return {
    clusters,
    addAll: (values) => {
      let [min, max] = [Infinity, -Infinity]
      for (const value of values) {
        if (value < min) min = value
        if (value > max) max = value
      }
      digest.addAll(values, values.length, min, max)
    },
    take: () => digest.take(),
  }
}

const sketches: Readonly<Record<string, () => Sketch>> = {
  'all values, 256 clusters (baselines)': () => ofAll(DIGEST_CLUSTERS),
  'sample, 128 clusters (windows)': () => sampled(WINDOW_CLUSTERS),
}

function cpuNs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return 1_000 * (user + system)
}

/** Bytes that one open sketch of 10,000 values holds; those of a closed one are two doubles a cluster. */
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
    sketch.addAll(values)
    kept.push(sketch)
  }
  const bytes = (used() - before) / KEPT
  // Also keeps them from being collected before they are measured.
  return kept.length === KEPT ? bytes : Number.NaN
}

console.log(`${VALUES} values in batches of ${BATCH}; error: largest in rank, against all values sorted`)
console.log(
  `${'sketch'.padEnd(36)}${'distribution'.padEnd(18)}${'ns/value'.padStart(9)}${'error'.padStart(10)}${'clusters'.padStart(10)}${'open KiB'.padStart(10)}`,
)
for (const [name, make] of Object.entries(sketches)) {
  for (const [shape, draw] of Object.entries(shapes)) {
    const values = Float64Array.from({ length: VALUES }, draw)
    const exact = curveOf(digestValues(values.slice(), VALUES), VALUES)
    let fastest = Infinity
    let error = 0
    let clusters = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const sketch = make()
      const spent = cpuNs(() => {
        for (let start = 0; start < VALUES; start += BATCH)
          sketch.addAll(values.subarray(start, start + BATCH))
      })
      fastest = Math.min(fastest, spent / VALUES)
      const digest = sketch.take()
      clusters = digest.means.length
      error = Math.max(error, largestGap(curveOf(digest, sketch.clusters), exact))
    }
    const kib = openBytes(make, values.subarray(0, 10_000)) / 1_024
    console.log(
      `${name.padEnd(36)}${shape.padEnd(18)}${fastest.toFixed(0).padStart(9)}${error.toFixed(4).padStart(10)}${String(clusters).padStart(10)}${kib.toFixed(0).padStart(10)}`,
    )
  }
}
