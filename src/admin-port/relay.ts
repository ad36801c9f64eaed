/** The main thread's end of relayed connections: between sockets and the message port of one analysis thread. */
import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import type { RelayMessage } from './relay-messages.ts'

export interface RelayedConnection {
  readonly socket: Socket
  /** Whether a byte of an answer was written. */
  isAnswered: boolean
}

export interface RelayOptions {
  readonly port: MessagePort
  /** Bytes moved in one of the two directions. */
  readonly onMoved: (connection: RelayedConnection) => void
  readonly onClosed: (connection: RelayedConnection) => void
}

export class Relay {
  readonly #options: RelayOptions
  readonly #connections = new Map<number, RelayedConnection>()
  #lastId = 0

  constructor(options: RelayOptions) {
    this.#options = options
    options.port.on('message', (message: RelayMessage) => this.#receive(message))
  }

  /** Takes over a socket without listeners; `first` was already read from it. */
  take(socket: Socket, first: Buffer): RelayedConnection {
    const { port, onMoved, onClosed } = this.#options
    const id = (this.#lastId += 1)
    const connection: RelayedConnection = { socket, isAnswered: false }
    this.#connections.set(id, connection)
    const send = (bytes: Buffer): void => {
      socket.pause()
      port.postMessage({ kind: 'data', id, bytes } satisfies RelayMessage)
    }
    port.postMessage({ kind: 'open', id, remoteAddress: socket.remoteAddress } satisfies RelayMessage)
    send(first)
    socket.on('data', (chunk: Buffer) => {
      onMoved(connection)
      send(chunk)
    })
    socket.on('end', () => port.postMessage({ kind: 'end', id } satisfies RelayMessage))
    socket.on('close', () => {
      this.#connections.delete(id)
      port.postMessage({ kind: 'close', id } satisfies RelayMessage)
      onClosed(connection)
    })
    return connection
  }

  /** The analysis thread has ended: returns its connections, so that they can be answered. */
  detach(): readonly RelayedConnection[] {
    this.#options.port.close()
    return [...this.#connections.values()]
  }

  #receive(message: RelayMessage): void {
    const connection = this.#connections.get(message.id)
    if (connection === undefined) return
    const { socket } = connection
    const { port, onMoved } = this.#options
    if (message.kind === 'taken') socket.resume()
    else if (message.kind === 'end') socket.end()
    else if (message.kind === 'close') socket.destroySoon()
    else if (message.kind === 'data') {
      connection.isAnswered = true
      onMoved(connection)
      const { id } = message
      socket.write(message.bytes, () => port.postMessage({ kind: 'taken', id } satisfies RelayMessage))
    }
  }
}
