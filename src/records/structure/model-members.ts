/**
 * Members that say which model answered: `"model_version": "7"`, and objects of their own, as in
 * `{"model": {"name": "credit", "version": "7", "framework": "xgboost"}}`.
 */
import { isAnswerName, type ModelPart, modelPart, tokensOf } from './names.ts'
import { childrenOf, type Leaf, leavesOf, type Node } from './node.ts'

/** Behind `model` they say that the object is about the model. */
const ABOUT = new Set(['info', 'information', 'metadata', 'meta', 'details', 'spec', 'ref', 'data'])
/** What else has a version. */
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

/** What of a model's identity the member gives, by its name and the name of the object that it is in. */
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

/** Where an object names the model, the rest of it describes the model too, but for what is called an answer. */
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
