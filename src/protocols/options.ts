/** The keys of the configuration that say how payloads are read. */
import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'
import { compileSelector } from '../formats/selector.ts'
import { freeform } from './freeform.ts'
import { PROTOCOL_NAMES } from './index.ts'

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
      'Whether the model server is asked about itself: `GET /v2/models/{model}` for a model whose requests are raw tensors, which say neither name nor shape, and once `GET /openapi.json` or `/docs.json` for how its routes are written',
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

const pathOption = () =>
  z
    .string()
    .regex(
      /^\/[^?#\s]*$/,
      'A route is a path without a query, such as /score. Allowed for any one segment: {name} or *, as in /devices/{device}/score',
    )
    .describe('Path of the calls; {name} and * stand for any one segment')

const routeOptions = z.strictObject({
  path: pathOption(),
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH'])
    .optional()
    .describe('Method of the calls; any when it is absent'),
  model: z.string().min(1).optional().describe('Name of the model that the route asks'),
  version: z.string().min(1).optional().describe('Version of the model, as a text'),
  ignore: z
    .boolean()
    .default(false)
    .describe('Whether the bodies of the route are left alone; its requests are counted'),
  selectors: selectorsOptions
    .optional()
    .describe('Selectors of the route alone, instead of the general ones'),
  columnNames: columnNamesOptions.optional().describe('Column names of the route alone'),
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
  routes: z
    .array(routeOptions)
    .max(100)
    .default([])
    .describe(
      'Single routes of the model server: which model they ask, where their features and predictions are, or that they are ignored; the first that fits counts',
    ),
  columnNames: columnNamesOptions.prefault({}).describe('Names for columns whose payload does not name them'),
})

export type ProtocolsOptions = z.infer<typeof protocolsOptions>

/** What no key says alone. Without selectors `freeform` would recognise no call, and nobody would hear of it. */
export function checkProtocols(
  { protocol, selectors, routes }: Pick<ProtocolsOptions, 'protocol' | 'selectors' | 'routes'>,
  context: z.core.$RefinementCtx,
): void {
  checkRoutes(routes, context)
  if (protocol !== freeform.name) return
  if (selectors.features !== undefined || selectors.predictions !== undefined) return
  context.addIssue({
    code: 'custom',
    path: ['selectors'],
    message: `"protocol: ${freeform.name}" reads by selectors, and none is given. Give selectors.features or selectors.predictions, such as $.customer; or "protocol: guess", which needs none`,
  })
}

/** The first route that fits counts, so that a second one with the same path would never be looked at. */
function checkRoutes(routes: ProtocolsOptions['routes'], context: z.core.$RefinementCtx): void {
  for (const [index, { path, method }] of routes.entries()) {
    const before = routes.findIndex(
      (other, place) =>
        place < index && other.path === path && (other.method === undefined || other.method === method),
    )
    if (before === -1) continue
    context.addIssue({
      code: 'custom',
      path: ['routes', index, 'path'],
      message: `"${path}" is already said by routes[${before}], and the first that fits counts. Put both into one entry, or give each another method`,
    })
  }
}
