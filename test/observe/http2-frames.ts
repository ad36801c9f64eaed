/** HTTP/2 frames by hand, for streams that no well-behaved peer sends. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const
export const FLAG = { END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 0x20 } as const

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload as string, 'latin1')
  const head = Buffer.alloc(9)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, body])
}

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')])

/** A header block of literals without indexing; names and values below 127 bytes. */
export const block = (fields: Record<string, string>): Buffer =>
  Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  )

export const settings = (...pairs: [number, number][]): Buffer => {
  const payload = Buffer.alloc(pairs.length * 6)
  pairs.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6)
    payload.writeUInt32BE(value, index * 6 + 2)
  })
  return frame(TYPE.SETTINGS, 0, 0, payload)
}

export const uint32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

export const headers = (stream: number, fields: Record<string, string>, isLast = true): Buffer =>
  frame(TYPE.HEADERS, FLAG.END_HEADERS | (isLast ? FLAG.END_STREAM : 0), stream, block(fields))

export const data = (stream: number, body: string, isLast = true): Buffer =>
  frame(TYPE.DATA, isLast ? FLAG.END_STREAM : 0, stream, body)

export const get = (stream: number, path = '/a'): Buffer =>
  headers(stream, { ':method': 'GET', ':scheme': 'http', ':path': path })
export const ok = (stream: number, body = 'ok'): Buffer =>
  Buffer.concat([headers(stream, { ':status': '200' }, false), data(stream, body)])
