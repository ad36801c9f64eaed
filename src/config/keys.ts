/**
 * The configuration as a flat list of keys, derived from the schema. Environment variables, docs and error hints derive
 * from it, so no key is listed twice.
 */
import { z } from 'zod'

export interface ConfigKey {
  /** `['baseline', 'learn', 'rows']` */
  readonly path: readonly string[]
  /** `MODELTAP_BASELINE_LEARN_ROWS` */
  readonly variable: string
  readonly description: string
  /** JSON Schema of the allowed values. */
  readonly schema: JsonSchema
}

export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  /** Values that no message may contain. */
  readonly secret?: boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly additionalProperties?: boolean | JsonSchema
}

const upperSnake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()

function leaves(schema: JsonSchema, path: readonly string[]): ConfigKey[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, child]) => leaves(child, [...path, name]))
  }
  const variable = `MODELTAP_${path.map(upperSnake).join('_')}`
  return [{ path, variable, description: schema.description ?? '', schema }]
}

/** JSON Schema of the user's file (without defaults). */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/** All configurable keys, in schema order. */
export function configKeys(schema: z.ZodType): ConfigKey[] {
  return leaves(inputSchema(schema), [])
}
