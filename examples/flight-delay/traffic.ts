/**
 * Clients of the model: real rows at a steady mean rate over kept-alive connections, most of them one row over V1,
 * the others small batches over V2; a few requests are malformed, and a client that waits too long goes away. After
 * `--change-after` seconds the rows are those of another season. Prints nothing; the same seed sends the same things.
 *
 * With `--labels-to` it also says, some seconds later, which flights were late (labels.ts).
 *
 *     node examples/flight-delay/traffic.ts --target 127.0.0.1:9080 --rate 40 --change-after 60 --duration 180
 */
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { createLabelSender } from './labels.ts'
import { createRandom, exponential } from './random.ts'
import { malformedRequest, type ModelRequest, v1Request, v2Request } from './requests.ts'
import { readLabels, readRows, type Row } from './rows.ts'

/** Beyond this many unanswered requests new ones are left out: an overloaded model must not eat our memory. */
const MAX_IN_FLIGHT = 256
const PATIENCE_MS = 500
const PROBE_EVERY_MS = 5000

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: '127.0.0.1:9080' },
    rate: { type: 'string', default: '40' },
    'change-after': { type: 'string', default: 'Infinity' },
    duration: { type: 'string', default: 'Infinity' },
    'batch-ratio': { type: 'string', default: '0.25' },
    'malformed-ratio': { type: 'string', default: '0.005' },
    'labels-to': { type: 'string' },
    'labels-token-file': { type: 'string', default: '' },
    'labels-after': { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
})
const rate = Number(options.rate)
const changeAfterMs = Number(options['change-after']) * 1000
const durationMs = Number(options.duration) * 1000
const random = createRandom(Number(options.seed))
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const startedMs = performance.now()
const colon = options.target.lastIndexOf(':')
const target = { host: options.target.slice(0, colon), port: Number(options.target.slice(colon + 1)) }

const labels =
  options['labels-to'] === undefined
    ? undefined
    : createLabelSender({
        url: options['labels-to'],
        tokenFile: options['labels-token-file'],
        delayMs: Number(options['labels-after']) * 1000,
        random: createRandom(Number(options.seed) + 1),
      })

interface Flight {
  readonly row: Row
  /** Known when it has landed. */
  readonly label: string
}

/** Walks through the flights of a file in their order, again and again. */
function* cycle(name: 'ordinary' | 'changed'): Generator<Flight, never> {
  const truths = readLabels(name)
  const flights = readRows(name).map((row, index) => ({ row, label: truths[index] ?? '' }))
  for (;;) yield* flights
}
const ordinary = cycle('ordinary')
const changed = cycle('changed')

function nextRequest(id: string): { readonly request: ModelRequest; readonly labels: readonly string[] } {
  const population = performance.now() - startedMs < changeAfterMs ? ordinary : changed
  const flight = (): Flight => population.next().value
  if (random() < Number(options['malformed-ratio']))
    return { request: malformedRequest(flight().row, random), labels: [] }
  const isBatch = random() < Number(options['batch-ratio'])
  const flights = isBatch ? Array.from({ length: 2 + Math.floor(random() * 7) }, flight) : [flight()]
  const rows = flights.map(({ row }) => row)
  return {
    request: isBatch ? v2Request(rows, id) : v1Request(rows),
    labels: flights.map(({ label }) => label),
  }
}

let inFlight = 0

let sent = 0

/** @param truths of the rows, for the labels that come later */
function send({ method, path, body }: ModelRequest, id?: string, truths: readonly string[] = []): void {
  if (inFlight >= MAX_IN_FLIGHT) return
  inFlight += 1
  const headers = id === undefined ? {} : { 'x-request-id': id }
  const outgoing = request({ ...target, method, path, headers, agent, timeout: PATIENCE_MS }, (response) => {
    response.resume()
    if (response.statusCode === 200 && id !== undefined && truths.length > 0) labels?.add(id, truths)
  })
  outgoing.on('timeout', () => outgoing.destroy())
  // Whoever watches the traffic sees a refused or broken connection; here it only ends this request.
  outgoing.on('error', () => undefined)
  outgoing.on('close', () => {
    inFlight -= 1
  })
  if (body === undefined) outgoing.end()
  else outgoing.setHeader('content-type', 'application/json').end(body)
}

function stop(): void {
  clearTimeout(timer)
  clearInterval(probe)
  labels?.stop()
  agent.destroy()
}

let dueMs = startedMs
function tick(): void {
  const nowMs = performance.now()
  if (nowMs - startedMs >= durationMs) return stop()
  // Arrivals are independent of answers, as those of real clients are.
  while (dueMs <= nowMs) {
    sent += 1
    const id = `flights-${sent}`
    const { request: next, labels: truths } = nextRequest(id)
    send(next, id, truths)
    dueMs += exponential(random, 1000 / rate)
  }
  timer = setTimeout(tick, Math.max(0, dueMs - performance.now()))
}
let timer = setTimeout(tick, 0)
const probe = setInterval(() => send({ method: 'GET', path: '/v2/health/ready' }), PROBE_EVERY_MS)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
