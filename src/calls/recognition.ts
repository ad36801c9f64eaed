/** What a call is for; the value of the label `operation`. `health` and `metadata` are never predictions. */
export const OPERATIONS = ['predict', 'explain', 'chat', 'embeddings', 'health', 'metadata', 'other'] as const
export type Operation = (typeof OPERATIONS)[number]

/** What the path and the headers tell, before any body is read. Empty strings where they do not say. */
export interface Recognition {
  readonly operation: Operation
  readonly model: string
  readonly version: string
}
