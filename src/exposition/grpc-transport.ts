/**
 * OTLP over gRPC: one unary call for each push, on Node.js' own HTTP/2. The gRPC package would add 5 MB and more for a name
 * resolver, load balancing and streams, which are not needed. https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
/** Compression flag and length of the message. */
const PREFIX_BYTES = 5
/** Maximum size of an answer, which only lists rejected points. */
const MOST_ANSWER_BYTES = 64 * 1024

export interface GrpcTarget {
  /** `http://collector:4317`, or `https://` for TLS. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
}

export class GrpcTransport implements IExporterTransport {
  readonly #target: GrpcTarget
  #session: ClientHttp2Session | undefined

  constructor(target: GrpcTarget) {
    this.#target = target
  }

  send(message: Uint8Array, timeoutMillis: number): Promise<ExportResponse> {
    return new Promise((resolve) => {
      const fail = (error: Error): void => resolve({ status: 'failure', error })
      const session = this.#open()
      const stream = session.request({
        ...lowerCase(this.#target.headers),
        ':method': 'POST',
        ':path': METHOD,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        'grpc-timeout': `${Math.ceil(timeoutMillis)}m`,
      })
      session.once('error', fail)
      stream.once('close', () => session.off('error', fail))
      let status: IncomingHttpHeaders = {}
      const chunks: Buffer[] = []
      let bytes = 0
      stream.setTimeout(timeoutMillis, () => stream.destroy(new Error('the receiver did not answer in time')))
      // An answer without a message has its status in the headers.
      stream.on('response', (headers) => (status = headers))
      stream.on('trailers', (trailers: IncomingHttpHeaders) => (status = { ...status, ...trailers }))
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MOST_ANSWER_BYTES) chunks.push(chunk)
      })
      stream.once('error', fail)
      stream.once('end', () => resolve(answerOf(status, Buffer.concat(chunks))))
      const prefix = Buffer.alloc(PREFIX_BYTES)
      prefix.writeUInt32BE(message.length, 1)
      stream.end(Buffer.concat([prefix, message]))
    })
  }

  shutdown(): void {
    this.#session?.close()
  }

  #open(): ClientHttp2Session {
    const { connect } = process.getBuiltinModule('node:http2')
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(new URL(this.#target.endpoint).origin)
      // Each call has already reported it; without a listener the process would end.
      this.#session.on('error', () => undefined)
      this.#session.unref()
    }
    return this.#session
  }
}

function answerOf(status: IncomingHttpHeaders, body: Buffer): ExportResponse {
  const code = status['grpc-status']
  if (code === '0') return { status: 'success', data: body.subarray(PREFIX_BYTES) }
  const text = status['grpc-message']
  const message = typeof text === 'string' ? decodeURIComponent(text) : `HTTP status ${status[':status']}`
  return { status: 'failure', error: new Error(`gRPC status ${String(code ?? 'missing')}: ${message}`) }
}

/** HTTP/2 header names are in lower case. */
const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
