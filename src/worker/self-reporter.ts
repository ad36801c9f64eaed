/** Collects modeltap's figures about itself. */
import type { Evaluator } from '../analysis/evaluator.ts'
import type { FatalBodies } from '../analysis/fatal-bodies.ts'
import { type ModelLabels, UNNAMED_MODEL } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Pipeline } from '../analysis/pipeline.ts'
import type { SelfCounters } from '../analysis/self-counters.ts'
import { isCapturing } from '../capture/options.ts'
import { captureSnapshot } from '../capture/snapshot.ts'
import type { ConfigReload, SelfSnapshot } from '../instruments/self-snapshot.ts'
import { type Address, formatAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Neighbour } from '../model-server/neighbour.ts'
import type { Observer } from '../observe/observer.ts'
import { type ControlBlock, UPSTREAM } from '../ring/control.ts'
import type { Pump } from '../ring/pump.ts'
import type { KeptState } from './kept-state.ts'
import type { AnalysisStart } from './messages.ts'
import { objectivesOf } from './objectives.ts'
import type { Sources } from './sources.ts'

export interface SelfReporterOptions {
  readonly start: AnalysisStart
  readonly control: ControlBlock
  readonly counters: SelfCounters
  readonly observer: Observer
  readonly fatalBodies: FatalBodies
  readonly pipeline: Pipeline
  readonly pump: Pump
  readonly labels: ModelLabels
  readonly registry: ModelRegistry
  readonly evaluator: Evaluator
  readonly neighbour: Neighbour | undefined
  /** `undefined` without a state directory. */
  readonly kept: KeptState
  readonly clock: Clock
  readonly sources: Sources
}

export class SelfReporter {
  readonly #options: SelfReporterOptions
  configReload: ConfigReload | undefined
  #lagSeconds = 0

  constructor(options: SelfReporterOptions) {
    this.#options = options
    this.configReload = options.start.configReload
  }

  /** Called on the heartbeat: measures the age of the oldest unread traffic. */
  measureLag(): void {
    const { pump, clock } = this.#options
    const oldestMs = pump.reader.oldestFrameMs()
    this.#lagSeconds = oldestMs === undefined ? 0 : Math.max(0, (clock.monotonicMs() - oldestMs) / 1000)
  }

  snapshot(): SelfSnapshot {
    const { start, control, counters, observer, pipeline, pump, labels, registry, neighbour, kept } =
      this.#options
    const { fatalBodies } = this.#options
    const servedModel = this.#servedModel()
    return {
      servedModel,
      objectives: objectivesOf(start.config),
      ...(this.configReload === undefined ? {} : { configReload: this.configReload }),
      ...(control.upstreamState === UPSTREAM.UNKNOWN
        ? {}
        : { upstreamReachable: control.upstreamState === UPSTREAM.REACHABLE }),
      tapBytes: control.tapBytes,
      droppedBytes: { ring_full: control.droppedBytes, body_limit: control.skippedBytes },
      unobservedExchanges: {
        ...counters.unobserved,
        unseen_connection: control.unseenConnections,
        bug: counters.bugs,
        fatal_body: fatalBodies.passedOver,
      },
      decodeFailures: counters.decodeFailures,
      exchangesWithoutRows: pipeline.withoutRows,
      routeMisfits: pipeline.misfits,
      structureLimits: pipeline.structureLimits,
      ringUsedRatio: pump.reader.usedBytes() / pump.reader.capacity,
      analysisLagSeconds: this.#lagSeconds,
      eventLoopStallSeconds: control.eventLoopStallSeconds,
      restarts: start.restarts,
      openConnections: control.connectionsOpen,
      endedConnections: {
        limit: control.connectionsRefused,
        idle_timeout: control.connectionsIdleClosed,
        tls_handshake: control.tlsFailures,
        upstream_unreachable: control.connectionsUnreachable,
      },
      closedAdminConnections: { limit: control.adminClosedFull, head_timeout: control.adminClosedTimeout },
      inFlight: [{ model: servedModel, requests: observer.inFlight }],
      ...(isCapturing(start.config.capture) ? { capture: captureSnapshot(control) } : {}),
      sources: this.#options.sources.stats,
      ...(kept.isConfigured ? { checkpoints: checkpointsOf(kept) } : {}),
      ...(neighbour === undefined ? {} : { neighbour: neighbour.snapshot() }),
      droppedSeries: {
        models: labels.overLimit + registry.overLimit,
        model_names: labels.refused,
        features: counters.droppedColumns,
      },
    }
  }

  /** One name for the serving process: the configured one, the only one seen, or its address. */
  #servedModel(): string {
    const { start, evaluator } = this.#options
    const { name } = start.config.model
    if (name !== undefined) return name
    const seen = new Set(evaluator.snapshot.models.map(({ model }) => model))
    const [only] = seen
    return seen.size === 1 && only !== undefined ? only : unnamed(start.config.upstream)
  }
}

function unnamed(upstream: Address | undefined): string {
  return upstream === undefined ? UNNAMED_MODEL : formatAddress(upstream)
}

function checkpointsOf({ checkpoints }: KeptState): NonNullable<SelfSnapshot['checkpoints']> {
  const { outcomes, savedEpochMs, savedBytes } = checkpoints
  return {
    outcomes: { ...outcomes },
    ...(savedEpochMs === undefined ? {} : { savedEpochMs, savedBytes }),
  }
}
