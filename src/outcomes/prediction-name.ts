// HOT: per request
/** The id of a prediction, by which a label refers to it. The first available source is used, in this order. */
import type { Call } from '../calls/call.ts'
import { type GrpcBody, grpcRequest, grpcResponse } from '../calls/grpc-call.ts'
import { isObject } from '../formats/json-value.ts'
import { type ProtobufMessage, readProtobuf } from '../formats/protobuf.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import { LONGEST_ID } from './id-hash.ts'
import type { IdSource } from './id-source.ts'
import type { UnjoinableReason } from './outcome.ts'
import { rowId } from './truth.ts'

/** One id for all rows, or one for each; or the reason why there is none. */
export type PredictionName =
  | { readonly id: string }
  | { readonly ids: readonly (string | undefined)[] }
  | { readonly problem: Extract<UnjoinableReason, 'no_id' | 'id_too_long'> }

const NO_ID: PredictionName = { problem: 'no_id' }
const ID_TOO_LONG: PredictionName = { problem: 'id_too_long' }

/** Request headers; then response headers, where a server or a mesh returns an id that it generated. */
const FIRST_HEADERS = ['x-amzn-sagemaker-inference-id', 'ce-id'] as const
const LAST_HEADERS = ['x-request-id'] as const

/** Ids carried by protocols, by protocol name in the registry. */
const PROTOCOL_IDS: Readonly<Record<string, (call: Call) => string | undefined>> = {
  'oip-v2': (call) => memberOf(call.requestJson(), 'id') ?? memberOf(call.responseJson(), 'id'),
  'seldon-v1': (call) =>
    call.exchange.response.header('seldon-puid') ?? puidOf(call.responseJson()) ?? puidOf(call.requestJson()),
  'oip-v2-grpc': (call) => grpcId(grpcRequest(call), v2IdOf) ?? grpcId(grpcResponse(call), v2IdOf),
  'seldon-v1-grpc': (call) =>
    grpcId(grpcResponse(call), seldonPuidOf) ?? grpcId(grpcRequest(call), seldonPuidOf),
  openai: (call) => memberOf(call.responseJson(), 'id'),
}

export function namePrediction(
  call: Call,
  protocol: string,
  batch: RecordBatch,
  source: IdSource | undefined,
): PredictionName {
  if (batch.ids.length > 0)
    return batch.ids.length === 1 ? (single(batch.ids[0]) ?? NO_ID) : several(batch.ids)
  if (source !== undefined) {
    const configured = readSource(call, batch, source)
    if (configured !== undefined) return configured
  }
  return nameOfCall(call, protocol)
}

/** The id of a call with rows that are not known yet. */
export interface KeptName {
  /** Values selected by the configured path. */
  readonly ids: readonly (string | undefined)[]
  /** The configured column. */
  readonly column: string | undefined
  readonly otherwise: PredictionName
}

/** Keeps only the ids of the call. */
export function keepName(call: Call, protocol: string, source: IdSource | undefined): KeptName {
  const ofHeader = source?.kind === 'header' ? single(headerId(call, [source.name])) : undefined
  return {
    ids: source?.kind === 'path' ? selected(call, source).map(idText) : [],
    column: source?.kind === 'column' ? source.name : undefined,
    otherwise: ofHeader ?? nameOfCall(call, protocol),
  }
}

/** The result of `namePrediction` for a kept call and its rows. */
export function nameKept({ ids, column, otherwise }: KeptName, batch: RecordBatch): PredictionName {
  const inColumn = column === undefined ? undefined : idsInColumn(batch, column)
  return inColumn ?? idsFor(ids, batch) ?? otherwise
}

function nameOfCall(call: Call, protocol: string): PredictionName {
  const first = headerId(call, FIRST_HEADERS)
  const own = first ?? (Object.hasOwn(PROTOCOL_IDS, protocol) ? PROTOCOL_IDS[protocol]?.(call) : undefined)
  const id = own ?? headerId(call, LAST_HEADERS) ?? traceId(call)
  if (id === undefined || id === '') return NO_ID
  return id.length > LONGEST_ID ? ID_TOO_LONG : { id }
}

