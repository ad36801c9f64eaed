/**
 * Pushes the content of a scrape at an interval with OpenTelemetry's exporter. It collects through the same reader as
 * the scrape: with a second reader the SDK would retain every measurement until both have collected, which never
 * happens without scrapes.
 */
import type { ExportResult } from '@opentelemetry/core'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { OTLP_OUTCOMES, type OtlpOutcome } from '../instruments/self-snapshot.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { zeros } from '../lib/zeros.ts'
import { ExportResultCode } from './opentelemetry.ts'
import type { PartialSuccess } from './partial-success.ts'

export interface OtlpPushOptions {
  /** Called once, at the first push. */
  readonly exporter: () => Promise<PushMetricExporter>
  readonly collect: () => Promise<ResourceMetrics>
  /** Data points that the receiver rejected in the last push. */
  readonly partialSuccess?: () => PartialSuccess | undefined
  readonly logger: Logger
}

export class OtlpPush {
  readonly #options: OtlpPushOptions
  readonly #outcomes = zeros(OTLP_OUTCOMES)
  #exporter: Promise<PushMetricExporter> | undefined
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #failing = false
  #partial: string | undefined

  constructor(options: OtlpPushOptions) {
    this.#options = options
  }

  get outcomes(): Readonly<Record<OtlpOutcome, number>> {
    return this.#outcomes
  }

  start(intervalMs: number): void {
    this.#timer = startInterval(() => void this.push(), intervalMs, { keepsAlive: false })
  }

  /** Never rejects: a failed push is counted, and logged once until a push succeeds again. */
  async push(): Promise<void> {
    if (this.#running !== undefined) {
      this.#outcomes.skipped += 1
      return
    }
    this.#running = this.#attempt()
    await this.#running
    this.#running = undefined
  }

  /** Sends the last state and closes the connection. */
  async shutdown(): Promise<void> {
    this.#timer?.cancel()
    await this.#running
    await this.push()
    await (await this.#exporter)?.shutdown()
  }

  async #attempt(): Promise<void> {
    const { collect, logger } = this.#options
    try {
      this.#exporter ??= this.#options.exporter()
      const exporter = await this.#exporter
      const metrics = await collect()
      const result = await new Promise<ExportResult>((resolve) => exporter.export(metrics, resolve))
      if (result.code !== ExportResultCode.SUCCESS) throw result.error ?? new Error('the receiver refused it')
      const partial = this.#options.partialSuccess?.()
      if (partial !== undefined) this.#tellPartial(partial)
      this.#outcomes[(partial?.rejectedDataPoints ?? 0) > 0 ? 'partial' : 'success'] += 1
      if (this.#failing) logger.info('OTLP push works again')
      this.#failing = false
      this.#partial = partial?.message
    } catch (error) {
      this.#outcomes.failure += 1
      if (!this.#failing) logger.warn({ err: error }, 'OTLP push failed; retrying at the next interval')
      this.#failing = true
    }
  }

  /** Logged once for each message, because it comes with every push. */
  #tellPartial({ rejectedDataPoints, message }: PartialSuccess): void {
    if (this.#partial === message) return
    this.#options.logger.warn(
      { rejectedDataPoints, receiver: message },
      rejectedDataPoints > 0
        ? 'the OTLP receiver rejected some data points'
        : 'the OTLP receiver accepted all data points with a warning',
    )
  }
}
