/**
 * Open-loop load: requests fall due at a fixed rate, whether or not earlier ones were answered, and latency counts from
 * the moment a request was due. A program of its own, so that its event loop does nothing else:
 *
 *     node bench/load/fixed-rate.ts PORT RATE SECONDS CONNECTIONS      prints one JSON object
 *
 * Every millisecond RATE/1000 requests fall due at once and are sent, each on a free keep-alive connection; when none is
 * free they wait, and the wait counts. Late timers of this program count as well, for all targets alike.
 */
import { connect, type Socket } from 'node:net'
import { bodies, PATH } from './traffic.ts'
import type { LoadResult } from './wrk.ts'

const [port = 0, rate = 0, seconds = 0, connections = 0] = process.argv.slice(2).map(Number)

const requests = bodies.map((body) =>
  Buffer.from(
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  ),
)
const latenciesUs = new Float64Array(rate * seconds + 1)
let sent = 0
let answered = 0
let errors = 0

interface Slot {
  readonly socket: Socket
  dueMs: number
  received: number
  /** Bytes of one response: all are alike, so the first one tells. */
  responseBytes: number
}
const free: Slot[] = []
const waiting: number[] = []

function send(slot: Slot, dueMs: number): void {
  slot.dueMs = dueMs
  slot.socket.write(requests[sent % requests.length] ?? '')
  sent += 1
}

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const slot: Slot = { socket, dueMs: 0, received: 0, responseBytes: 0 }
    socket.on('data', (chunk: Buffer) => {
      if (slot.responseBytes === 0) {
        const text = chunk.toString('latin1')
        const body = /content-length: (\d+)/i.exec(text)?.[1]
        if (!text.startsWith('HTTP/1.1 200') || body === undefined) {
          errors += 1
          socket.destroy()
          return
        }
        slot.responseBytes = text.indexOf('\r\n\r\n') + 4 + Number(body)
      }
      slot.received += chunk.length
      if (slot.received < slot.responseBytes) return
      slot.received = 0
      latenciesUs[answered] = (performance.now() - slot.dueMs) * 1000
      answered += 1
      const next = waiting.shift()
      if (next === undefined) free.push(slot)
      else send(slot, next)
    })
    socket.on('connect', () => {
      free.push(slot)
      resolve()
    })
    socket.on('error', (error) => {
      errors += 1
      reject(error)
    })
  })
}

await Promise.all(Array.from({ length: connections }, open))
const startMs = performance.now()
const perTick = rate / 1000
let ticks = 0
let due = 0
const timer = setInterval(() => {
  const nowMs = performance.now()
  for (; ticks < seconds * 1000 && startMs + ticks <= nowMs; ticks += 1) {
    const dueMs = startMs + ticks
    for (; due < (ticks + 1) * perTick; due += 1) {
      const slot = free.pop()
      if (slot === undefined) waiting.push(dueMs)
      else send(slot, dueMs)
    }
  }
  const isOver = ticks === seconds * 1000 && answered + errors >= due
  if (!isOver && nowMs - startMs < (seconds + 5) * 1000) return
  clearInterval(timer)
  const sorted = latenciesUs.subarray(0, answered).sort()
  const result: LoadResult = {
    requests: answered,
    seconds: (performance.now() - startMs) / 1000,
    p50Us: sorted[Math.floor(answered * 0.5)] ?? Number.NaN,
    p99Us: sorted[Math.floor(answered * 0.99)] ?? Number.NaN,
    p999Us: sorted[Math.floor(answered * 0.999)] ?? Number.NaN,
    maxUs: sorted[answered - 1] ?? Number.NaN,
    errors: errors + due - answered,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  process.exit(0)
}, 1)
