/**
 * Receives the CloudEvents of payload loggers on a separate port. The two events of a call are joined and go through
 * the protocols as if they came over the wire; an event without its counterpart yields the rows of its side.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { listenAt } from '../lib/listen.ts'
import { listenFailed } from '../lib/listen-failed.ts'
import type { Logger } from '../lib/logger.ts'
import { type EventResult, type PayloadEvent, readEvents } from './cloud-event.ts'
import type { CloudeventsOptions } from './cloudevents-options.ts'
import type { CloudeventsStats, EventRefusal } from './cloudevents-stats.ts'
import { targetOf } from './event-target.ts'
import { type HalfSide, Joiner } from './joiner.ts'
import { loggedExchange } from './logged-exchange.ts'
import type { RecordSink } from './record-sink.ts'

const MAX_CONNECTIONS = 256
const REQUEST_TIMEOUT_MS = 10_000
const CLOSE_GRACE_MS = 1_000
const EXPIRE_EVERY_MS = 1_000
/** Extra size for base64 and the attributes of a structured event. */
const ENVELOPE_FACTOR = 1.5
const ENVELOPE_BYTES = 65_536
/** Loggers send answers of successful calls only. */
const OK = 200

export interface CloudeventsReceiverDependencies {
  readonly listen: Address
  readonly options: Omit<CloudeventsOptions, 'listen'>
  /** Maximum payload size in bytes. */
  readonly maxBodyBytes: number
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: RecordSink
  readonly stats: CloudeventsStats
}

export class CloudeventsReceiver {
  readonly #dependencies: CloudeventsReceiverDependencies
  readonly #joiner: Joiner<PayloadEvent>
  readonly #server: Server
  readonly #expiry: NodeJS.Timeout
  /** Total bytes of bodies being received. */
  #receiving = 0

  private constructor(dependencies: CloudeventsReceiverDependencies) {
    const { options, clock, stats } = dependencies
    this.#dependencies = dependencies
    this.#joiner = new Joiner({
      waitMs: options.wait,
      maxWaiting: options.maxWaiting,
      maxWaitingBytes: options.maxWaitingBytes,
      clock,
      losses: stats.unjoined,
      onPair: (request, response) => this.#deliver(request, response),
      onAlone: (event, side) =>
        side === 'request' ? this.#deliver(event, undefined) : this.#deliver(undefined, event),
    })
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 65_000 },
      (request, response) => this.#receive(request, response),
    )
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#expiry = setInterval(() => this.expire(), EXPIRE_EVERY_MS).unref()
  }

  /** @throws ModeltapError LISTEN_FAILED */
  static async open(dependencies: CloudeventsReceiverDependencies): Promise<CloudeventsReceiver> {
    const sink = new CloudeventsReceiver(dependencies)
    try {
      const { listen: address } = dependencies
      await listenAt(sink.#server, address).catch((cause: NodeJS.ErrnoException) => {
        throw listenFailed({ address, setting: 'cloudevents.listen', example: '0.0.0.0:9081' }, cause)
      })
      sink.#server.on('error', (error) => {
        // For example EMFILE: no file descriptor is left for another connection.
        dependencies.logger.error({ reason: error.message }, 'cannot receive an event')
      })
    } catch (error) {
      clearInterval(sink.#expiry)
      throw error
    }
    return sink
  }

  /** The actual port when port 0 was requested. */
  get address(): Address {
    const { listen } = this.#dependencies
    const bound = this.#server.address()
    if (listen.kind === 'unix' || bound === null || typeof bound === 'string') return listen
    return { ...listen, port: bound.port }
  }

  /** Counts events alone when their wait has ended. */
  expire(): void {
    this.#joiner.expire()
    this.#dependencies.stats.waiting = this.#joiner.waiting
  }

  async close(): Promise<void> {
    clearInterval(this.#expiry)
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const deadline = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS)
    await closed
    clearTimeout(deadline)
    this.#joiner.close()
    this.#dependencies.stats.waiting = 0
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'POST') {
      answer(response.setHeader('allow', 'POST'), 405, 'Send CloudEvents by POST.')
      request.resume()
      return
    }
    const { maxBodyBytes, options } = this.#dependencies
    const limit = maxBodyBytes * ENVELOPE_FACTOR + ENVELOPE_BYTES
    const chunks: Buffer[] = []
    let bytes = 0
    let refusal: EventRefusal | undefined
    request.on('data', (chunk: Buffer) => {
      if (refusal !== undefined) return
      bytes += chunk.length
      this.#receiving += chunk.length
      if (bytes > limit) refusal = 'too-large'
      else if (this.#receiving > options.maxWaitingBytes) refusal = 'busy'
      else chunks.push(chunk)
      if (refusal !== undefined) chunks.length = 0
    })
    request.once('close', () => (this.#receiving -= bytes))
    request.once('end', () => {
      const results: readonly EventResult[] =
        refusal === undefined ? readEvents(request.headers, Buffer.concat(chunks, bytes)) : [{ refusal }]
      const refused = results.map((result) => this.#take(result)).find((reason) => reason !== undefined)
      const [status, text] = refused === undefined ? ACCEPTED : ANSWERS[refused]
      answer(response, status, text)
    })
  }

  #take(result: EventResult): EventRefusal | undefined {
    if ('refusal' in result) return this.#refuse(result.refusal)
    if ('outcome' in result) {
      const { value, ...named } = result.outcome
      this.#dependencies.stats.events.outcome += 1
      this.#dependencies.sink.acceptOutcome?.(value, named)
      return undefined
    }
    const { event } = result
    if (event.body.length > this.#dependencies.maxBodyBytes) return this.#refuse('too-large')
    this.#dependencies.stats.events[event.side] += 1
    this.#joiner.add(event.id, event.side, event, event.body.length)
    this.#dependencies.stats.waiting = this.#joiner.waiting
    return undefined
  }

  #refuse(reason: EventRefusal): EventRefusal {
    this.#dependencies.stats.refused[reason] += 1
    return reason
  }

  /** Without latency: `ce-time` is when a logger sent the event, not when the call was made. */
  #deliver(request: PayloadEvent | undefined, response: PayloadEvent | undefined): void {
    const { sink, maxBodyBytes } = this.#dependencies
    const exchange = loggedExchange({
      method: 'POST',
      target: targetOf(request, response, maxBodyBytes),
      status: OK,
      latencyMs: undefined,
      request: request ?? {},
      response: response ?? {},
    })
    const seen: 'call' | HalfSide =
      request === undefined ? 'response' : response === undefined ? 'request' : 'call'
    sink.accept(exchange, seen, request ?? response)
  }
}

type Answer = readonly [status: number, text: string]

const ACCEPTED: Answer = [200, '']
const ANSWERS: Readonly<Record<EventRefusal, Answer>> = {
  'not-a-cloudevent': [
    400,
    'Not a CloudEvent: ce-specversion and ce-type are needed, or application/cloudevents+json.',
  ],
  // Senders retry after an error, but an unusable event stays unusable.
  'type-unknown': [
    200,
    'Not used: only inference requests, responses and feedback of KServe and Seldon are, and io.modeltap.outcome.',
  ],
  'too-large': [413, 'The payload is larger than limits.bodyBytes.'],
  busy: [503, 'Too much is being received (cloudevents.maxWaitingBytes).'],
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}
