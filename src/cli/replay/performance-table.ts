/** Performance of a replay as lines for a terminal. */
import { count, decimal } from '../../lib/number-format.ts'
import type { LabelledOutput, LabelledResult } from './labelled.ts'

export function performanceTable(result: LabelledResult): string[] {
  const { labels, joined, unlabelledRows, unusedLabels, wrongType, outputs } = result
  const notes = [
    `${count(joined)} rows with a label`,
    ...(unlabelledRows > 0 ? [`${count(unlabelledRows)} without`] : []),
    ...(unusedLabels > 0 ? [`${count(unusedLabels)} of ${count(labels)} labels without a row`] : []),
    ...(wrongType > 0 ? [`${count(wrongType)} labels of the wrong type`] : []),
  ]
  return ['', notes.join(', '), ...outputs.flatMap(outputLines)]
}

function outputLines({ snapshot, chunks }: LabelledOutput): string[] {
  const { model, version, output, task, observations, windows, concept } = snapshot
  const name = [model, version].filter((part) => part !== '').join(' ')
  const metrics = windows[0]?.metrics ?? []
  const lines = metrics.map(({ metric, value, lower, upper }) => {
    const interval =
      lower === undefined || upper === undefined ? '' : `  (${decimal(lower)} to ${decimal(upper)})`
    const parts = chunks.flatMap((chunk) => chunk.metrics[metric] ?? [])
    const range =
      parts.length < 2 ? '' : `  parts: ${decimal(Math.min(...parts))} to ${decimal(Math.max(...parts))}`
    return `  ${metric.padEnd(18)} ${decimal(value).padStart(10)}${interval}${range}`
  })
  const drifts = concept.map(({ detector, detections }) => `${detector} ${detections.up + detections.down}`)
  return [
    '',
    `${name}: performance of ${output} (${task}) over ${count(observations)} rows`,
    ...lines,
    ...(drifts.length === 0 ? [] : [`  concept drift was seen so often: ${drifts.join(', ')}`]),
  ]
}
