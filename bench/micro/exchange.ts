/**
 * What the analysis of one exchange costs, from the bytes in the ring to the last counter: the requests of
 * `npm run bench:load` through observer, pipeline, monitor and recorder, composed as `worker/analysis.ts` does.
 * `node --expose-gc bench/micro/exchange.ts` prints nanoseconds of CPU and allocated bytes for each exchange; the flags
 * and limits of the real thread are not set here.
 */
import { FatalBodies } from '../../src/analysis/fatal-bodies.ts'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createExposition } from '../../src/exposition/exposition.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Observer } from '../../src/observe/observer.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { ControlBlock } from '../../src/ring/control.ts'
import { DIRECTION, FRAME } from '../../src/ring/frame.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { ANSWER, bodies, PATH } from '../load/traffic.ts'
import { idleSources } from './idle-sources.ts'

const CONNECTIONS = 8
const LEARNING_ROWS = 5_000
const ROUNDS = 7
const EXCHANGES = 100_000
/** So few that no collection comes between the two looks at the heap. */
const ALLOCATION_EXCHANGES = 500

const { config } = loadConfig({
  environment: {},
  flags: { upstream: '127.0.0.1:1', baseline: { learn: { rows: LEARNING_ROWS, minDuration: '1ms' } } },
})
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
const refuse = (error: unknown): never => {
  throw error instanceof Error ? error : new Error(JSON.stringify(error))
}
const pipeline = new Pipeline({
  decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes, findMetadata: undefined }),
  labels: new ModelLabels(config.limits.models, {
    model: config.model.name,
    version: config.model.version,
  }),
  maxColumns: config.limits.features,
  onRecognised: (recognised) => recorder.recordExchange(recognised),
  onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
  onDecodeFailure: (_, failure) => refuse(failure),
  fatalBodies: new FatalBodies(
    new ControlBlock(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 })),
    [],
  ),
  onDroppedColumns: refuse,
  onBug: refuse,
})
const observer = new Observer({
  onExchange: (exchange) => pipeline.accept(exchange),
  onUnobserved: refuse,
  skip: { skipUntil: () => undefined },
  limits: {
    bodyBytes: config.limits.bodyBytes,
    headerBytes: config.limits.headerBytes,
    connections: config.connections.limit,
  },
})

/** A request in other words: the same rows in another protocol. */
interface Shape {
  readonly name: string
  readonly path: string
  readonly bodies: readonly string[]
  readonly answer: string
}

const rows = bodies.map((body) => {
  const { instances } = JSON.parse(body) as { instances: [Record<string, number>] }
  return Object.values(instances[0])
})
const tensor = (name: string, data: readonly number[]): object => ({
  name,
  shape: [1, data.length],
  datatype: 'FP64',
  data,
})
const shapes: readonly Shape[] = [
  { name: 'V1, row as object', path: PATH, bodies, answer: ANSWER },
  {
    name: 'V1, row as array',
    path: '/v1/models/rows:predict',
    bodies: rows.map((row) => JSON.stringify({ instances: [row] })),
    answer: ANSWER,
  },
  {
    name: 'V2, one tensor',
    path: '/v2/models/tensor/infer',
    bodies: rows.map((row) => JSON.stringify({ inputs: [tensor('x', row)] })),
    answer: JSON.stringify({ model_name: 'tensor', outputs: [tensor('y', [0.8123456])] }),
  },
  {
    name: 'V2, a tensor for each column',
    path: '/v2/models/columns/infer',
    bodies: rows.map((row) =>
      JSON.stringify({ inputs: row.map((value, i) => tensor(`feature_${i}`, [value])) }),
    ),
    answer: JSON.stringify({ model_name: 'columns', outputs: [tensor('y', [0.8123456])] }),
  },
]

/** As wrk writes requests and nginx answers them; eight connections take turns. */
function benchShape({ name, path, bodies, answer }: Shape): void {
  const ring = Buffer.from(new SharedArrayBuffer(1 << 20))
  let free = 0
  const place = (text: string): readonly [start: number, end: number] => {
    const start = free
    free += ring.write(text, free)
    return [start, free]
  }
  const requests = bodies.map((body) =>
    place(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:9080\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  )
  const answers = [0, 1].map((second) =>
    place(
      `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 06:00:0${second} GMT\r\nContent-Type: application/json\r\nContent-Length: ${answer.length}\r\nConnection: keep-alive\r\n\r\n${answer}`,
    ),
  )
  const sent = Array.from({ length: CONNECTIONS }, () => [0, 0] as [number, number])
  for (const id of sent.keys()) observer.frame(FRAME.OPEN, id, DIRECTION.TO_SERVER, 0, 0, ring, 0, 0)
  let exchange = 0

  const play = (id: number, direction: 0 | 1, [start, end]: readonly [number, number]): void => {
    const offsets = sent[id] as [number, number]
    observer.frame(FRAME.DATA, id, direction, offsets[direction], exchange, ring, start, end)
    offsets[direction] += end - start
  }
  const run = (exchanges: number): void => {
    for (let count = 0; count < exchanges; count += 1) {
      const id = exchange % CONNECTIONS
      play(id, DIRECTION.TO_SERVER, requests[(exchange * 7) % requests.length] as [number, number])
      // Another date now and then, as after a second's worth of exchanges.
      play(id, DIRECTION.TO_CLIENT, answers[(exchange >> 15) & 1] as [number, number])
      exchange += 1
    }
  }

  run(LEARNING_ROWS + EXCHANGES)
  const nanoseconds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage()
    run(EXCHANGES)
    const { user, system } = process.cpuUsage(before)
    nanoseconds.push(((user + system) * 1000) / EXCHANGES)
  }
  nanoseconds.sort((a, b) => a - b)
  globalThis.gc?.()
  const heapBytes = process.memoryUsage().heapUsed
  run(ALLOCATION_EXCHANGES)
  const allocated = Math.round((process.memoryUsage().heapUsed - heapBytes) / ALLOCATION_EXCHANGES)
  const garbage =
    globalThis.gc === undefined ? 'run with --expose-gc for allocations' : `${allocated} bytes allocated`
  const [best, median] = [nanoseconds[0] as number, nanoseconds[ROUNDS >> 1] as number]
  console.log(
    `${name.padEnd(30)} ${best.toFixed(0)} ns CPU/exchange, median ${median.toFixed(0)}, ${garbage}`,
  )
  for (const id of sent.keys()) observer.frame(FRAME.CLOSE, id, DIRECTION.TO_SERVER, 0, 0, ring, 0, 0)
}

for (const shape of shapes) benchShape(shape)
process.exit()
