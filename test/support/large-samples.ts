/** The values that test/fixtures/statistics/large.py draws, drawn again: too many to store. */
import { normalSource, randomSource } from './rows.ts'

type Draw = () => number

const shapes: Readonly<Record<string, (draw: Draw) => Draw>> = {
  normal: (draw) => normalSource(draw),
  'log-normal': (draw) => {
    const normal = normalSource(draw)
    return () => Math.exp(normal())
  },
  'log-normal, wide': (draw) => {
    const normal = normalSource(draw)
    return () => Math.exp(2 * normal())
  },
  'heavy tail': (draw) => () => {
    const u = draw() * (1 - 2e-9) + 1e-9
    return (2 * u - 1) / Math.sqrt(2 * u * (1 - u))
  },
  exponential: (draw) => () => -Math.log(1 - draw()),
  uniform: (draw) => draw,
  bimodal: (draw) => {
    const normal = normalSource(draw)
    return () => (draw() < 0.5 ? 3 : -3) + 0.5 * normal()
  },
  'spiked at zero': (draw) => {
    const normal = normalSource(draw)
    return () => (draw() < 0.6 ? 0 : Math.exp(normal()))
  },
  capped: (draw) => {
    const normal = normalSource(draw)
    return () => Math.min(2, Math.max(-1, normal()))
  },
  integers: (draw) => {
    const normal = normalSource(draw)
    return () => Math.floor(15 * normal())
  },
  'two values': (draw) => () => (draw() < 0.7 ? 0 : 1),
}
const drifts: Readonly<Record<string, (value: number, deviation: number) => number>> = {
  none: (value) => value,
  'a quarter up': (value, deviation) => value + 0.25 * deviation,
  wider: (value) => 1.3 * value,
  'moved out of range': (value, deviation) => value + 8 * deviation,
}

const round4 = (value: number): number => Math.floor(value * 10_000 + 0.5) / 10_000

export interface LargeCase {
  readonly name: string
  readonly shape: string
  readonly drift: string
  /** Of the baseline and of the live values. */
  readonly seeds: readonly number[]
  readonly deviation: number
  readonly ks: number
  readonly wasserstein: number
  readonly standardDeviation: number
}

export function drawCase(
  { shape, drift, seeds, deviation }: LargeCase,
  counts: { readonly baseline: number; readonly live: number },
): { readonly baseline: number[]; readonly live: number[] } {
  const make = shapes[shape]
  const change = drifts[drift]
  if (make === undefined || change === undefined) throw new Error(`no values for ${shape}, ${drift}`)
  const [first = 0, second = 0] = seeds
  const baseline = make(randomSource(first))
  const live = make(randomSource(second))
  return {
    baseline: Array.from({ length: counts.baseline }, () => round4(baseline())),
    live: Array.from({ length: counts.live }, () => round4(change(live(), deviation))),
  }
}
