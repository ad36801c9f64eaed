/** Text form of a pending prediction and its labels, for stores outside this process. */
import type { OutputTruth, Truth } from './outcome.ts'
import type { WaitingPrediction } from './store.ts'

type Written = readonly [string, string, number, readonly (readonly [string, Truth, (number | null)?])[]]

export function writePrediction({ model, version, timeMs, outputs }: WaitingPrediction): string {
  const written: Written = [
    model,
    version,
    timeMs,
    outputs.map(({ output, value, score }) =>
      score === undefined ? [output, value] : [output, value, score],
    ),
  ]
  return JSON.stringify(written)
}

/** `undefined` for a text in another format. */
export function readPrediction(text: string): WaitingPrediction | undefined {
  const written = parsed(text)
  if (!Array.isArray(written) || !Array.isArray(written[3])) return undefined
  const [model, version, timeMs, outputs] = written as unknown as Written
  return {
    model,
    version,
    timeMs,
    outputs: outputs.map(([output, value, score]) => ({ output, value, score: score ?? undefined })),
  }
}

export interface WrittenLabel {
  readonly labels: readonly OutputTruth[]
  readonly timeMs: number
}

export function writeLabel({ labels, timeMs }: WrittenLabel): string {
  return JSON.stringify([timeMs, ...labels.map(({ output, value }) => [output ?? null, value])])
}

export function readLabel(text: string): WrittenLabel | undefined {
  const written = parsed(text)
  if (!Array.isArray(written)) return undefined
  const [timeMs, ...labels] = written as [number, ...[string | null, Truth][]]
  return { timeMs, labels: labels.map(([output, value]) => ({ output: output ?? undefined, value })) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
