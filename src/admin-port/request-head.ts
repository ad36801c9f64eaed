/**
 * The parts of an admin request that the main thread needs: whether it is a probe, and its host. The HTTP server of the
 * analysis thread parses everything else.
 */

export interface RequestHead {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Every host named in the request: in Host headers and in an absolute target. Empty for HTTP/1.0 without either. */
  readonly hosts: readonly string[]
  /** Whether another request may follow on the same connection. */
  readonly keepsAlive: boolean
  /** Whether bytes of a body follow. */
  readonly hasBody: boolean
}

export type ParsedHead =
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'request'; readonly head: RequestHead; readonly bytes: number }

/** Longer heads are rejected. */
export const MAX_HEAD_BYTES = 16 * 1024

const END = Buffer.from('\r\n\r\n')
const REQUEST_LINE = /^([A-Z]{1,20}) (\S+) HTTP\/(1\.[01])$/
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/

export function parseHead(bytes: Buffer): ParsedHead {
  const end = bytes.indexOf(END)
  if (end < 0) return { kind: bytes.length > MAX_HEAD_BYTES ? 'broken' : 'unfinished' }
  if (end > MAX_HEAD_BYTES) return { kind: 'broken' }
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, method, target, version] = REQUEST_LINE.exec(requestLine) ?? []
  if (method === undefined || target === undefined) return { kind: 'broken' }
  const [, authority, absolutePath] = ABSOLUTE.exec(target) ?? []
  const hosts = authority === undefined ? [] : [authority]
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined) return { kind: 'broken' }
    if (name.toLowerCase() === 'host') hosts.push(value)
    else fields.set(name.toLowerCase(), value)
  }
  const connection = fields.get('connection')?.toLowerCase() ?? ''
  const head: RequestHead = {
    method,
    path: (absolutePath ?? target.split('?', 1)[0] ?? '').replace(/(?<=.)\/$/, ''),
    hosts,
    keepsAlive: version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive'),
    hasBody: fields.has('transfer-encoding') || (fields.get('content-length') ?? '0') !== '0',
  }
  return { kind: 'request', head, bytes: end + END.length }
}
