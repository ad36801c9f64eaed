/**
 * Seeded mutations of real streams against the observer. By default a few seconds with a new seed, which is printed.
 *
 * - `MODELTAP_FUZZ_SEED=n` repeats a run.
 * - `MODELTAP_FUZZ_INPUTS=1000000` runs that many inputs, however long it takes.
 */
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { decodeContent } from '../../src/observe/content-encoding.ts'
import { durationSeconds, type Exchange, type Message, OUTCOMES } from '../../src/observe/exchange.ts'
import { grpcMessages } from '../../src/observe/grpc.ts'
import { UNOBSERVED_REASONS } from '../../src/observe/unobserved.ts'
import { foreignCases, framingCases, hostileCases } from './http1-cases.ts'
import { get, ok, PREFACE, settings } from './http2-frames.ts'
import { mutate, Random } from './mutate.ts'
import { CLOSE, LIMITS, OPEN, Player, type Step } from './script.ts'

const FUZZ_MS = 4000
const seed = Number(process.env['MODELTAP_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const inputs = process.env['MODELTAP_FUZZ_INPUTS']
/** Garbage that the collector has not looked at yet, however many inputs there are. */
const MOST_GROWN_BYTES = 256 * 2 ** 20
const heldBytes = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external
const LONG_MS = 6 * 3_600_000

type Stored = Record<string, unknown>
const decode = (step: Stored): Step => {
  if ('client' in step) return { client: Buffer.from(String(step['client']), 'base64') }
  if ('server' in step) return { server: Buffer.from(String(step['server']), 'base64') }
  return step as Step
}
const file = new URL('../fixtures/observe/corpus.json', import.meta.url)
const captured = (JSON.parse(readFileSync(file, 'utf8')) as Stored[][]).map((steps) => steps.map(decode))
const handMade = [...framingCases, ...hostileCases, ...foreignCases].map(({ steps }) => [OPEN, ...steps])
const http2 = [
  OPEN,
  { client: Buffer.concat([Buffer.from(PREFACE), settings([1, 100]), get(1), get(3)]) },
  { server: Buffer.concat([settings(), ok(1), ok(3)]) },
  CLOSE,
]
// The real streams are few and long, the hand-made ones many and short: each kind gets half of the inputs.
const real = Array.from({ length: Math.ceil(handMade.length / (captured.length + 1)) }, () => [
  ...captured,
  http2,
]).flat()
const corpus: readonly (readonly Step[])[] = [...real, ...handMade]

const CANARIES: readonly Step[][] = [
  [
    OPEN,
    { client: 'GET /canary HTTP/1.1\r\n\r\n' },
    { server: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
    CLOSE,
  ],
  [
    OPEN,
    { client: Buffer.concat([Buffer.from(PREFACE), settings(), get(1, '/canary')]) },
    { server: Buffer.concat([settings(), ok(1)]) },
    CLOSE,
  ],
]

function inspectMessage({ header, body, bodyBytes, truncated }: Message): void {
  if (body.length > LIMITS.bodyBytes || bodyBytes < body.length)
    throw new Error(`a body of ${body.length} of ${bodyBytes}`)
  if (!truncated && body.length !== bodyBytes) throw new Error('a body is cut and does not say so')
  decodeContent(body, header('content-encoding'), 10_000)
  grpcMessages(body, header('grpc-encoding'), 10_000)
}

/** Reads all that a consumer may read, and checks what must always hold. */
function inspect(exchange: Exchange): void {
  inspectMessage(exchange.request)
  inspectMessage(exchange.response)
  if (!OUTCOMES.includes(exchange.outcome)) throw new Error(`outcome ${exchange.outcome}`)
  if (!(durationSeconds(exchange) >= 0)) throw new Error(`duration ${durationSeconds(exchange)}`)
  if (typeof exchange.method !== 'string' || typeof exchange.target !== 'string')
    throw new Error('no request line')
  if (!(exchange.status === 0 || (exchange.status >= 100 && exchange.status <= 999)))
    throw new Error(`status ${exchange.status}`)
}

test(`mutated streams, seed ${seed}`, { timeout: LONG_MS }, async () => {
  const random = new Random(seed)
  let canaries = 0
  const player = new Player({
    onExchange: (exchange) => {
      inspect(exchange)
      if (
        exchange.target === '/canary' &&
        exchange.outcome === 'success' &&
        Buffer.from(exchange.response.body).equals(Buffer.from('ok'))
      ) {
        canaries += 1
      }
    },
    onStreamedResponse: () => ({ data: () => undefined, gap: () => undefined }),
    limits: { ...LIMITS, connections: 50, inFlight: 100, copyBytes: 1 << 20 },
  })
  const { observer } = player
  const startBytes = heldBytes()
  const endMs = performance.now() + FUZZ_MS
  const isOver = (count: number): boolean =>
    inputs === undefined ? performance.now() > endMs : count >= Number(inputs)
  let count = 0
  for (; !isOver(count); count += 1) {
    // As between two reads of the ring: zlib gives the memory of a failed decoding back in a later turn only.
    if (count % 200 === 0) await setImmediate()
    const steps = mutate(corpus, random)
    const step = 1 + random.below(64)
    const cutsOf =
      random.below(3) === 0
        ? (bytes: number): number[] =>
            Array.from({ length: Math.ceil(bytes / step) }, (_, index) => index * step)
        : undefined
    const canary = CANARIES[count % CANARIES.length] as Step[]
    try {
      player.forget()
      player.play(steps, 2 * count, cutsOf)
      // Between the mutated connection's last byte and its end, another one is observed as ever.
      player.play(canary, 2 * count + 1)
      player.play([CLOSE], 2 * count)
      if (canaries !== count + 1) throw new Error('the canary was not observed')
      if (observer.inFlight !== 0 || observer.copyBytes !== 0 || observer.connections !== 0) {
        throw new Error(
          `left: ${observer.inFlight} in flight, ${observer.copyBytes} bytes, ${observer.connections} connections`,
        )
      }
    } catch (error) {
      throw new Error(`seed ${seed}, input ${count}: ${JSON.stringify(steps)}`, { cause: error })
    }
  }
  const grownBytes = heldBytes() - startBytes
  expect(grownBytes).toBeLessThan(MOST_GROWN_BYTES)
  for (const reason of Object.keys(player.unobserved)) expect(UNOBSERVED_REASONS).toContain(reason)
  expect(count).toBeGreaterThan(1000)
  console.log(
    `fuzz: seed ${seed}, ${count} inputs, ${Math.round(grownBytes / 2 ** 20)} MiB more held, unobserved ${JSON.stringify(player.unobserved)}`,
  )
})
