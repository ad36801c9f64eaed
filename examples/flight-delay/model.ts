/**
 * The model itself: one-hot categories, then gradient-boosted trees, read from `model.onnx`. The trees are evaluated
 * here, because ONNX Runtime's packages are larger than everything else that modeltap installs.
 */
import { readFileSync } from 'node:fs'
import { CATEGORICAL_FEATURES, type Columns, NUMERIC_FEATURES } from './features.ts'
import { type Node, readOnnxNodes } from './onnx-file.ts'
import { readTrees } from './trees.ts'

export interface Predictions {
  /** `late` or `on_time`, by row. */
  readonly labels: readonly string[]
  /** Of arriving at least 15 minutes late, 0…1, by row. */
  readonly probabilities: readonly number[]
}

export interface Model {
  readonly predict: (columns: Columns, rows: number) => Predictions
}

export function loadModel(): Model {
  const nodes = readOnnxNodes(readFileSync(new URL('model.onnx', import.meta.url)))
  const trees = readTrees(only(nodes, ({ operator }) => operator === 'TreeEnsembleClassifier'))
  const [late, onTime] = trees.classes
  const categories = CATEGORICAL_FEATURES.map((name) => {
    const encoder = only(nodes, (node) => node.operator === 'OneHotEncoder' && node.inputs[0] === name)
    return { name, values: encoder.attributes.get('cats_strings')?.strings ?? [] }
  })

  /** In the order of training: one place for each category, then the numbers. */
  function featuresOf(columns: Columns, row: number): Float32Array {
    const cell = (name: string) => columns.get(name)?.[row]
    // A category that the model does not know is 0 everywhere.
    const encoded = categories.flatMap(({ name, values }) =>
      values.map((value) => (cell(name) === value ? 1 : 0)),
    )
    const numbers = NUMERIC_FEATURES.map((name) => {
      const value = cell(name)
      return typeof value === 'number' ? value : Number.NaN
    })
    return Float32Array.from([...encoded, ...numbers])
  }
  return {
    predict(columns, rows) {
      const probabilities = Array.from({ length: rows }, (_, row) =>
        Math.fround(1 - trees.probability(featuresOf(columns, row))),
      )
      return {
        labels: probabilities.map((probability) => (probability >= 0.5 ? late : onTime)),
        probabilities,
      }
    },
  }
}

function only(nodes: readonly Node[], wanted: (node: Node) => boolean): Node {
  const [found, ...others] = nodes.filter(wanted)
  if (found === undefined || others.length > 0) throw new Error('model.onnx is not the model of train.py')
  return found
}
