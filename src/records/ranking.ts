/** Answers that list classes with scores, in the forms shared by several servers. */
import { isObject } from '../formats/json-value.ts'
import { writeTopClass } from './class-scores.ts'
import type { Side } from './pairing.ts'
import { rowSide } from './row-side.ts'

export type Ranking = readonly { readonly label: string; readonly score: number }[]

/** `[{"label": …, "score": …}, …]`, as from Hugging Face's pipelines; `undefined` for anything else. */
export function labelledScores(entries: unknown): Ranking | undefined {
  if (!Array.isArray(entries)) return undefined
  const ranking = entries.map((entry: unknown) => {
    if (!isObject(entry)) return undefined
    const { label, score } = entry
    return typeof label === 'string' && typeof score === 'number' ? { label, score } : undefined
  })
  return ranking.every((entry) => entry !== undefined) ? ranking : undefined
}

/** Members that hold classes and scores. */
const LISTS = [
  ['labels', 'scores'],
  ['classes', 'scores'],
  ['displayNames', 'confidences'],
] as const

/** `{"classes": […], "scores": […]}`; `undefined` for anything else. */
export function listedScores(row: unknown): Ranking | undefined {
  if (!isObject(row)) return undefined
  for (const [labelsKey, scoresKey] of LISTS) {
    const labels = row[labelsKey]
    const scores = row[scoresKey]
    if (!Array.isArray(labels) || !Array.isArray(scores) || labels.length !== scores.length) continue
    const entries = labels.map((label: unknown, index) => ({ label, score: scores[index] as unknown }))
    const ranking = labelledScores(entries)
    if (ranking !== undefined && ranking.length > 0) return ranking
  }
  return undefined
}

/** The side with one ranking for each row; `undefined` unless all rows have one. */
export function rankingsSide(rankings: readonly (Ranking | undefined)[]): Side | undefined {
  if (rankings.length === 0 || !rankings.every((ranking) => ranking !== undefined)) return undefined
  return {
    rows: rankings.length,
    write: (set) => rankings.forEach((ranking, row) => writeTopClass(set, row, set.role, ranking)),
  }
}

/**
 * Scores of texts, best first, each with the position of its text in the request. When only the best were returned, the
 * others have none.
 *
 * @param rows number of texts in the request; by default the number of scores
 */
export function placedScoresSide(entries: unknown, key: string, rows?: number): Side {
  if (!Array.isArray(entries) || entries.length === 0) return { failure: 'shape-unknown' }
  const scores: unknown[] = new Array<unknown>(rows ?? entries.length).fill(null)
  for (const entry of entries) {
    const index: unknown = isObject(entry) ? entry['index'] : undefined
    if (!isObject(entry) || typeof index !== 'number' || !(index in scores))
      return { failure: 'shape-unknown' }
    scores[index] = entry[key]
  }
  return rowSide(scores, { name: 'score', names: [] })
}
