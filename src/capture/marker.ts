/**
 * A datagram to this process that passes through the capture. It is longer than tcpdump's output buffer, so it flushes
 * everything before it (otherwise 4,096 bytes would wait for more traffic). It shows that the capture works, how far it
 * lags, and whether the wall clock was set.
 */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'

const MARKER_BYTES = 4_200
const TOKEN_BYTES = 16
const INTERVAL_MS = 250

export class Marker {
  readonly #socket: Socket
  readonly #token = randomBytes(TOKEN_BYTES)
  readonly #datagram = Buffer.alloc(MARKER_BYTES)
  #timer: NodeJS.Timeout | undefined
  #port = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#token.copy(this.#datagram, MARKER_BYTES - TOKEN_BYTES)
  }

  /** Binds a port of 127.0.0.1; nothing is sent before `start`. */
  static async open(): Promise<Marker> {
    const socket = createSocket('udp4')
    const marker = new Marker(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, '127.0.0.1', resolve)
    })
    // The received datagram is not needed: it was captured on its way.
    socket.removeAllListeners('error').on('error', () => undefined)
    marker.#port = socket.address().port
    return marker
  }

  get port(): number {
    return this.#port
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#socket.send(this.#datagram, this.#port, '127.0.0.1'), INTERVAL_MS)
  }

  /** Whether a packet is the marker: its last bytes are a random secret. */
  isIn(bytes: Buffer, start: number, end: number): boolean {
    return (
      end - start > MARKER_BYTES && bytes.compare(this.#token, 0, TOKEN_BYTES, end - TOKEN_BYTES, end) === 0
    )
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }
}
