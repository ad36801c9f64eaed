/**
 * SageMaker's containers, `POST /invocations`, of several models `POST /models/{model}/invoke`:
 *
 *     CSV without a header → CSV, one line a row or all on one line
 *     {"instances": [{"features": […]} | {"data": {"features": {"values": […]}}}, …]} → {"predictions": [{…}, …]}
 *     JSON lines of the same instances → JSON lines      a list of rows, or a row → a list
 *     libsvm, RecordIO of Protocol Buffers → any of these
 *
 * The order of the columns is all the schema there is.
 */
import { bodyText } from '../calls/body-text.ts'
import type { Call } from '../calls/call.ts'
import {
  type Invocation,
  invocationOf,
  invocationRecognition,
  mediaType,
  MOST_LINES,
  RECORD_IO,
} from '../calls/invocations.ts'
import { parseCsv } from '../formats/csv.ts'
import type { Failure } from '../formats/failure.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject } from '../formats/json-value.ts'
import { parseLibsvm } from '../formats/libsvm.ts'
import { readRecords } from '../formats/record-io.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { predictionsSide, rowSide } from '../records/row-side.ts'
import { textTableSide } from '../records/text-table.ts'
import type { Protocol } from './protocol.ts'

export const sagemaker: Protocol = {
  name: 'sagemaker',
  summary:
    'SageMaker containers: `/invocations` with CSV without a header, JSON rows, JSON lines, libsvm or RecordIO',

  recognise(call) {
    const invocation = invocationOf(call)
    if (invocation?.kind === 'json-lines' || invocation?.kind === 'libsvm') return invocationRecognition(call)
    if (invocation?.kind === 'record-io' || invocation?.kind === 'rows') return invocationRecognition(call)
    if (invocation?.kind === 'csv') return invocation.hasHeader ? undefined : invocationRecognition(call)
    if (invocation?.kind !== 'json') return undefined
    const { instances } = invocation.body
    return Array.isArray(instances) && valuesOf(instances[0]) !== undefined
      ? invocationRecognition(call)
      : undefined
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const invocation = invocationOf(call)
    const features = requestSide(invocation ?? { kind: 'other' }, { name: '', names: featureNames })
    return pair(batch, features, responseSide(call, { name: '', names: predictionNames }, features.rows))
  },
}

function requestSide(invocation: Invocation, naming: Naming): Side {
  switch (invocation.kind) {
    case 'csv':
      return textTableSide(invocation.rows, naming)
    case 'json-lines':
      return linesSide(invocation.text, naming)
    case 'json': {
      const { instances } = invocation.body
      return Array.isArray(instances)
        ? rowSide(instances.map(unwrapped), naming)
        : { failure: 'shape-unknown' }
    }
    case 'rows':
      return rowSide(isTable(invocation.rows) ? invocation.rows.map(unwrapped) : [invocation.rows], naming)
    case 'libsvm':
      return rowsOrFailure(parseLibsvm(invocation.text), naming)
    case 'record-io':
      return rowsOrFailure(readRecords(invocation.bytes, 'features'), naming)
    case 'other':
      return { failure: 'shape-unknown' }
  }
}

function rowsOrFailure(rows: readonly unknown[] | { readonly failure: Failure }, naming: Naming): Side {
  return 'failure' in rows ? rows : rowSide(rows, naming)
}

function responseSide(call: Call, naming: Naming, requestRows: number | undefined): Side {
  const type = mediaType(call.exchange.response.header('content-type'))
  if (type === 'text/csv' || type.endsWith('jsonlines') || type === 'text/plain') {
    const body = bodyText(call.responseBytes())
    if ('failure' in body) return body
    if (type.endsWith('jsonlines')) return linesSide(body.text, naming)
    const rows = parseCsv(body.text, MOST_LINES) ?? []
    // The XGBoost container returns all rows on one line.
    const isOneLine = rows.length === 1 && rows[0]?.length === requestRows
    return textTableSide(isOneLine ? (rows[0] ?? []).map((cell) => [cell]) : rows, naming)
  }
  if (type === RECORD_IO) {
    const body = call.responseBytes()
    return 'failure' in body ? body : rowsOrFailure(readRecords(body.bytes, 'label'), naming)
  }
  const parsed = call.responseJson()
  if ('failure' in parsed) return parsed
  const { predictions } = isObject(parsed.value) ? parsed.value : { predictions: parsed.value }
  return predictions === undefined
    ? { failure: 'shape-unknown' }
    : predictionsSide(predictions, naming, requestRows)
}

function linesSide(text: string, naming: Naming): Side {
  const rows: unknown[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const parsed = parseJsonText(line)
    if ('failure' in parsed) return parsed
    rows.push(unwrapped(parsed.value))
  }
  return rowSide(rows, naming)
}

function isTable(rows: readonly unknown[]): boolean {
  return rows.some((row) => typeof row === 'object' && row !== null)
}

/** The row inside its envelope, or the value itself. */
function unwrapped(instance: unknown): unknown {
  return valuesOf(instance) ?? instance
}

function valuesOf(instance: unknown): readonly unknown[] | undefined {
  if (!isObject(instance)) return undefined
  const { features, data } = instance
  if (Array.isArray(features)) return features
  if (!isObject(data) || !isObject(data['features'])) return undefined
  const { values } = data['features']
  return Array.isArray(values) ? values : undefined
}