/** The id of a row: that of the prediction itself when it has a single row. */
export function idOfRow(
  name: Exclude<PredictionName, { problem: string }>,
  row: number,
  rows: number,
): string | undefined {
  if ('ids' in name) return name.ids[row]
  return rows === 1 ? name.id : rowId(name.id, row)
}

function readSource(call: Call, batch: RecordBatch, source: IdSource): PredictionName | undefined {
  switch (source.kind) {
    case 'header':
      return single(headerId(call, [source.name]))
    case 'column':
      return idsInColumn(batch, source.name)
    case 'path':
      return idsFor(selected(call, source), batch)
  }
}

function idsInColumn(batch: RecordBatch, name: string): PredictionName | undefined {
  const column = batch.features.find(name) ?? batch.predictions.find(name)
  return column === undefined ? undefined : several(cellsOf(column, batch.rows))
}

function idsFor(values: readonly unknown[], batch: RecordBatch): PredictionName | undefined {
  if (values.length === 0) return undefined
  return values.length === 1 && batch.rows !== 1 ? single(idText(values[0])) : several(values)
}

/** A list selected as a whole has one id for each row. */
function selected(call: Call, { selector }: Extract<IdSource, { kind: 'path' }>): readonly unknown[] {
  const request = call.requestJson()
  let nodes = 'value' in request ? selector.select(request.value) : []
  if (nodes.length === 0) {
    const response = call.responseJson()
    if ('value' in response) nodes = selector.select(response.value)
  }
  const [only] = nodes
  return nodes.length === 1 && Array.isArray(only) ? (only as readonly unknown[]) : nodes
}

function single(id: string | undefined): PredictionName | undefined {
  if (id === undefined || id === '') return undefined
  return id.length > LONGEST_ID ? ID_TOO_LONG : { id }
}

function several(values: readonly unknown[]): PredictionName {
  return { ids: values.map((value) => idText(value)) }
}

/** `undefined` for values that are not ids: empty, an object, or a text that is too long. */
function idText(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' && text.length <= LONGEST_ID ? text : undefined
}

function cellsOf(column: Column, rows: number): readonly unknown[] {
  return Array.from({ length: rows }, (_, row) => {
    const tag = column.tags[row]
    if (tag === CELL.TEXT) return column.texts[row]
    return tag === CELL.NUMBER ? column.numbers[row] : undefined
  })
}

function headerId({ exchange: { request, response } }: Call, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = request.header(name) ?? response.header(name)
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** `00-<trace id>-<parent id>-<flags>`; W3C Trace Context. Several predictions of one trace share it. */
function traceId({ exchange: { request } }: Call): string | undefined {
  const value = request.header('traceparent')
  const id = value === undefined ? undefined : /^[\da-f]{2}-([\da-f]{32})-/.exec(value)?.[1]
  return id === undefined || /^0+$/.test(id) ? undefined : id
}

/** Field 3 of ModelInferRequest and ModelInferResponse. */
const v2IdOf = (message: ProtobufMessage): string => message.string(3)
/** Field `meta` of SeldonMessage, and its field `puid`. */
const seldonPuidOf = (message: ProtobufMessage): string => message.message(2)?.string(1) ?? ''

/** The id of a body with one message. A stream of several messages has several ids, and rows that name none of them. */
function grpcId({ messages }: GrpcBody, read: (message: ProtobufMessage) => string): string | undefined {
  const [only] = messages
  const id = only === undefined || messages.length > 1 ? undefined : readProtobuf(only, read)
  return id === '' ? undefined : id
}

type ParsedBody = ReturnType<Call['requestJson']>

function memberOf(parsed: ParsedBody, name: string): string | undefined {
  const value = 'value' in parsed && isObject(parsed.value) ? parsed.value[name] : undefined
  return idText(value)
}

function puidOf(parsed: ParsedBody): string | undefined {
  const meta: unknown = 'value' in parsed && isObject(parsed.value) ? parsed.value['meta'] : undefined
  return isObject(meta) ? idText(meta['puid']) : undefined
}
