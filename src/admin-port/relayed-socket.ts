/** The analysis thread's end of a relayed connection: acts as a socket for its HTTP server. */
import type { Server } from 'node:http'
import { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import type { RelayMessage } from './relay-messages.ts'

class RelayedSocket extends Duplex {
  /** Used by the audit log. */
  readonly remoteAddress: string | undefined
  readonly #id: number
  readonly #port: MessagePort
  readonly #onClosed: () => void
  #isOwed = false
  #onTaken: (() => void) | undefined

  constructor(
    { id, remoteAddress }: Extract<RelayMessage, { kind: 'open' }>,
    { port, onClosed }: { readonly port: MessagePort; readonly onClosed: () => void },
  ) {
    super({ allowHalfOpen: true })
    this.#id = id
    this.remoteAddress = remoteAddress
    this.#port = port
    this.#onClosed = onClosed
  }

  receive(message: RelayMessage): void {
    if (message.kind === 'data') {
      this.#isOwed = true
      if (this.push(message.bytes)) this._read()
    } else if (message.kind === 'end') this.push(null)
    else if (message.kind === 'taken') this.#takeNext()
    else if (message.kind === 'close') this.destroy()
  }

  override _read(): void {
    if (!this.#isOwed) return
    this.#isOwed = false
    this.#send({ kind: 'taken', id: this.#id })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#onTaken = done
    this.#send({ kind: 'data', id: this.#id, bytes: chunk })
  }

  override _final(done: () => void): void {
    this.#send({ kind: 'end', id: this.#id })
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#onTaken = undefined
    this.#send({ kind: 'close', id: this.#id })
    this.#onClosed()
    done(error)
  }

  #takeNext(): void {
    const done = this.#onTaken
    this.#onTaken = undefined
    done?.()
  }

  #send(message: RelayMessage): void {
    this.#port.postMessage(message)
  }
}

export interface Relayed {
  /** Resolves when no connection is open. */
  readonly empty: () => Promise<void>
  readonly closeAll: () => void
}

/** Passes the connections from the port to the HTTP server. */
export function serveRelayed(server: Server, port: MessagePort): Relayed {
  const sockets = new Map<number, RelayedSocket>()
  let onEmpty: (() => void) | undefined
  port.on('message', (message: RelayMessage) => {
    if (message.kind !== 'open') {
      sockets.get(message.id)?.receive(message)
      return
    }
    const onClosed = (): void => {
      sockets.delete(message.id)
      if (sockets.size === 0) onEmpty?.()
    }
    const socket = new RelayedSocket(message, { port, onClosed })
    sockets.set(message.id, socket)
    // A client that disconnects is not an error.
    socket.on('error', () => undefined)
    server.emit('connection', socket)
  })
  return {
    empty: async () => {
      if (sockets.size > 0) await new Promise<void>((resolve) => (onEmpty = resolve))
    },
    closeAll: () => {
      for (const socket of sockets.values()) socket.destroy()
    },
  }
}
