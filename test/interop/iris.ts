/** One classifier of four numbers, served by others; what modeltap says of it against what the client counted. */
import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type RunningModeltap, samples } from '../support/modeltap.ts'
import { type Environment, runPython } from './python-environment.ts'
import { startWatched } from './watched.ts'

const LEARNED_ROWS = 150
const REQUESTS = 60
const ROWS = REQUESTS * 10

/** What test/interop/python/oip_client.py prints. */
interface Seen {
  readonly classes: Readonly<Record<string, number>>
  /** Mean of the highest probability of each row. */
  readonly confidence: number
  /** Sum of the times that the client waited for an answer. */
  readonly seconds: number
}

export function startIrisTap(
  upstream: string,
  options: { readonly withRows?: boolean } = {},
): Promise<RunningModeltap> {
  const environment = {
    MODELTAP_METADATA_ENABLED: 'true',
    MODELTAP_BASELINE_LEARN_ROWS: String(LEARNED_ROWS),
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '200ms',
  }
  return startWatched(upstream, environment, options)
}

export interface IrisCheck {
  readonly environment: Environment
  /** How tritonclient asks. */
  readonly kind: 'http' | 'http-json' | 'grpc'
  readonly upstream: string
  readonly version: string
  readonly protocol: string
}

/** Sends 600 rows through modeltap and compares. */
export async function checkIris({
  environment,
  kind,
  upstream,
  version,
  protocol,
}: IrisCheck): Promise<void> {
  const modeltap = await startIrisTap(upstream)
  try {
    const client = new URL(modeltap.dataUrl).host
    const printed = await runPython(environment, 'oip_client.py', [kind, client, String(REQUESTS)])
    const seen = JSON.parse(printed) as Seen
    await eventually(modeltap, (exposition) => compare(exposition, { seen, version, protocol }))
  } finally {
    expect(await modeltap.stop()).toBe(0)
  }
}

function compare(
  exposition: string,
  { seen, version, protocol }: { readonly seen: Seen; readonly version: string; readonly protocol: string },
): void {
  const model = { model: 'iris', version }
  const valueOf = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
    samples(exposition, name, { ...model, ...labels })[0]?.value

  expect(valueOf('modeltap_predictions_total', {})).toBe(ROWS)
  const predictions = { operation: 'predict', protocol, outcome: 'success' }
  expect(sumOf(exposition, 'modeltap_requests_total', predictions)).toBe(REQUESTS)
  expect(sumOf(exposition, 'modeltap_request_duration_seconds_count', { operation: 'predict' })).toBe(
    REQUESTS,
  )
  // Between them nothing but sockets, so that what modeltap saw is within what the client waited.
  const seconds = sumOf(exposition, 'modeltap_request_duration_seconds_sum', { operation: 'predict' })
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(seen.seconds)
  expect(samples(exposition, 'modeltap_decode_failures_total').filter(({ value }) => value > 0)).toEqual([])

  const columns = samples(exposition, 'modeltap_feature_values_total', { ...model, kind: 'valid' })
  expect(columns.map(({ labels }) => labels['feature']).sort()).toEqual(
    [0, 1, 2, 3].map((i) => `flowers_${i}`),
  )
  // Rows that the baseline is learned from are not compared with it, and a tenth may be outside of its range.
  for (const { value } of columns) expect(value).toBeGreaterThan((ROWS - LEARNED_ROWS) * 0.9)

  const ratios = samples(exposition, 'modeltap_prediction_class_ratio', { ...model, output: 'predict' })
  expect(ratios.length).toBeGreaterThan(0)
  for (const { labels, value } of ratios) {
    // The client counted all rows, modeltap those after the baseline.
    const counted = (seen.classes[labels['class'] ?? ''] ?? 0) / ROWS
    expect(Math.abs(value - counted)).toBeLessThan(0.06)
  }
  const confidence = { output: 'predict_proba_confidence' }
  const low = valueOf('modeltap_prediction_value', { ...confidence, q: '0.05' }) ?? NaN
  const high = valueOf('modeltap_prediction_value', { ...confidence, q: '0.95' }) ?? NaN
  expect(low).toBeLessThan(seen.confidence)
  expect(high).toBeGreaterThan(seen.confidence)
  expect(low).toBeGreaterThan(1 / 3)
  expect(high).toBeLessThanOrEqual(1)
}

export function sumOf(exposition: string, name: string, labels: Readonly<Record<string, string>>): number {
  return samples(exposition, name, labels).reduce((sum, { value }) => sum + value, 0)
}
