/**
 * One large body over one connection, in a program of its own: `node bench/load/bulk.ts PORT up|down BYTES` prints the
 * seconds from the first byte sent to the last one received. `down` asks for /bulk, `up` sends a body of that length.
 */
import { connect } from 'node:net'

const [portText, direction, bytesText] = process.argv.slice(2)
const bytes = Number(bytesText)
const chunk = Buffer.alloc(1024 * 1024, 'modeltap')

const socket = connect({ port: Number(portText), host: '127.0.0.1', noDelay: true })
const started = performance.now()
let received = 0
let head = ''
/** Of `down`: bytes of the whole response. */
let expected = Number.POSITIVE_INFINITY

function finish(): void {
  process.stdout.write(String((performance.now() - started) / 1000))
  process.exit(0)
}

socket.on('data', (data: Buffer) => {
  received += data.length
  if (expected === Number.POSITIVE_INFINITY) {
    head += data.toString('latin1', 0, 4096)
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`not answered with 200: ${head.slice(0, end)}`)
    if (direction === 'down') expected = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1])
    // The second answer comes when the whole body before it was read.
    else if (head.split('HTTP/1.1 200').length === 3) finish()
  }
  if (received >= expected) finish()
})
socket.on('close', () => process.exit(1))

if (direction === 'down') {
  socket.write('GET /bulk HTTP/1.1\r\nHost: bench\r\n\r\n')
} else {
  socket.write(`POST /v1/models/bench:predict HTTP/1.1\r\nHost: bench\r\nContent-Length: ${bytes}\r\n\r\n`)
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      const part = left < chunk.length ? chunk.subarray(0, left) : chunk
      left -= part.length
      if (!socket.write(part)) {
        socket.once('drain', more)
        return
      }
    }
    socket.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n')
  }
  more()
}
