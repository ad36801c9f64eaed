/**
 * Members that identify the model: `"model_version": "7"`, and separate objects, as in
 * `{"model": {"name": "credit", "version": "7", "framework": "xgboost"}}`.
 */
import { isAnswerName, type ModelPart, modelPart, tokensOf } from './names.ts'
import { childrenOf, type Leaf, leavesOf, type Node } from './node.ts'

/** After `model`, these words mean that the object describes the model. */
const ABOUT = new Set(['info', 'information', 'metadata', 'meta', 'details', 'spec', 'ref', 'data'])
/** Other things with a version. */
const NOT_THE_MODEL = new Set([
  'api',
  'schema',
  'protocol',
  'sdk',
  'client',
  'server',
  'service',
  'library',
  'app',
])
const PARTS = new Map([
  ['name', 'model_name'],
  ['title', 'model_name'],
  ['id', 'model_id'],
  ['version', 'model_version'],
  ['revision', 'model_version'],
])

/** The part of a model's identity in the member, by its name and that of its parent. */
export function modelPartOf(leaf: Pick<Leaf, 'key' | 'steps'>): ModelPart | undefined {
  const part = modelPart(leaf.key)
  if (part === 'version' && isOfSomethingElse(leaf)) return undefined
  const inside = isInModelObject(leaf) ? PARTS.get(tokensOf(leaf.key).join('_')) : undefined
  return inside === undefined ? part : modelPart(inside)
}

/** `{"api_version": {"version": "1"}}` */
function isOfSomethingElse(leaf: Pick<Leaf, 'steps'>): boolean {
  return tokensOf(parentOf(leaf) ?? '').some((token) => NOT_THE_MODEL.has(token))
}

function parentOf({ steps }: Pick<Leaf, 'steps'>): string | undefined {
  return steps.slice(0, -1).findLast((step) => !/^\d+$/.test(step))
}

export function isInModelObject(leaf: Pick<Leaf, 'steps'>): boolean {
  const parent = parentOf(leaf)
  return parent !== undefined && isModelName(parent)
}

/** `model`, `servedModel`, `model_info`. */
function isModelName(name: string): boolean {
  const tokens = tokensOf(name)
  const last = ABOUT.has(tokens.at(-1) ?? '') ? tokens.at(-2) : tokens.at(-1)
  return last === 'model'
}

/** When an object names the model, its other members describe the model too, except for typical answer names. */
export function leaveOutBesideModel(node: Node): void {
  for (const child of childrenOf(node)) {
    if (child.kind === 'record' && isModelName(child.key) && namesModel(child))
      for (const leaf of leavesOf(child)) {
        if (!isAnswerName(leaf.key)) leaf.leftOut ??= 'aside'
      }
    else leaveOutBesideModel(child)
  }
}

function namesModel(node: Node): boolean {
  return [...leavesOf(node)].some(({ leftOut }) => leftOut === 'model' || leftOut === 'version')
}
