/** What a server says of the tensors of a model. */
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

/** `undefined` while it is not known, and for good when the server does not say. */
export type FindMetadata = (model: string, version: string) => ModelMetadata | undefined
