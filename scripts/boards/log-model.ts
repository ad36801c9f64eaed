/**
 * A model that is only seen from its logs, so that the boards have the other ways in to show: it writes its predictions
 * to a file and sends them as CloudEvents, answers /metrics as a neighbour does, and takes pushes. After the change its
 * rows are odd in every way that modeltap tells apart.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createRandom } from '../../examples/flight-delay/random.ts'

const MODEL = { model: 'claims', version: '2' }
const TICK_MS = 100
const ROWS_PER_TICK = 4
const LEARNED_ROWS = 400
const OWN_METRICS = '# TYPE claims_queue_length gauge\nclaims_queue_length 3\n'

export interface LogModelOptions {
  readonly directory: string
  /** Where modeltap is to take CloudEvents. */
  readonly events: string
  readonly changeAfterMs: number
}

export interface LogModel {
  /** A configuration of modeltap that reads all of it. */
  readonly config: string
  readonly close: () => Promise<void>
}

type Row = Readonly<Record<string, number | string>>

function featuresOf(random: () => number, odd: boolean): Row {
  const amount = Math.round(200 + 4000 * random() ** 3)
  if (!odd) return { amount, days: Math.floor(30 * random()), channel: random() < 0.3 ? 'phone' : 'web' }
  const broken = random() < 0.2 ? -amount : amount
  return { amount: 3 * broken, days: 7, channel: random() < 0.6 ? 'phone' : 'web', campaign: 'spring' }
}

function predictionsOf(random: () => number, odd: boolean): Row {
  const confidence = odd ? 0.4 + 0.4 * random() : 0.6 + 0.4 * random()
  const route = odd || random() < 0.6 ? 'automatic' : 'manual'
  return { label: random() < 0.2 ? 'fraud' : 'fine', confidence: Number(confidence.toFixed(3)), route }
}

/** One call as the two events that KServe's logger sends; every tenth answer gets lost. */
async function sendEvents(url: string, turn: number, random: () => number): Promise<void> {
  const send = (type: string, body: object): Promise<unknown> =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...{ 'ce-specversion': '1.0', 'ce-id': `call-${turn}`, 'ce-source': 'http://claims-events/' },
        ...{
          'ce-type': `org.kubeflow.serving.inference.${type}`,
          'ce-inferenceservicename': 'claims-events',
        },
      },
      body: JSON.stringify(body),
    }).catch(() => undefined)
  await send('request', { instances: [[random(), random()]] })
  if (turn % 10 > 0) await send('response', { predictions: [random()] })
}

export async function startLogModel({
  directory,
  events,
  changeAfterMs,
}: LogModelOptions): Promise<LogModel> {
  const random = createRandom(3)
  const log = join(directory, 'claims.jsonl')
  const server = createServer((request, response) => {
    request.resume()
    const own = request.method === 'GET'
    response.setHeader('content-type', own ? 'text/plain; version=0.0.4' : 'application/json')
    response.end(own ? OWN_METRICS : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state = join(directory, 'state')
  mkdirSync(state)
  writeFileSync(log, '')
  const config = join(directory, 'claims.yaml')
  writeFileSync(
    config,
    stringify({
      tail: { files: [log] },
      cloudevents: { listen: events, wait: '5s' },
      state: { directory: state, interval: '5s' },
      neighbour: { metrics: `${url}/metrics` },
      otlp: { endpoint: url, interval: '5s', timeout: '5s' },
      baseline: { learn: { rows: LEARNED_ROWS, minDuration: '1s' } },
      bounds: { amount: [0, 20_000], confidence: [0.5, 1] },
      windows: ['30s', '2m', '1h'],
      // The lines of a minute hold no days.
      drift: { waitForDays: false },
      evaluation: { interval: '2s' },
    }),
  )
  const began = Date.now()
  let turn = 0
  const timer = setInterval(() => {
    turn += 1
    const odd = Date.now() - began > changeAfterMs
    const lines = Array.from({ length: ROWS_PER_TICK }, () =>
      JSON.stringify({
        ...MODEL,
        latency: 0.02 * random(),
        features: featuresOf(random, odd),
        predictions: predictionsOf(random, odd),
      }),
    )
    if (odd && turn % 5 === 0) lines.push(lines[0] ?? '', 'Traceback (most recent call last):')
    appendFileSync(log, `${lines.join('\n')}\n`)
    if (turn % 5 === 0) void sendEvents(`http://${events}`, turn / 5, random)
  }, TICK_MS)
  const close = async (): Promise<void> => {
    clearInterval(timer)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { config, close }
}
