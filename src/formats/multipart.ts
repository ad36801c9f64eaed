/** Forms with files (RFC 7578). */

export interface Part {
  /** The form field's name; `data` without one. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Whether the part is marked as a file. */
  readonly isFile: boolean
  /** As written; `undefined` when missing. */
  readonly contentType: string | undefined
}

const MAX_PARTS = 64
const HEAD_END = Buffer.from('\r\n\r\n')

/** `undefined` when the content type is not a form, or the body does not match it. */
export function multipartParts(body: Uint8Array, contentType: string | undefined): Part[] | undefined {
  const boundary = /^multipart\/form-data;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '')
  if (boundary === null) return undefined
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const delimiter = Buffer.from(`--${boundary[1] ?? boundary[2] ?? ''}`)
  const parts: Part[] = []
  let start = bytes.indexOf(delimiter)
  while (start !== -1 && parts.length < MAX_PARTS) {
    const from = start + delimiter.length
    const end = bytes.indexOf(delimiter, from)
    if (end === -1) break
    const part = readPart(bytes.subarray(from, end))
    if (part !== undefined) parts.push(part)
    start = end
  }
  return parts.length === 0 ? undefined : parts
}

/** The part between two delimiters: CRLF, the head, a blank line, the content, CRLF. */
function readPart(bytes: Buffer): Part | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const name = /^content-disposition:.*;\s*name="([^"]*)"/im.exec(head)?.[1]
  const content = bytes.subarray(headEnd + HEAD_END.length, bytes.length - 2)
  return {
    name: name === undefined || name === '' ? 'data' : name,
    bytes: content,
    isFile: /^content-disposition:.*;\s*filename\*?=/im.test(head),
    contentType: /^content-type:\s*([^;\r\n]+)/im.exec(head)?.[1]?.trim().toLowerCase(),
  }
}
