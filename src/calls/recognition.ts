/** What a call is for; the value of the label `operation`. `health` and `metadata` are never predictions. */
export const OPERATIONS = ['predict', 'explain', 'chat', 'embeddings', 'health', 'metadata', 'other'] as const
export type Operation = (typeof OPERATIONS)[number]
/** Those that ask the model. */
export const INFERENCE_OPERATIONS: ReadonlySet<string> = new Set<Operation>([
  'predict',
  'explain',
  'chat',
  'embeddings',
])

/** What the path and the headers tell, before any body is read. Empty strings where they do not say. */
export interface Recognition {
  readonly operation: Operation
  readonly model: string
  readonly version: string
}
