/**
 * Evaluates ONNX's TreeEnsembleClassifier for two classes, as far as this model uses it: `BRANCH_LEQ` nodes, one weight
 * a leaf, logistic output. https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html
 */
import type { Attribute, Node } from './onnx-file.ts'

export interface Trees {
  /** The class of a low score, then the class of a high score. */
  readonly classes: readonly [string, string]
  /** Probability of the second class. NaN marks a missing value. */
  readonly probability: (features: Float32Array) => number
}

const LEAF = -1

export function readTrees({ operator, attributes }: Node): Trees {
  const attribute = (name: string): Attribute => {
    const found = attributes.get(name)
    if (found === undefined) throw new Error(`${operator} has no attribute ${name}`)
    return found
  }
  const modes = attribute('nodes_modes').strings
  const unknown = modes.find((mode) => mode !== 'BRANCH_LEQ' && mode !== 'LEAF')
  if (unknown !== undefined) throw new Error(`${operator}: the node mode ${unknown} is not supported`)
  const transform = attribute('post_transform').string
  if (transform !== 'LOGISTIC') throw new Error(`${operator}: post_transform ${transform} is not supported`)
  const [low, high, ...others] = attribute('classlabels_strings').strings
  if (low === undefined || high === undefined || others.length > 0)
    throw new Error(`${operator}: only models with two classes are supported`)

  const treeIds = attribute('nodes_treeids').ints
  const nodeIds = attribute('nodes_nodeids').ints
  const place = new Map(modes.map((_, index) => [`${treeIds[index]}/${nodeIds[index]}`, index]))
  const placeOf = (tree: number | undefined, node: number | undefined): number => {
    const found = place.get(`${tree}/${node}`)
    if (found === undefined) throw new Error(`${operator}: tree ${tree} has no node ${node}`)
    return found
  }
  /** Per node: the place of the next node, or LEAF. */
  const next = (name: string): Int32Array => {
    const ids = attribute(name).ints
    return Int32Array.from(modes, (mode, i) => (mode === 'LEAF' ? LEAF : placeOf(treeIds[i], ids[i])))
  }
  const below = next('nodes_truenodeids')
  const above = next('nodes_falsenodeids')
  const feature = Uint16Array.from(attribute('nodes_featureids').ints)
  const threshold = Float32Array.from(attribute('nodes_values').floats)
  const missingBelow = Uint8Array.from(attribute('nodes_missing_value_tracks_true').ints)
  const weight = new Float32Array(modes.length)
  const leafNodes = attribute('class_nodeids').ints
  for (const [index, tree] of attribute('class_treeids').ints.entries())
    weight[placeOf(tree, leafNodes[index])] = attribute('class_weights').floats[index] ?? Number.NaN
  const roots = [...new Set(treeIds)].map((tree) => treeIds.indexOf(tree))
  const base = attribute('base_values').floats[0] ?? 0

  function leafOf(root: number, features: Float32Array): number {
    let node = root
    for (;;) {
      const [low, high] = [below[node] ?? LEAF, above[node] ?? LEAF]
      if (low === LEAF) return node
      const value = features[feature[node] ?? 0] ?? Number.NaN
      const isBelow = Number.isNaN(value) ? missingBelow[node] === 1 : value <= (threshold[node] ?? 0)
      node = isBelow ? low : high
    }
  }
  return {
    classes: [low, high],
    probability(features) {
      let score = base
      for (const root of roots) score += weight[leafOf(root, features)] ?? 0
      return 1 / (1 + Math.exp(-score))
    },
  }
}
