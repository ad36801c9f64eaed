/**
 * What decoding costs, compared with `JSON.parse` on the same bytes, and what counting the decoded values against a
 * baseline adds. `node bench/micro/decode.ts` fails above a budget.
 */
import { ModelMonitor } from '../../src/analysis/model-monitor.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { createCall } from '../../src/calls/call.ts'
import { configSchema } from '../../src/config/schema.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Exchange, Message } from '../../src/observe/exchange.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { recognise } from '../../src/protocols/index.ts'
import { protocolsOptions } from '../../src/protocols/options.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'

const ROWS = 1_000
const COLUMNS = 20
const VALUES = ROWS * COLUMNS
const ROUNDS = 50
/** Calls a round. */
const CALLS = 8
/** Decoding and counting a JSON tensor, as a multiple of `JSON.parse` of the same body. */
const JSON_BUDGET = 2
/** Decoding a binary FP32 tensor, nanoseconds a value. */
const BINARY_BUDGET_NS = 10

const { settings } = decodingOf(protocolsOptions.parse({}), { maxBodyBytes: 16 * 1024 * 1024 })
const batch = new RecordBatch(200)

interface Payload {
  readonly target: string
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

function message({ body, headers = {} }: Omit<Payload, 'target'>): Message {
  const header = (name: string): string | undefined => headers[name]
  return { header, body, bodyBytes: body.length, truncated: false, firstByteMs: 0, lastByteMs: 0 }
}

function decode({ target, ...request }: Payload): void {
  const exchange: Exchange = {
    connection: 1,
    wireProtocol: 'http/1.1',
    method: 'POST',
    target,
    status: 200,
    grpcStatus: undefined,
    outcome: 'success',
    request: message(request),
    response: message({ body: ANSWER }),
  }
  const call = createCall(exchange, settings)
  const failure = recognise(call)?.protocol?.decode(call, batch)?.failure
  if (failure !== 'rows-unequal' && failure !== 'shape-mismatch' && failure !== undefined)
    throw new Error(`not decoded: ${failure}`)
}

/** A response of one row, so that the request is what is measured. */
const ANSWER = Buffer.from(
  '{"model_name":"m","outputs":[{"name":"y","shape":[1],"datatype":"FP32","data":[1]}],"predictions":[1]}',
)

const config = configSchema.parse({})

/** A monitor whose baseline has the payload's own columns, so that every value is binned. */
function monitorOf(payload: Payload): ModelMonitor {
  decode(payload)
  const builder = new BaselineBuilder(config.limits)
  builder.add(batch)
  const names = { model: 'm', version: '' }
  const baseline = builder.build({ ...names, source: 'bench', createdEpochMs: 0 })
  return new ModelMonitor({
    ...names,
    protocol: 'oip-v2',
    options: config,
    clock: systemClock,
    baseline,
    onEvent: () => undefined,
  })
}

/**
 * Milliseconds of one call of each, the best of rounds in which they take turns: what else the machine does makes a
 * round slower, never faster.
 */
function measure<Name extends string>(works: Readonly<Record<Name, () => void>>): Record<Name, number> {
  const entries = Object.entries(works) as [Name, () => void][]
  const best = Object.fromEntries(entries.map(([name]) => [name, Infinity])) as Record<Name, number>
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of entries) {
      const startMs = systemClock.monotonicMs()
      for (let call = 0; call < CALLS; call += 1) work()
      best[name] = Math.min(best[name], (systemClock.monotonicMs() - startMs) / CALLS)
    }
  }
  return best
}

/** Values with four decimals, as features mostly are; the same in each run. */
const values = Array.from({ length: VALUES }, (_, index) => Math.round(((index * 7919) % 104_729) * 97) / 1e4)
const table = Array.from({ length: ROWS }, (_, row) => values.slice(row * COLUMNS, (row + 1) * COLUMNS))

const v2 = (data: unknown): Payload => ({
  target: '/v2/models/m/infer',
  body: Buffer.from(
    JSON.stringify({ inputs: [{ name: 'x', shape: [ROWS, COLUMNS], datatype: 'FP64', data }] }),
  ),
})
const v1 = (instances: unknown): Payload => ({
  target: '/v1/models/m:predict',
  body: Buffer.from(JSON.stringify({ instances })),
})

const jsonPayloads = {
  'V2 JSON, flat': v2(values),
  'V2 JSON, nested': v2(table),
  'V1 rows of arrays': v1(table),
  'V1 rows of objects': v1(
    table.map((row) => Object.fromEntries(row.map((value, index) => [`feature_${index}`, value]))),
  ),
}

function binaryPayload(datatype: string, data: ArrayBufferView): Payload {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const json = JSON.stringify({
    inputs: [
      {
        name: 'x',
        shape: [ROWS, COLUMNS],
        datatype,
        parameters: { binary_data_size: bytes.length },
      },
    ],
  })
  return {
    target: '/v2/models/m/infer',
    headers: { 'inference-header-content-length': String(json.length) },
    body: Buffer.concat([Buffer.from(json), bytes]),
  }
}

const binaryPayloads = {
  FP32: binaryPayload('FP32', Float32Array.from(values)),
  FP64: binaryPayload('FP64', Float64Array.from(values)),
  FP16: binaryPayload(
    'FP16',
    Uint16Array.from(values, (_, index) => 0x3c00 + (index % 512)),
  ),
  BF16: binaryPayload(
    'BF16',
    Uint16Array.from(values, (_, index) => 0x3f80 + (index % 64)),
  ),
  INT64: binaryPayload(
    'INT64',
    BigInt64Array.from(values, (_, index) => BigInt(index)),
  ),
}

let isOver = false
const report = (name: string, figure: string, isWithin: boolean): void => {
  isOver ||= !isWithin
  console.log(`${name.padEnd(22)} ${figure.padStart(60)}${isWithin ? '' : '  OVER BUDGET'}`)
}

console.log(`${ROWS} rows of ${COLUMNS} values; best of ${ROUNDS} rounds of ${CALLS} calls`)
for (const [name, payload] of Object.entries(jsonPayloads)) {
  const text = Buffer.from(payload.body).toString('utf8')
  const monitor = monitorOf(payload)
  const best = measure({
    parse: () => JSON.parse(text) as unknown,
    decode: () => decode(payload),
    count: () => {
      decode(payload)
      monitor.accept(batch)
    },
  })
  const ratio = best.count / best.parse
  const isBudgeted = name.startsWith('V2')
  report(
    name,
    `${(best.decode / best.parse).toFixed(2)} × JSON.parse, with counting ${ratio.toFixed(2)} ×${isBudgeted ? ` (budget ${JSON_BUDGET})` : ''}`,
    !isBudgeted || ratio <= JSON_BUDGET,
  )
}
for (const [name, payload] of Object.entries(binaryPayloads)) {
  const nanoseconds = (measure({ decode: () => decode(payload) }).decode * 1e6) / VALUES
  const isBudgeted = name === 'FP32'
  report(
    `V2 binary ${name}`,
    `${nanoseconds.toFixed(1)} ns a value${isBudgeted ? ` (budget ${BINARY_BUDGET_NS})` : ''}`,
    !isBudgeted || nanoseconds <= BINARY_BUDGET_NS,
  )
}
process.exitCode = isOver ? 1 : 0
