/** The model itself: ONNX Runtime on one thread, columns in, label and probability out. */
// First: it has to be said before the runtime is loaded.
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { CATEGORICAL_FEATURES, type Columns, NUMERIC_FEATURES } from './features.ts'

import './no-telemetry.ts'

export interface Predictions {
  /** `late` or `on_time`, by row. */
  readonly labels: readonly string[]
  /** Of arriving at least 15 minutes late, 0…1, by row. */
  readonly probabilities: readonly number[]
}

export interface Model {
  readonly predict: (columns: Columns, rows: number) => Promise<Predictions>
}

/** The classes in the order of the `probabilities` output. */
const CLASSES = ['late', 'on_time'] as const

export async function loadModel(): Promise<Model> {
  const session = await InferenceSession.create(fileURLToPath(new URL('model.onnx', import.meta.url)), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  return {
    async predict(columns, rows) {
      const feeds: Record<string, Tensor> = {}
      for (const name of NUMERIC_FEATURES) {
        const cells = columns.get(name) ?? []
        const values = Float32Array.from(cells, (cell) => (typeof cell === 'number' ? cell : Number.NaN))
        feeds[name] = new Tensor('float32', values, [rows, 1])
      }
      for (const name of CATEGORICAL_FEATURES) {
        const cells = columns.get(name) ?? []
        // The encoder ignores a category that it does not know, and the empty string is none.
        const values = cells.map((cell) => (typeof cell === 'string' ? cell : ''))
        feeds[name] = new Tensor('string', values, [rows, 1])
      }
      const { label, probabilities } = await session.run(feeds)
      const flat = probabilities?.data as Float32Array
      return {
        labels: [...(label?.data as string[])],
        probabilities: Array.from({ length: rows }, (_, row) => flat[row * CLASSES.length] ?? Number.NaN),
      }
    },
  }
}
