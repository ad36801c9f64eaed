/** Columns of a training file that requests lack: if compared, they would be missing in every request. */

export interface LeftOutColumn {
  readonly name: string
  readonly reason: 'index' | 'label'
}

export interface TrainingColumns {
  readonly features: readonly string[]
  /** Columns that only hold the row number. */
  readonly indexes: readonly string[]
  readonly predictions: readonly string[]
  /** Columns with a configured kind. */
  readonly decided: readonly string[]
}

/** How data frames write an index without a name. */
const INDEX_NAME = /^(?:|index|unnamed: \d+|__index_level_\d+__|rownames?)$/i
const LABEL_NAMES: ReadonlySet<string> = new Set(['target', 'label', 'labels', 'y', 'y_true', 'ground_truth'])

export function leftOutColumns({
  features,
  indexes,
  predictions,
  decided,
}: TrainingColumns): LeftOutColumn[] {
  const names = new Set(features)
  const answers = new Set(predictions)
  return features.flatMap((name): LeftOutColumn[] => {
    if (decided.includes(name)) return []
    if (INDEX_NAME.test(name) || indexes.includes(name)) return [{ name, reason: 'index' }]
    // Together with x it is a coordinate.
    const isCoordinate = name === 'y' && (names.has('x') || names.has('z'))
    const isLabel = LABEL_NAMES.has(name.toLowerCase()) && !isCoordinate
    return isLabel && !answers.has(name) ? [{ name, reason: 'label' }] : []
  })
}
