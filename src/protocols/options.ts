/** The configuration keys for reading payloads. */
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

/** One JSONPath with rows as its nodes, or column name → JSONPath. */
export const selectionOption = () =>
  z.union([selectorOption(), z.record(z.string().min(1), selectorOption())])

const selectorsOptions = z.strictObject({
  features: selectionOption()
    .optional()
    .describe(
      'Location of the features in free-form requests: one JSONPath that selects the rows (an object, or an array of objects or arrays), or a map from column name to JSONPath',
    ),
  predictions: selectionOption()
    .optional()
    .describe('Location of the predictions in free-form responses, in the same form as features'),
  model: selectorOption()
    .optional()
    .describe('JSONPath of the model name, tried in the request first and then in the response'),
  version: selectorOption()
    .optional()
    .describe('JSONPath of the model version, tried in the request first and then in the response'),
})

const metadataOptions = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether modeltap requests metadata from the model server: `GET /v2/models/{model}` for models with raw tensors, which carry neither names nor shapes, and once `GET /openapi.json` or `/docs.json` for the schemas of its routes (rows, enums, bounds)',
    ),
  timeout: durationOption().prefault('2s').describe('Timeout of a metadata request (duration)'),
})

const columnNamesOptions = z.strictObject({
  features: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names, in order, for features that payloads carry without names; used when the number of features matches',
    ),
  predictions: z
    .array(z.string().min(1))
    .default([])
    .describe('Names, in order, for the values of a prediction that payloads carry without names'),
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
    .describe('Protocol of the payloads; `auto` detects it for each call from the path, headers and body'),
  selectors: selectorsOptions
    .prefault({})
    .describe('Where the features and predictions of free-form JSON are; needed for that only'),
  guess: z
    .boolean()
    .default(true)
    .describe(
      'Whether modeltap reads JSON objects of scalars as predictions when no protocol matches and no selector is configured; `protocol` in `modeltap_model_info` is then `guess`',
    ),
  metadata: metadataOptions
    .prefault({})
    .describe('What the model server is asked about its models, once each, in the background'),
  routes: z
    .array(routeOptions)
    .max(100)
    .default([])
    .describe(
      'Settings for single routes of the model server: the model, the selectors, or that the route is ignored. The first matching entry applies',
    ),
  columnNames: columnNamesOptions.prefault({}).describe('Names for columns whose payload does not name them'),
})

export type ProtocolsOptions = z.infer<typeof protocolsOptions>

/** Checks that involve several keys. Without selectors, `freeform` would silently recognise no call. */
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
    message: `"protocol: ${freeform.name}" needs selectors, and none is configured. Set selectors.features or selectors.predictions, such as $.customer; or use "protocol: guess", which needs none`,
  })
}

/** Entries with no effect: the first matching route applies, and the bodies of an ignored route are not read. */
function checkRoutes(routes: ProtocolsOptions['routes'], context: z.core.$RefinementCtx): void {
  for (const [index, { path, method, ignore, selectors, columnNames }] of routes.entries()) {
    if (ignore && (selectors !== undefined || columnNames !== undefined))
      context.addIssue({
        code: 'custom',
        path: ['routes', index, 'ignore'],
        message: `"${path}" is ignored, so its selectors and columnNames have no effect. Remove them, or set ignore: false`,
      })
    const before = routes.findIndex(
      (other, place) =>
        place < index && other.path === path && (other.method === undefined || other.method === method),
    )
    if (before === -1) continue
    context.addIssue({
      code: 'custom',
      path: ['routes', index, 'path'],
      message: `"${path}" is already in routes[${before}], and the first matching entry applies. Merge the entries, or give them different methods`,
    })
  }
}
