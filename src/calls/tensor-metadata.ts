/** A server's metadata of a model's tensors. */
import type { Datatype } from '../formats/datatype.ts'

export interface TensorMetadata {
  readonly name: string
  readonly datatype: Datatype
  /** −1 for a dimension of any length. */
  readonly shape: readonly number[]
}

export interface ModelMetadata {
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

/** `undefined` while unknown, and permanently when the server has no metadata. */
export type FindMetadata = (model: string, version: string) => ModelMetadata | undefined
