/** The keys of the configuration that say how payloads are read. */
import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'
import { freeform } from './freeform.ts'
import { PROTOCOL_NAMES } from './index.ts'
import { compileSelector } from '../formats/selector.ts'

/** A JSONPath. */
export const selectorOption = () =>
  z.string().superRefine((text, context) => {
    try {
      compileSelector(text)
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not a JSONPath (RFC 9535): ${String((error as Error).message)} Allowed: $.customer, $.items[*], $['a key']`,
      })
    }
  })

/** One JSONPath whose nodes are rows, or column name → JSONPath. */
export const selectionOption = () =>
  z.union([selectorOption(), z.record(z.string().min(1), selectorOption())])

const selectorsOptions = z.strictObject({
  features: selectionOption()
    .optional()
    .describe(
      'Where free-form requests hold the features: one JSONPath whose nodes are rows (an object, or an array of objects or arrays), or a map from column name to JSONPath',
    ),
  predictions: selectionOption()
    .optional()
    .describe('Where free-form responses hold the predictions: as for features'),
  model: selectorOption()
    .optional()
    .describe('JSONPath of the model name in the request, or else in the response'),
  version: selectorOption()
    .optional()
    .describe('JSONPath of the model version in the request, or else in the response'),
})

const metadataOptions = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether `GET /v2/models/{model}` is asked of the model server for a model whose requests are raw tensors, which say neither name nor shape',
    ),
  timeout: durationOption()
    .prefault('2s')
    .describe('Time after which that question is given up, as a duration'),
})

const columnNamesOptions = z.strictObject({
  features: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names, in order, for the features of payloads that only number them; used when the counts agree',
    ),
  predictions: z.array(z.string().min(1)).default([]).describe('The same for the values of a prediction'),
})

export const protocolsOptions = z.strictObject({
  protocol: z
    .enum(['auto', ...PROTOCOL_NAMES])
    .default('auto')
    .describe('How payloads are read; `auto` recognises each call by its path, headers and body'),
  selectors: selectorsOptions
    .prefault({})
    .describe('Where the features and predictions of free-form JSON are; needed for that only'),
  guess: z
    .boolean()
    .default(true)
    .describe(
      'Whether JSON objects of scalars are read as predictions when no protocol knows them and no selector is configured; then `protocol` in `modeltap_model_info` is `guess`',
    ),
  metadata: metadataOptions
    .prefault({})
    .describe('What the model server is asked about its models, once each, in the background'),
  columnNames: columnNamesOptions.prefault({}).describe('Names for columns whose payload does not name them'),
})

export type ProtocolsOptions = z.infer<typeof protocolsOptions>

/** What no key says alone. Without selectors `freeform` would recognise no call, and nobody would hear of it. */
export function checkProtocols(
  { protocol, selectors }: Pick<ProtocolsOptions, 'protocol' | 'selectors'>,
  context: z.core.$RefinementCtx,
): void {
  if (protocol !== freeform.name) return
  if (selectors.features !== undefined || selectors.predictions !== undefined) return
  context.addIssue({
    code: 'custom',
    path: ['selectors'],
    message: `"protocol: ${freeform.name}" reads by selectors, and none is given. Give selectors.features or selectors.predictions, such as $.customer; or "protocol: guess", which needs none`,
  })
}
