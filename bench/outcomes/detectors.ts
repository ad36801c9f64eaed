/**
 * Which detectors of concept drift are worth having on by default: false alarms a hundred thousand labels without a
 * change, and how many labels after a change until a detector sees it. `node bench/outcomes/detectors.ts`
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DETECTOR_NAMES, type DetectorName, findDetector } from '../../src/outcomes/detectors/index.ts'
import { randomSource } from '../../test/support/rows.ts'

const STREAMS = 40
const LABELS = 10_000
const CHANGE = 5_000

const start = (name: DetectorName, seed: number) => {
  const random = randomSource(seed)
  return findDetector(name).start({ random: () => (bound) => Math.floor(random() * bound) })
}

function falseAlarms(name: DetectorName, rate: number): number {
  let alarms = 0
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const detecting = start(name, seed)
    const next = randomSource(seed + 1_000)
    for (let label = 0; label < LABELS; label += 1)
      if (detecting.update(next() < rate ? 1 : 0) === 'drift') alarms += 1
  }
  return (alarms / (STREAMS * LABELS)) * 100_000
}

/** Median labels until the change is seen, and the share of streams in which it is. */
function delay(name: DetectorName, before: number, after: number): string {
  const delays: number[] = []
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const detecting = start(name, seed)
    const next = randomSource(seed + 2_000)
    for (let label = 0; label < LABELS; label += 1) {
      const error = next() < (label < CHANGE ? before : after) ? 1 : 0
      if (detecting.update(error) !== 'drift' || label < CHANGE) continue
      delays.push(label - CHANGE)
      break
    }
  }
  delays.sort((a, b) => a - b)
  return `${delays[Math.floor(delays.length / 2)] ?? '–'} (${Math.round((100 * delays.length) / STREAMS)} %)`
}

/** The car loans that NannyML brings: the model becomes worse in the middle. */
function realStream(): number[] {
  const folder = join(import.meta.dirname, '../../test/fixtures/outcomes')
  const rows = (file: string): string[][] =>
    gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
  const labels = new Map(rows('car_loan_labels.csv.gz').map(([id, label]) => [id, label]))
  return rows('car_loan.csv.gz').map(([id, , predicted]) => (labels.get(id) === predicted ? 0 : 1))
}

const real = realStream()
for (const name of DETECTOR_NAMES) {
  const detecting = start(name, 1)
  const found = real.flatMap((error, index) => (detecting.update(error) === 'drift' ? [index] : []))
  console.log(
    name.padEnd(13),
    `false alarms per 100k labels, error rate 0.05: ${falseAlarms(name, 0.05).toFixed(1).padStart(6)}, 0.2: ${falseAlarms(name, 0.2).toFixed(1).padStart(6)}`,
    `| delay 0.1→0.2: ${delay(name, 0.1, 0.2)}, 0.1→0.4: ${delay(name, 0.1, 0.4)}`,
    `| car loans: ${found.filter((index) => index < 25_000).length} before 25000, first after ${found.find((index) => index >= 25_000) ?? '–'}`,
  )
}
