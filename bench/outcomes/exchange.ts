/**
 * What outcomes add to the analysis of one exchange, from the bytes in the ring to the last counter, as
 * `bench/micro/exchange.ts` measures it: the same traffic with an `x-request-id` each, in one run with and without.
 */
import { randomUUID } from 'node:crypto'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createExposition } from '../../src/exposition/exposition.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Observer } from '../../src/observe/observer.ts'
import { MemoryStore } from '../../src/outcomes/memory-store.ts'
import type { Outcomes } from '../../src/outcomes/outcomes.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { DIRECTION, FRAME } from '../../src/ring/frame.ts'
import { ANSWER, bodies, PATH } from '../load/traffic.ts'
import { idleSources } from '../micro/idle-sources.ts'
import { newOutcomes } from './new-outcomes.ts'

const MAX_PENDING = 1_000_000
const LEARNING_ROWS = 5_000
/** Short, and turn about, so that neighbours on the machine slow down both alike. */
const ROUNDS = 300
const EXCHANGES = 2_000

const { config } = loadConfig({
  environment: {},
  flags: { upstream: '127.0.0.1:1', baseline: { learn: { rows: LEARNING_ROWS, minDuration: '1ms' } } },
})

const refuse = (error: unknown): never => {
  throw error instanceof Error ? error : new Error(JSON.stringify(error))
}

function observerWith(outcomes: Outcomes | undefined): Observer {
  const registry = new ModelRegistry({
    options: config,
    clock: systemClock,
    loadedBaseline: undefined,
    onEvent: () => undefined,
  })
  const { recorder } = createExposition({
    metrics: config.metrics,
    otlp: config.otlp,
    sources: idleSources,
    clock: systemClock,
    logger: silentLogger,
  })
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes, findMetadata: undefined }),
    labels: new ModelLabels(config.limits.models, { model: undefined, version: undefined }),
    maxColumns: config.limits.features,
    onRecognised: (recognised) => recorder.recordExchange(recognised),
    onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
    onCall: ({ model, version, protocol }, call, batch) =>
      outcomes?.onPrediction({ model, version }, protocol, call, batch),
    onDecodeFailure: (_, failure) => refuse(failure),
    onDroppedColumns: refuse,
    onBug: refuse,
  })
  return new Observer({
    onExchange: (exchange) => pipeline.accept(exchange),
    onUnobserved: refuse,
    skip: { skipUntil: () => undefined },
    limits: {
      bodyBytes: config.limits.bodyBytes,
      headerBytes: config.limits.headerBytes,
      connections: config.connections.limit,
    },
  })
}

const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`
const ring = Buffer.from(new SharedArrayBuffer(64 << 20))
const answerEnd = ring.write(answer)

/** One connection that sends as many exchanges as are asked for; ids come from the ring, new ones each round. */
function connectionOf(observer: Observer): (places: readonly number[], from: number) => void {
  let [sent, answered] = [0, 0]
  observer.frame(FRAME.OPEN, 1, DIRECTION.TO_SERVER, 0, 0, ring, 0, 0)
  return (places) => {
    for (let index = 1; index < places.length; index += 1) {
      const [start, end] = [places[index - 1] as number, places[index] as number]
      observer.frame(FRAME.DATA, 1, DIRECTION.TO_SERVER, sent, index, ring, start, end)
      sent += end - start
      observer.frame(FRAME.DATA, 1, DIRECTION.TO_CLIENT, answered, index, ring, 0, answerEnd)
      answered += answerEnd
    }
  }
}

/** Writes requests with new ids into the ring; the answer is where each begins. */
function newRequests(): readonly number[] {
  const places = [answerEnd]
  let free = answerEnd
  for (let index = 0; index < EXCHANGES; index += 1) {
    const body = bodies[index % bodies.length] as string
    free += ring.write(
      `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:9080\r\nX-Request-Id: ${randomUUID()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      free,
    )
    places.push(free)
  }
  return places
}

const store = new MemoryStore({ horizonMs: 86_400_000, maxPending: MAX_PENDING, settleMs: 5_000 })
const connections = [connectionOf(observerWith(undefined)), connectionOf(observerWith(newOutcomes(store)))]
const nanoseconds: [number[], number[]] = [[], []]
for (let round = 0; round < ROUNDS; round += 1) {
  const places = newRequests()
  for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
    const before = process.cpuUsage()
    connections[which]?.(places, 0)
    const { user, system } = process.cpuUsage(before)
    nanoseconds[which].push(((user + system) * 1000) / EXCHANGES)
  }
}
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number
const [first, second] = nanoseconds.map((values) => values.slice(ROUNDS / 3)) as [number[], number[]]
const more = median(second.map((value, round) => value - (first[round] as number)))
const without = median(first)
const withOutcomes = without + more
console.log(
  `ring to counter: ${Math.round(without)} ns of CPU an exchange without outcomes, ${Math.round(withOutcomes)} with: ${Math.round(more)} more (${((100 * more) / without).toFixed(1)} %)`,
)
process.exit()
