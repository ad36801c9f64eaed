/** What of a run is not as the corpus expects. */
import type { Shape } from './generate.ts'
import { hasColumn, isColumn } from './match.ts'
import type { ShapeRun } from './run-shape.ts'

export interface Verdict {
  /** Rows, features and predictions are as expected. */
  readonly isRead: boolean
  /** Not read, but said why, where that is enough. */
  readonly isExplained: boolean
  readonly problems: readonly string[]
}

/** Lengths and sizes may be told of what must not be compared itself. */
const DERIVED = /_(?:chars|words|bytes|length|age_seconds)$/

/** `{column: {row: value}}` may be read as one row or as a row for each key. */
const TABLES_BY_KEY = 'rows or one row'

export function judge({ name, expect }: Shape, run: ShapeRun): Verdict {
  const problems: string[] = run.bugs.map((bug) => `bug: ${String(bug)}`)
  const missing = [
    ...expect.features
      .filter((wanted) => !hasColumn(run.features, wanted))
      .map((wanted) => `no feature ${wanted}`),
    ...expect.predictions
      .filter((wanted) => !hasColumn(run.predictions, wanted))
      .map((wanted) => `no prediction ${wanted}`),
  ]
  const mayBeTable = expect.note.includes('reading it as one row') ? TABLES_BY_KEY : name
  if (run.wrongRows > 0 && mayBeTable !== TABLES_BY_KEY)
    missing.push(`rows wrong in ${run.wrongRows} of ${run.calls} calls`)
  const isRead = missing.length === 0 && run.predictions.length > 0
  const isExplained =
    !isRead &&
    (expect.explain === true || expect.ignore === true) &&
    run.routes.some(
      ({ state, why, skeleton }) => state === 'not understood' && why !== undefined && skeleton !== undefined,
    )
  const isIgnored = expect.ignore === true && run.predictions.length === 0
  if (!isRead && !isExplained && !isIgnored) problems.push(...missing)
  for (const unwanted of expect.notFeatures) {
    const isOfResponse = unwanted.startsWith('response:')
    const columns = isOfResponse
      ? run.scored.predictions
      : [...run.scored.features, ...run.scored.predictions]
    for (const column of columns)
      if (isColumn(column, unwanted.replace('response:', '')) && !DERIVED.test(column))
        problems.push(`${column} is compared with a baseline`)
  }
  for (const value of run.privateValues)
    if (run.outputs.includes(value)) problems.push(`an output shows ${value}`)
  problems.push(...run.alarms.map((alarm) => `false alarm: ${alarm}`))
  return { isRead, isExplained: isExplained || isIgnored, problems }
}
