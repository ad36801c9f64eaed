/** Scores over the file's time in a bounded number of points: when full, every other point is dropped. */
import type { ModelCourse } from '../../analysis/model-monitor.ts'
import type { ColumnSnapshot, ModelSnapshot } from '../../analysis/snapshot.ts'

const MAX_POINTS = 120

export interface HistoryPoint {
  readonly epochMs: number
  /** Rows of the model so far. */
  readonly rows: number
  /** The highest score of the column's shortest window with a score, as a multiple of its threshold. */
  readonly excess: number
}

export class History {
  #stepMs: number
  #nextMs: number | undefined
  #taken = 0
  readonly #columns = new Map<string, HistoryPoint[]>()

  /** @param stepMs initial time between two points */
  constructor(stepMs: number) {
    this.#stepMs = stepMs
  }

  isDue(nowMs: number): boolean {
    this.#nextMs ??= nowMs + this.#stepMs
    return nowMs >= this.#nextMs
  }

  take(nowMs: number, models: readonly ModelCourse[]): void {
    for (const model of models) {
      for (const column of model.columns) {
        const { excess } = column
        if (excess === undefined) continue
        const key = keyOf(model, column)
        const points = this.#columns.get(key) ?? []
        points.push({ epochMs: nowMs, rows: model.predictionRows, excess })
        this.#columns.set(key, points)
      }
    }
    this.#taken += 1
    if (this.#taken >= MAX_POINTS) this.#thin()
    this.#nextMs = nowMs + this.#stepMs
  }

  of(model: ModelSnapshot, column: ColumnSnapshot): readonly HistoryPoint[] {
    return this.#columns.get(keyOf(model, column)) ?? []
  }

  #thin(): void {
    for (const [key, points] of this.#columns)
      this.#columns.set(
        key,
        points.filter((_, index) => index % 2 === 0),
      )
    this.#taken = Math.ceil(this.#taken / 2)
    this.#stepMs *= 2
  }
}

function keyOf(
  { model, version }: Pick<ModelSnapshot, 'model' | 'version'>,
  { role, name }: Pick<ColumnSnapshot, 'role' | 'name'>,
): string {
  return JSON.stringify([model, version, role, name])
}
