/**
 * Cost of observing HTTP/2: `node --expose-gc bench/micro/http2.ts`. One unary gRPC call on a connection whose header
 * tables are warm, as grpc-js and Go send it, and one POST of JSON whose fields are literals. Prints nanoseconds of CPU
 * and allocated bytes for each exchange.
 */
import {
  block,
  data,
  FLAG,
  frame,
  headers,
  PREFACE,
  settings,
  TYPE,
} from '../../test/observe/http2-frames.ts'
import { benchObserver, type PlacedFrame, type Shape } from './observer-bench.ts'

const STREAM_AT = 5

/** Writes the stream id of the exchange into every HTTP/2 frame of the ring's frames. */
function setStreams(ring: Buffer, frames: readonly PlacedFrame[], exchange: number): void {
  for (const { start, end } of frames) {
    for (let at = start; at < end; at += 9 + ring.readUIntBE(at, 3))
      ring.writeUInt32BE(2 * exchange + 3, at + STREAM_AT)
  }
}

/** A block whose fields are in the dynamic table, put there by `literalBlock`: index 62 is the youngest. */
const indexed = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => 0x80 | (62 + index)))
const incremental = (fields: Record<string, string>): Buffer => {
  const bytes = block(fields)
  // Literals "without indexing" become "with incremental indexing" (RFC 7541, section 6.2.1).
  let at = 0
  while (at < bytes.length) {
    bytes[at] = 0x40
    const name = bytes[at + 1] as number
    const value = bytes[at + 2 + name] as number
    at += 3 + name + value
  }
  return bytes
}

const call = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/inference.GRPCInferenceService/ModelInfer',
  ':authority': '127.0.0.1:9080',
  te: 'trailers',
  'content-type': 'application/grpc',
  'user-agent': 'grpc-node-js/1.14.7',
  'grpc-accept-encoding': 'identity,deflate,gzip',
}
const reply = { ':status': '200', 'content-type': 'application/grpc' }
const trailers = { 'grpc-status': '0', 'grpc-message': '' }
const message = `\0\0\0\0\x50${'m'.repeat(80)}`
const whole = FLAG.END_HEADERS
const last = FLAG.END_HEADERS | FLAG.END_STREAM

const shapes: readonly Shape[] = [
  {
    name: 'unary gRPC, indexed fields',
    open: {
      client: Buffer.concat([
        Buffer.from(PREFACE),
        settings(),
        frame(TYPE.HEADERS, last, 1, incremental(call)),
      ]),
      server: Buffer.concat([
        settings(),
        frame(TYPE.HEADERS, last, 1, incremental({ ...reply, ...trailers })),
      ]),
    },
    client: [Buffer.concat([frame(TYPE.HEADERS, whole, 1, indexed(8)), data(1, message)])],
    server: [
      Buffer.concat([
        frame(TYPE.HEADERS, whole, 1, Buffer.from([0x80 | 65, 0x80 | 64])),
        data(1, message, false),
        frame(TYPE.HEADERS, last, 1, Buffer.from([0x80 | 63, 0x80 | 62])),
      ]),
    ],
    advance: setStreams,
    reopenAfter: 100_000,
  },
  {
    name: 'JSON POST, literal fields',
    open: { client: Buffer.concat([Buffer.from(PREFACE), settings()]), server: settings() },
    client: [
      Buffer.concat([
        headers(
          1,
          {
            ':method': 'POST',
            ':scheme': 'http',
            ':path': '/v1/models/m:predict',
            ':authority': '127.0.0.1:9080',
            'content-type': 'application/json',
            'content-length': '120',
          },
          false,
        ),
        data(1, 'x'.repeat(120)),
      ]),
    ],
    server: [
      Buffer.concat([
        headers(1, { ':status': '200', 'content-type': 'application/json', 'content-length': '40' }, false),
        data(1, 'y'.repeat(40)),
      ]),
    ],
    advance: setStreams,
    reopenAfter: 100_000,
  },
]

for (const shape of shapes) benchObserver(shape)
