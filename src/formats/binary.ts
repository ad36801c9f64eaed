/** A file in a form, or a binary body: stores its size and media type, never its content. */
export class Binary {
  readonly bytes: number
  /** In lower case, without parameters; empty when unknown. */
  readonly mediaType: string

  constructor(bytes: number, mediaType: string) {
    this.bytes = bytes
    this.mediaType = mediaType
  }
}
