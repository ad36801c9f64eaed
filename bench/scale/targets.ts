/**
 * A fleet of modeltap pods as Prometheus sees them, served by one process: each path is a pod, whose exposition the
 * real encoder renders from a snapshot as full as the configuration allows. Counters grow and scores move between
 * scrapes, because constant samples would compress far better than real ones.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ColumnSnapshot, Snapshot } from '../../src/analysis/snapshot.ts'
import { fullSources } from '../../src/cli/full-sources.ts'
import { configSchema } from '../../src/config/schema.ts'
import { createExposition, type Exposition } from '../../src/exposition/exposition.ts'
import { metricsOptions, otlpOptions } from '../../src/exposition/options.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { Exchange, Outcome } from '../../src/observe/exchange.ts'
import { OUTLIER_RATIO_BOUNDS } from '../../src/quality/row-outliers.ts'

export interface FleetOptions {
  readonly pods: number
  /** Different models that the pods serve, in turn. */
  readonly models: number
  readonly features: number
  /** Bins of each feature, `missing` included. */
  readonly bins: number
}

export interface Fleet {
  readonly port: number
  readonly scrapes: () => number
  readonly bytes: () => number
  readonly close: () => Promise<void>
}

const WINDOWS = ['5m', '1h', '1d']
const STATISTICS = ['psi', 'jensen_shannon', 'ks', 'wasserstein']
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]

/** Deterministic noise in 0…1. */
const noise = (seed: number): number => ((seed * 2_654_435_761) % 4_294_967_296) / 4_294_967_296

function column(index: number, bins: number, tick: number): ColumnSnapshot {
  const shares = Array.from({ length: bins }, (_, bin) => (bin === bins - 1 ? 0.01 : 0.99 / (bins - 1)))
  return {
    role: index === 0 ? 'prediction' : 'feature',
    name: index === 0 ? 'score' : `feature_${index}`,
    kind: 'numeric',
    outliers: tick,
    values: { valid: tick * 150, missing: tick, wrong_type: 0, out_of_range: 0, unseen: 0 },
    bins: shares.map((baselineRatio, bin) => ({
      label: bin === bins - 1 ? 'missing' : bin === bins - 2 ? 'inf' : `le_${bin * 12.5}`,
      position: bin === bins - 1 ? undefined : bin + 1,
      baselineRatio,
      total: Math.round(tick * 150 * baselineRatio * (0.9 + 0.2 * noise(index * 31 + bin))),
    })),
    windows: WINDOWS.map((window, order) => ({
      window,
      observations: 5000 + tick,
      excess: 0.001 + index / 1e6,
      scores: STATISTICS.map((statistic, rank) => ({
        statistic,
        value: noise(tick * 97 + index * 13 + order * 7 + rank) / 5,
        threshold: 0.1,
        ...(statistic === 'ks' && { pValue: noise(tick + index) }),
      })),
      quantiles: QUANTILES.map((q) => ({ q, value: q * 100 + noise(tick * 31 + index) })),
      classes: [],
      constant: false,
    })),
  }
}

function snapshotOf({ features, bins }: FleetOptions, tick: number): Snapshot {
  return {
    takenEpochMs: tick,
    models: [
      {
        model: 'credit-risk',
        version: '3',
        protocol: 'oip-v2',
        predictionRows: tick * 150,
        baseline: { state: 'learned', rows: 5000, hash: 'b4a1c0de', createdEpochMs: 1_700_000_000_000 },
        columns: Array.from({ length: features + 1 }, (_, index) => column(index, bins, tick)),
        driftedFeaturesRatio: WINDOWS.map((window) => ({ window, ratio: 0 })),
        rowCounts: {
          missingColumns: 0,
          extraColumns: 0,
          reordered: 0,
          compared: tick * 64,
          duplicates: tick,
        },
        rowOutliers: { counts: [...OUTLIER_RATIO_BOUNDS, 1].map(() => tick), sum: tick },
      },
    ],
  }
}

const DURATIONS_MS = [4, 12, 30, 90, 300]

/** What a second of predictions adds: twenty that succeed, and now and then one that does not. */
function recordSecond({ recorder }: Exposition, second: number): void {
  const call = { protocol: 'oip-v2', operation: 'predict', model: 'credit-risk', version: '3' } as const
  const message = { header: () => undefined, body: new Uint8Array(), truncated: false, firstByteMs: 0 }
  const exchange = (outcome: Outcome, status: number, lastByteMs: number): Exchange => ({
    ...{ connection: 0, wireProtocol: 'http/1.1', method: 'POST', target: '/', grpcStatus: undefined },
    ...{ outcome, status },
    request: { ...message, bodyBytes: 2000, lastByteMs: 0 },
    response: { ...message, bodyBytes: 300, lastByteMs },
  })
  for (let nth = 0; nth < 20; nth += 1) {
    const durationMs = DURATIONS_MS[(second + nth) % DURATIONS_MS.length] ?? 0
    recorder.recordExchange({ ...call, exchange: exchange('success', 200, durationMs) })
  }
  if (second % 7 === 0) recorder.recordExchange({ ...call, exchange: exchange('client_error', 422, 5) })
  if (second % 31 === 0) recorder.recordExchange({ ...call, exchange: exchange('server_error', 500, 90) })
}

/** Eight expositions that advance in turn; pods share them, so that the server is not what is measured. */
const VARIANTS = 8
/** How long a rendered text is served. */
const TEXT_SECONDS = 5

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const startMs = Date.now()
  const tick = (): number => Math.floor((Date.now() - startMs) / 1000) + 100
  const full = fullSources(configSchema.parse({ resources: { gpu: 'off' } }), [])
  const expositions: readonly Exposition[] = Array.from({ length: VARIANTS }, (_, variant) =>
    createExposition({
      metrics: metricsOptions.parse({ maxSeries: 1_000_000 }),
      otlp: otlpOptions.parse({}),
      sources: () => ({
        snapshot: snapshotOf(options, tick() + variant * 17),
        resources: full.resources,
        self: { ...full.self, servedModel: 'credit-risk' },
      }),
      clock: systemClock,
      logger: silentLogger,
    }),
  )
  const recorded: number[] = []
  const rendered = new Map<number, { readonly second: number; readonly text: Promise<string> }>()
  let scrapes = 0
  let bytes = 0
  /** All variants are of one model; a pod's text names its own. */
  const ownModel = (text: string, pod: number): string =>
    options.models === 1
      ? text
      : text.replaceAll('model="credit-risk"', `model="credit-risk-${pod % options.models}"`)
  const text = (pod: number): Promise<string> => {
    const variant = pod % VARIANTS
    const second = Math.floor(tick() / TEXT_SECONDS)
    const known = rendered.get(variant)
    if (known?.second === second) return known.text
    const exposition = expositions[variant] as Exposition
    for (let passed = recorded[variant] ?? 0; passed < second * TEXT_SECONDS; passed += 1)
      recordSecond(exposition, passed)
    recorded[variant] = second * TEXT_SECONDS
    const fresh = exposition.render('text')
    rendered.set(variant, { second, text: fresh })
    return fresh
  }
  const server: Server = createServer((request, response) => {
    const pod = Number(/\d+$/.exec(request.url ?? '')?.[0] ?? 0)
    void text(pod).then((shared) => {
      const body = ownModel(shared, pod)
      scrapes += 1
      bytes += Buffer.byteLength(body)
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    scrapes: () => scrapes,
    bytes: () => bytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
