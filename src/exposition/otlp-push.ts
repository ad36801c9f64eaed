/**
 * Pushes what the scrape would show, at an interval, by OpenTelemetry's own exporter. It collects through the same
 * reader as the scrape: with a second reader the SDK would keep every measurement until both have asked, for ever
 * when nobody scrapes.
 */
import type { ExportResult } from '@opentelemetry/core'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { ExportResultCode } from './opentelemetry.ts'
import { OTLP_OUTCOMES, type OtlpOutcome } from '../instruments/self-snapshot.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { zeros } from '../lib/zeros.ts'

export interface OtlpPushOptions {
  /** Asked once, at the first push. */
  readonly exporter: () => Promise<PushMetricExporter>
  readonly collect: () => Promise<ResourceMetrics>
  readonly logger: Logger
}

export class OtlpPush {
  readonly #options: OtlpPushOptions
  readonly #outcomes = zeros(OTLP_OUTCOMES)
  #exporter: Promise<PushMetricExporter> | undefined
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #failing = false

  constructor(options: OtlpPushOptions) {
    this.#options = options
  }

  get outcomes(): Readonly<Record<OtlpOutcome, number>> {
    return this.#outcomes
  }

  start(intervalMs: number): void {
    this.#timer = startInterval(() => void this.push(), intervalMs, { keepsAlive: false })
  }

  /** Never rejects: a push that fails is counted and logged once until one succeeds again. */
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
      this.#outcomes.success += 1
      if (this.#failing) logger.info('OTLP push works again')
      this.#failing = false
    } catch (error) {
      this.#outcomes.failure += 1
      if (!this.#failing) logger.warn({ err: error }, 'OTLP push failed; it goes on trying')
      this.#failing = true
    }
  }
}
