/**
 * A line of ground truth as SageMaker Model Monitor merges it:
 *
 *     {"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "…"}, "eventVersion": "0"}
 */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { Outcome, OutputTruth } from './outcome.ts'
import { isTruth } from './truth.ts'

export function isGroundTruthLine(line: JsonObject): boolean {
  return line['groundTruthData'] !== undefined
}

export function parseGroundTruth({
  groundTruthData,
  eventMetadata,
}: JsonObject): { readonly outcomes: readonly Outcome[] } | { readonly problem: string } {
  const data = isObject(groundTruthData) ? groundTruthData['data'] : undefined
  const encoding = isObject(groundTruthData) ? groundTruthData['encoding'] : undefined
  if (typeof data !== 'string' && typeof data !== 'number')
    return { problem: '"groundTruthData.data" is not a string' }
  if (encoding !== undefined && encoding !== 'CSV') {
    return { problem: '"groundTruthData.encoding" is not CSV; allowed: CSV' }
  }
  const metadata = isObject(eventMetadata) ? eventMetadata : {}
  // The captured inferenceId is the caller's name for the prediction; without it, the capture's own eventId is used.
  const id = metadata['inferenceId'] ?? metadata['eventId']
  if (typeof id !== 'string' || id === '') return { problem: '"eventMetadata.eventId" is missing' }
  const values = String(data)
    .split(',')
    .map((value) => value.trim().replace(/^"(.*)"$/, '$1'))
  if (!values.every(isTruth)) return { problem: '"groundTruthData.data" has an empty value' }
  const labels: OutputTruth[] = values.map((value, place) => ({
    // Several values belong to the outputs in their order.
    output: values.length === 1 ? undefined : `#${place}`,
    value,
  }))
  return { outcomes: [{ kind: 'label', id, labels, model: '', version: '', timeMs: undefined }] }
}
