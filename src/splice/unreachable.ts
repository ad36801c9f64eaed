/** The only response that the data plane itself sends: the model server is unreachable. */
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const HTTP2_PREFACE = 'PRI * HTTP/2.0'

/**
 * Whether a client that starts with these bytes understands the response: HTTP/1.x starts with a method in capitals.
 * TLS and HTTP/2 clients do not, so their connections are closed without a response.
 */
export function understandsHttp1(first: Buffer): boolean {
  const byte = first[0] ?? 0
  if (byte < UPPER_A || byte > UPPER_Z) return false
  return first.toString('latin1', 0, HTTP2_PREFACE.length) !== HTTP2_PREFACE
}

/**
 * A complete HTTP/1.1 response. `upstream`: the address in the form that users write; `retryAfterSeconds`: a whole
 * number ≥ 1.
 */
export function unreachableResponse(upstream: string, retryAfterSeconds: number): string {
  const body = JSON.stringify({
    error: 'the model server cannot be reached',
    upstream,
    retry_after_seconds: retryAfterSeconds,
  })
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Retry-After: ${retryAfterSeconds}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
