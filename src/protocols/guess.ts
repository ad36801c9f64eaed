/**
 * JSON of no known form and without selectors, when it can hardly be anything but a prediction:
 *
 *     an object of scalars, one of them a number, or an array of such
 *     → a number, an object of scalars, or as many of either as were asked
 *
 *     a table of numbers, or an object with nothing else: {"input_data": [[5.1, 3.5], …]}
 *     → as many answers, or an object with nothing else: {"classes": ["setosa", …]}
 *
 * The name goes into `modeltap_model_info`, so that nobody takes a guess for knowledge; `guess: false` refuses it.
 */
import { isAdministration } from './administration.ts'
import { isObject } from '../formats/json-value.ts'
import { pair } from '../records/pairing.ts'
import type { Call } from '../calls/call.ts'
import type { Protocol } from './protocol.ts'
import { rowSide } from '../records/row-side.ts'

/** More members than this are a document rather than a row. */
const MAX_MEMBERS = 200

export const guess: Protocol = {
  name: 'guess',
  summary:
    'JSON objects of scalars and tables of numbers, read without being told; off when selectors are configured or `guess: false`',

  recognise(call) {
    return tablesOf(call) === undefined ? undefined : { operation: 'predict', model: '', version: '' }
  },

  decode(call, batch) {
    const tables = tablesOf(call)
    if (tables === undefined) return { failure: 'shape-unknown' }
    const { featureNames, predictionNames } = call.settings
    return pair(
      batch,
      rowSide(tables.features, { name: '', names: featureNames }),
      rowSide(tables.predictions, { name: '', names: predictionNames }),
    )
  },
}

interface Tables {
  readonly features: readonly unknown[]
  readonly predictions: readonly unknown[]
}

function tablesOf(call: Call): Tables | undefined {
  if (call.exchange.method !== 'POST') return undefined
  const request = call.requestJson()
  if ('failure' in request) return undefined
  const table = onlyMember(request.value)
  const isTable = isNumberTable(table)
  const features = isTable ? table : listOf(request.value)
  if (!isTable && !(features.every(isFlatRow) && features.some(hasNumber))) return undefined
  const response = call.responseJson()
  if ('failure' in response) return undefined
  const answers = isTable ? onlyMember(response.value) : response.value
  const predictions = listOf(Array.isArray(answers) ? answers : response.value)
  if (predictions.length !== features.length) return undefined
  if (isAdministration(call.path, features, predictions)) return undefined
  return predictions.every(isTable ? isAnswerOfTable : isAnswer) ? { features, predictions } : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** What an object of a single member holds, or the value itself. */
function onlyMember(value: unknown): unknown {
  const members = isObject(value) ? Object.values(value) : []
  return members.length === 1 ? members[0] : value
}

/** Rows of at least two numbers each, as many in all of them. */
function isNumberTable(value: unknown): value is readonly (readonly unknown[])[] {
  if (!Array.isArray(value) || !Array.isArray(value[0]) || value[0].length < 2) return false
  const width = value[0].length
  return value.every((row) => isNumbers(row) && row.length === width)
}

function isNumbers(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((cell) => typeof cell === 'number' || cell === null)
}

function isAnswerOfTable(value: unknown): boolean {
  return isAnswer(value) || typeof value === 'string' || isNumbers(value)
}

function isFlatRow(value: unknown): boolean {
  if (!isObject(value)) return false
  const members = Object.values(value)
  return members.length > 0 && members.length <= MAX_MEMBERS && members.every(isScalar)
}

function hasNumber(row: unknown): boolean {
  return isObject(row) && Object.values(row).some((value) => typeof value === 'number')
}

function isAnswer(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || isFlatRow(value)
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}
