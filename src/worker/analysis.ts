/** Composes the stages of analysis; worker.ts only adds the thread around it. */
import { createAdmin } from '../admin/admin.ts'
import { History } from '../admin/history.ts'
import { serveAdmin } from '../admin/serve.ts'
import { probe } from '../admin-port/probes.ts'
import { Evaluator } from '../analysis/evaluator.ts'
import { FatalBodies } from '../analysis/fatal-bodies.ts'
import { ModelLabels } from '../analysis/model-labels.ts'
import { ModelRegistry } from '../analysis/model-registry.ts'
import { Pipeline } from '../analysis/pipeline.ts'
import { SelfCounters } from '../analysis/self-counters.ts'
import type { FindMetadata } from '../calls/tensor-metadata.ts'
import { createEncryptedAdvice } from '../capture/encrypted-advice.ts'
import { isCapturing } from '../capture/options.ts'
import { environment } from '../config/process-environment.ts'
import { createExposition } from '../exposition/exposition.ts'
import { readPod } from '../exposition/resource.ts'
import { followGeneration } from '../generation/generation-stream.ts'
import type { ConfigReload } from '../instruments/self-snapshot.ts'
import { formatAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { errorForLog } from '../lib/error-for-log.ts'
import type { Logger } from '../lib/logger.ts'
import { memoryLimit } from '../lib/memory-limit.ts'
import { boundedGet, type Get } from '../model-server/bounded-get.ts'
import { createMetadataStore } from '../model-server/metadata-store.ts'
import { createNeighbour, type Neighbour } from '../model-server/neighbour.ts'
import { ServerDescription } from '../model-server/server-description.ts'
import { createUnseenGet } from '../model-server/unseen-get.ts'
import { Observer } from '../observe/observer.ts'
import { decodingOf } from '../protocols/decoding.ts'
import { createResourceSampler } from '../resources/sampler.ts'
import { ConnectionTable } from '../ring/connection-table.ts'
import { ControlBlock } from '../ring/control.ts'
import { OwnPorts } from '../ring/own-ports.ts'
import { startPump } from '../ring/pump.ts'
import type { RecordSink } from '../sources/record-sink.ts'
import { upstreamsOf } from '../splice/upstreams.ts'
import { baselineDocument, learnAction } from './baseline-routes.ts'
import { keepState } from './kept-state.ts'
import type { AnalysisStart } from './messages.ts'
import { logMonitorEvent } from './monitor-log.ts'
import { createOutcomes } from './outcomes.ts'
import { logRoute } from './route-log.ts'
import { relearnModelOf, routeReports } from './routes.ts'
import { SelfReporter } from './self-reporter.ts'
import { keepHeapSmall } from './small-heap.ts'
import { startSources } from './sources.ts'

/** Heartbeat interval of the thread. */
const HEARTBEAT_MS = 250
/** Maximum of all copies of bodies and heads together; at most this share of the container's memory. */
const COPY_BYTES = 64 * 1024 * 1024
const COPY_SHARE = 1 / 8
const copyBytesWithin = (memoryBytes: number): number =>
  Math.max(4 * 1024 * 1024, Math.min(COPY_BYTES, memoryBytes * COPY_SHARE))
/** Frames read in one step at shutdown. */
const FRAMES_AT_THE_END = 1024
/** A bug may occur at every exchange; after this many log lines only the counter continues. */
const MOST_BUG_LOGS = 10

export interface Analysis {
  /** Uses the state directory that another process has released. */
  readonly useStateDirectory: (directory: string) => void
  /** Result of the latest reload, for the metrics. */
  readonly tellReload: (state: ConfigReload) => void
  /** Flushes pending pushes and closes the admin port. */
  readonly stop: () => Promise<void>
}

export interface AnalysisContext {
  readonly clock: Clock
  readonly logger: Logger
  /** Passes a checkpoint to the main thread, for the next analysis thread. */
  readonly keepInMemory: (checkpoint: SharedArrayBuffer) => void
  /** The state is restored, and no traffic has been read yet. */
  readonly onRestored: () => void
}

/** @throws ModeltapError LISTEN_FAILED */
export async function startAnalysis(
  start: AnalysisStart,
  { clock, logger, keepInMemory, onRestored }: AnalysisContext,
): Promise<Analysis> {
  const { config, memory } = start
  const control = new ControlBlock(memory)
  const get = getOf(start)
  const adviseOnEncryption = isCapturing(config.capture) ? createEncryptedAdvice(logger) : undefined
  const late: { keep?: () => Promise<void> } = {}
  const table = new ConnectionTable(memory)
  const counters = new SelfCounters()
  const labels = new ModelLabels(config.limits.models, {
    model: config.model.name,
    version: config.model.version,
    allowed: config.models,
  })
  const registry = new ModelRegistry({
    options: config,
    clock,
    loadedBaseline: start.baseline,
    onEvent: (event) => {
      logMonitorEvent(event, logger, start.logger.pretty)
      // The event occurs in the middle of a row; the baseline is in use afterwards.
      if (event.kind === 'baseline-frozen') setImmediate(() => void late.keep?.())
    },
  })
  const evaluator = new Evaluator({ registry, clock, intervalMs: config.evaluation.interval })
  const resources = createResourceSampler({
    upstreams: upstreamsOf(config),
    options: config.resources,
    clock,
    logger,
  })
  const neighbour = neighbourOf(config, { clock, logger, get })
  const exposition = createExposition({
    metrics: config.metrics,
    objectives: config.objectives,
    otlp: config.otlp,
    resource: {
      model: config.model.name,
      modelVersion: config.model.version,
      owner: config.model.owner,
      pod: readPod(environment['KUBERNETES_SERVICE_HOST'] !== undefined),
    },
    sources: () => ({
      snapshot: evaluator.snapshot,
      resources: resources.snapshot(),
      self: self.snapshot(),
      outcomes: outcomes.snapshot(),
      costs: outcomes.costs({
        model: self.snapshot().servedModel,
        cpuSeconds: resources.snapshot().model?.cpuSecondsTotal,
      }),
    }),
    clock,
    logger,
  })
  const history = new History({
    ...exposition.recorder.ofRequests,
    snapshot: () => evaluator.snapshot,
    modelCpuSeconds: () => resources.snapshot().model?.cpuSecondsTotal,
    ownCpuSeconds,
    clock,
  })
  const outcomes = createOutcomes({
    config,
    labels,
    baseline: start.baseline,
    gpus: () => resources.snapshot().gpus.length,
    onJoined: (name, seconds) => exposition.outcomeRecorder.recordDelay(name, seconds),
    clock,
    logger,
  })

  const description = descriptionOf(config, get)
  const fatalBodies = new FatalBodies(control, start.fatalBodies)
  const pipeline = new Pipeline({
    decoding: decodingOf(config, {
      maxBodyBytes: config.limits.bodyBytes,
      findMetadata: findMetadataOf(config, get),
    }),
    labels,
    maxColumns: config.limits.features,
    onRecognised: (recognised) => {
      exposition.recorder.recordExchange(recognised)
      history.noteCall()
    },
    onGeneration: (recognised, facts) => {
      exposition.llmRecorder.recordAnswer(recognised, facts)
      outcomes.onGeneration(recognised, facts)
    },
    onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
    onCall: outcomes.onCall,
    onKeptCall: outcomes.onKeptCall,
    onDecodeFailure: (protocol, reason, { model }) =>
      counters.countDecodeFailure({ epochMs: clock.epochMs(), model, protocol, reason }),
    nowMs: clock.monotonicMs,
    routes: {
      nowEpochMs: clock.epochMs,
      described: (method, path) => description?.route(method, path),
    },
    onRoute: (event) => {
      logRoute(event, logger, start.logger.pretty)
      // With other columns after a restart, those of the baseline would be missing.
      if (event.kind !== 'without-rows') setImmediate(() => void late.keep?.())
      if (event.kind === 'changed') relearnModelOf(event.route, registry)
    },
    fatalBodies,
    onDroppedColumns: (count) => (counters.droppedColumns += count),
    onBug: (error) => {
      counters.bugs += 1
      if (counters.bugs <= MOST_BUG_LOGS)
        logger.error({ err: errorForLog(error) }, 'cannot analyse an exchange')
    },
  })
  const observer = new Observer({
    onExchange: (exchange) => pipeline.accept(exchange),
    onUnobserved: (reason, count) => {
      counters.countUnobserved(reason, count)
      adviseOnEncryption?.(reason)
    },
    skip: table,
    markIdle: (connection, idle) => table.markIdle(connection, idle),
    onStreamedResponse: followGeneration,
    limits: {
      bodyBytes: config.limits.bodyBytes,
      headerBytes: config.limits.headerBytes,
      connections: config.connections.limit,
      copyBytes: copyBytesWithin(memoryLimit()),
    },
  })
  // Before the first frame: the restored windows would lack rows that arrive in between.
  const kept = await keepState(
    {
      directory: config.state.directory,
      isLocked: start.isStateLocked,
      intervalMs: config.state.interval,
      last: start.checkpoint,
      keepInMemory,
      withoutState: start.withoutState,
    },
    { registry, labels, routes: pipeline.routes, clock, logger },
  )
  late.keep = kept.save
  onRestored()
  const pump = startPump({
    memory,
    sink: observer,
    onError: (error) => logger.error({ err: errorForLog(error) }, 'cannot analyse a frame'),
  })
  const sink: RecordSink = {
    accept: (...call) => pipeline.accept(...call),
    acceptDecoded: (call) => pipeline.acceptDecoded(call),
    acceptOutcome: outcomes.acceptOutcome,
  }
  const sources = await startSources({ config, clock, logger, sink, kept })
  const self = new SelfReporter({
    start,
    control,
    counters,
    observer,
    fatalBodies,
    pipeline,
    pump,
    labels,
    registry,
    evaluator,
    neighbour,
    kept,
    clock,
    sources,
  })

  const upstreams = upstreamsOf(config).map(formatAddress)
  const app = createAdmin({
    options: config.admin,
    about: {
      startedMs: start.startedMs,
      listen: start.data.map(formatAddress).join(', ') || 'no data port',
      upstream: upstreams.join(', ') || 'no model server',
    },
    snapshot: () => evaluator.snapshot,
    resources: resources.snapshot,
    history,
    self: () => self.snapshot(),
    outcomes: outcomes.snapshot,
    routes: () => routeReports(pipeline, description?.routes),
    recentFailures: () => counters.recentFailures,
    exposition,
    neighbour,
    probe: (path) => probe(path, { control, clock, upstreams }),
    actions: [learnAction(registry), outcomes.action],
    documents: [outcomes.document, baselineDocument(registry)],
    clock,
    logger,
  })
  const server = serveAdmin(app, start.adminPort)

  const beat = (): void => {
    control.analysisHeartbeatMs = clock.monotonicMs()
    self.measureLag()
    pipeline.decideRoutes(clock.monotonicMs())
    if (pipeline.routes.routes.length > 0) description?.ask()
  }
  beat()
  const heartbeat = setInterval(beat, HEARTBEAT_MS)
  const stopCollecting = keepHeapSmall()
  resources.start()
  evaluator.start()
  outcomes.start()
  history.start()

  return {
    useStateDirectory: kept.useDirectory,
    tellReload: (state) => {
      self.configReload = state
    },
    stop: async () => {
      await sources.stop()
      pump.stop()
      // Frames of the last connections belong to the last checkpoint and the last push.
      while (pump.reader.drain(observer, FRAMES_AT_THE_END) > 0 || control.overflowBytes > 0);
      pipeline.decideRoutes(Infinity)
      evaluator.stop()
      history.stop()
      await outcomes.stop()
      await evaluator.evaluate()
      await kept.stop()
      resources.stop()
      await exposition.shutdown()
      await server.close()
      stopCollecting()
      clearInterval(heartbeat)
    },
  }
}

/** CPU time of the whole process, both threads. */
function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** GET function for the model server, with connections that a capture ignores. */
function getOf({ config, memory }: AnalysisStart): Get {
  if (!isCapturing(config.capture)) return boundedGet
  const ownPorts = new OwnPorts(memory)
  ownPorts.clear()
  return createUnseenGet(ownPorts)
}

/** Only with a model server, and unless disabled. */
function findMetadataOf({ upstream, metadata }: AnalysisStart['config'], get: Get): FindMetadata | undefined {
  if (upstream === undefined || !metadata.enabled) return undefined
  return createMetadataStore({ upstream, timeoutMs: metadata.timeout, get })
}

/** The server's own description of its routes, under the same conditions. */
function descriptionOf(
  { upstream, metadata }: AnalysisStart['config'],
  get: Get,
): ServerDescription | undefined {
  if (upstream === undefined || !metadata.enabled) return undefined
  return new ServerDescription({ upstream, timeoutMs: metadata.timeout, get })
}

/** Only when `neighbour.metrics` is configured. */
function neighbourOf(
  { neighbour: options }: AnalysisStart['config'],
  dependencies: { readonly clock: Clock; readonly logger: Logger; readonly get: Get },
): Neighbour | undefined {
  const { metrics } = options
  return metrics === undefined
    ? undefined
    : createNeighbour({ options: { ...options, metrics }, ...dependencies })
}
