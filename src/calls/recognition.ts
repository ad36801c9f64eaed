/** Purpose of a call; the value of the label `operation`. `health` and `metadata` are never predictions. */
export const OPERATIONS = ['predict', 'explain', 'chat', 'embeddings', 'health', 'metadata', 'other'] as const
export type Operation = (typeof OPERATIONS)[number]
/** Operations that run the model. */
export const INFERENCE_OPERATIONS: ReadonlySet<string> = new Set<Operation>([
  'predict',
  'explain',
  'chat',
  'embeddings',
])

/** Facts from path and headers, before any body is read. Empty strings when unknown. */
export interface Recognition {
  readonly operation: Operation
  readonly model: string
  readonly version: string
}
