/**
 * JSON of any shape, forms, queries and MessagePack, read by the selectors of the configuration or of a route:
 *
 *     features: "$.customer"       an object or an array of scalars: one row
 *                                  an array of objects or arrays: its rows
 *     features: "$.items[*]"       each node a row
 *     features: {age: "$.customer.age"}    columns by name, their nodes the rows
 */
import { requestValue, responseValue } from '../calls/body-value.ts'
import type { Parsed } from '../formats/failure.ts'
import { textOf } from '../formats/json-value.ts'
import { matchesAny, type Selection } from '../formats/selection.ts'
import type { Selector } from '../formats/selector.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { rowSide } from '../records/row-side.ts'
import { selectRows } from '../records/select-rows.ts'
import type { Protocol } from './protocol.ts'

export const freeform: Protocol = {
  name: 'freeform',
  summary: 'JSON of any shape, read by the configured selectors',

  recognise(call) {
    const { exchange, route, settings } = call
    const { features, predictions } = settings.selectors
    if (features === undefined && predictions === undefined) return undefined
    // A selector without a match means that this call is something else, such as a login.
    const isConfigured = route?.rule?.settings !== undefined
    if ((exchange.method === 'GET' && !isConfigured) || exchange.method === 'HEAD') return undefined
    const request = call.once(requestValue)
    if (features !== undefined && 'value' in request && !matchesAny(features, request.value)) return undefined
    return {
      operation: 'predict',
      model: selectText(settings.selectors.model, request),
      version: selectText(settings.selectors.version, request),
    }
  },

  decode(call, batch) {
    const { selectors, featureNames, predictionNames } = call.settings
    const response = call.once(responseValue)
    const features = side(call.once(requestValue), selectors.features, {
      name: '',
      names: featureNames,
    })
    const predictions = side(
      response,
      selectors.predictions,
      { name: '', names: predictionNames },
      features?.rows,
    )
    const result = pair(batch, features, predictions)
    // The response may name the model if the request does not.
    batch.model = selectText(selectors.model, response)
    batch.version = selectText(selectors.version, response)
    return result
  },
}

function selectText(selector: Selector | undefined, parsed: Parsed): string {
  return selector === undefined || 'failure' in parsed ? '' : textOf(selector.select(parsed.value)[0])
}

/** `undefined` when the configuration has no selectors for this side. */
function side(
  parsed: Parsed,
  selection: Selection | undefined,
  naming: Naming,
  otherRows?: number,
): Side | undefined {
  if (selection === undefined) return undefined
  if ('failure' in parsed) return parsed
  const selected = selectRows(selection, parsed.value, otherRows)
  if ('failure' in selected) return selected
  return rowSide(selected.rows, { ...naming, name: selected.name })
}
