/**
 * Reads the server's own OpenAPI description (FastAPI, BentoML, LitServe, vetiver, KServe): the form of its routes, and
 * the member of a request with the rows.
 */
import type { DescribedValues, Shape } from '../calls/route-learner.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { memberPath } from '../records/structure/lists.ts'
import type { Skeleton } from '../records/structure/skeleton.ts'
import { schemaSkeleton } from './schema-skeleton.ts'
import { schemaValues } from './schema-values.ts'

export interface DescribedRoute {
  readonly method: string
  /** With `{name}` for parameters. */
  readonly path: string
  /** JSONPath of the list of rows in the request; `undefined` when the request is one row or not described. */
  readonly rowsPath: string | undefined
  /** Shape of a JSON request and of its first successful answer. */
  readonly shape: Shape
  /** What is said of single values of either body. */
  readonly values: DescribedValues
}

const METHODS = ['get', 'post', 'put', 'patch'] as const
const MAX_ROUTES = 200
const MAX_REFERENCES = 16

/** `undefined` for other documents. */
export function readOpenApi(document: unknown): readonly DescribedRoute[] | undefined {
  if (!isObject(document) || typeof document['openapi'] !== 'string' || !isObject(document['paths']))
    return undefined
  const routes: DescribedRoute[] = []
  for (const [path, item] of Object.entries(document['paths'])) {
    if (!isObject(item) || !path.startsWith('/')) continue
    for (const method of METHODS) {
      const operation = item[method]
      if (!isObject(operation) || routes.length >= MAX_ROUTES) continue
      const schema = requestSchema(document, operation)
      const answer = responseSchema(document, operation)
      const resolve = (node: unknown): JsonObject | undefined => resolved(document, node)
      routes.push({
        method: method.toUpperCase(),
        path,
        rowsPath: schema === undefined ? undefined : rowsPathOf(document, schema),
        shape: {
          request: skeletonOf(document, schema),
          response: skeletonOf(document, answer),
        },
        values: { request: schemaValues(schema, resolve), response: schemaValues(answer, resolve) },
      })
    }
  }
  return routes
}

function skeletonOf(document: JsonObject, schema: JsonObject | undefined): Skeleton {
  return schema === undefined ? 'not described' : schemaSkeleton(schema, (node) => resolved(document, node))
}

function requestSchema(document: JsonObject, operation: JsonObject): JsonObject | undefined {
  return schemaOf(document, resolved(document, operation['requestBody']))
}

function responseSchema(document: JsonObject, operation: JsonObject): JsonObject | undefined {
  const responses = isObject(operation['responses']) ? operation['responses'] : {}
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  return schemaOf(document, resolved(document, success?.[1]))
}

function schemaOf(document: JsonObject, body: JsonObject | undefined): JsonObject | undefined {
  const content = isObject(body?.['content']) ? body['content'] : {}
  const [json] = Object.entries(content).filter(([type]) => type.includes('json'))
  const media = json?.[1]
  return isObject(media) ? resolved(document, media['schema']) : undefined
}

/** The body itself, or its only member that is a list of objects or lists. */
function rowsPathOf(document: JsonObject, schema: JsonObject): string | undefined {
  if (isListOfRows(document, schema)) return '$'
  const properties = schema['properties']
  if (!isObject(properties)) return undefined
  const lists = Object.entries(properties).filter(([, property]) => {
    const described = resolved(document, property)
    return described !== undefined && isListOfRows(document, described)
  })
  const [only, ...others] = lists
  return only === undefined || others.length > 0 ? undefined : memberPath('$', only[0])
}

function isListOfRows(document: JsonObject, schema: JsonObject): boolean {
  if (schema['type'] !== 'array') return false
  const items = resolved(document, schema['items'])
  return items?.['type'] === 'object' || items?.['type'] === 'array' || isObject(items?.['properties'])
}

/** The target of a reference within the document; `undefined` for external or circular ones. */
function resolved(document: JsonObject, node: unknown): JsonObject | undefined {
  let current = node
  for (let step = 0; step < MAX_REFERENCES; step += 1) {
    if (!isObject(current)) return undefined
    const reference = current['$ref']
    if (typeof reference !== 'string') return current
    current = reference.startsWith('#/') ? pointed(document, reference.slice(2)) : undefined
  }
  return undefined
}

/** A JSON pointer (RFC 6901). */
function pointed(document: JsonObject, pointer: string): unknown {
  let node: unknown = document
  for (const part of pointer.split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isObject(node) || !Object.hasOwn(node, key)) return undefined
    node = node[key]
  }
  return node
}
