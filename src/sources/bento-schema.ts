/**
 * BentoML's monitoring log: `<name>/data/data.1.log` holds one flat JSON object for each row, and
 * `<name>/schema/schema.1.log` marks the keys that are predictions:
 *
 *     {"meta_data": {"bento_name": "iris", "bento_version": "1"}, "columns": [{"name": "pred", "role": "prediction", …}]}
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../formats/json-value.ts'

const DATA_FILE = /^data(\.\d+)?\.log/
const MOST_SCHEMA_BYTES = 1_000_000
/** Keys that BentoML adds to each row. */
const OWN_KEYS: ReadonlySet<string> = new Set(['request_id', 'trace_id'])

export interface BentoSchema {
  readonly model: string
  readonly version: string
  readonly predictions: ReadonlySet<string>
  /** The label of a row is known later; it is neither a feature nor a prediction. */
  readonly targets: ReadonlySet<string>
}

/** Reads the schema beside a data file; `undefined` for other files, and before the schema exists. */
export function bentoSchemaOf(path: string): BentoSchema | undefined {
  const folder = dirname(path)
  if (basename(folder) !== 'data' || !DATA_FILE.test(basename(path))) return undefined
  const file = join(
    dirname(folder),
    'schema',
    basename(path)
      .replace(/^data/, 'schema')
      .replace(/\.log.*$/, '.log'),
  )
  try {
    const lines = readFileSync(file, 'utf8').slice(-MOST_SCHEMA_BYTES).trim().split('\n')
    return schemaOf(objectOf(parseJsonText(lines.at(-1) ?? '')))
  } catch {
    return undefined
  }
}

function schemaOf(line: JsonObject | undefined): BentoSchema | undefined {
  const columns: unknown = line?.['columns']
  if (!Array.isArray(columns)) return undefined
  const ofRole = (role: string): ReadonlySet<string> =>
    new Set(
      columns
        .filter(isObject)
        .filter((column) => column['role'] === role)
        .map(({ name }) => textOf(name)),
    )
  const meta = objectOf({ value: line?.['meta_data'] })
  return {
    model: textOf(meta?.['bento_name']),
    version: textOf(meta?.['bento_version']),
    predictions: ofRole('prediction'),
    targets: ofRole('target'),
  }
}

/** The row with separate sides, as in a line of a prediction log. */
export function bentoRow(row: JsonObject, { model, version, predictions, targets }: BentoSchema): JsonObject {
  const { timestamp, ...cells } = row
  const entries = Object.entries(cells).filter(([key]) => !OWN_KEYS.has(key) && !targets.has(key))
  return {
    timestamp,
    model,
    version,
    features: Object.fromEntries(entries.filter(([key]) => !predictions.has(key))),
    predictions: Object.fromEntries(entries.filter(([key]) => predictions.has(key))),
  }
}
