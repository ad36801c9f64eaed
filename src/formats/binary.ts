/** A file of a form, or a body that is no text: its size and its type are told, its content is not kept. */
export class Binary {
  readonly bytes: number
  /** In lower case, without parameters; the empty string where nothing says. */
  readonly mediaType: string

  constructor(bytes: number, mediaType: string) {
    this.bytes = bytes
    this.mediaType = mediaType
  }
}
