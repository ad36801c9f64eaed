/** Composition root of the main thread: the shared memory, the analysis thread, the splice, and the shutdown. */
import { AdminPort } from './admin-port/admin-port.ts'
import type { Baseline } from './baseline/baseline.ts'
import { LiveCapture } from './capture/live-capture.ts'
import { isCapturing } from './capture/options.ts'
import type { RunConfig } from './config/schema.ts'
import { type Address, formatAddress } from './lib/address.ts'
import type { Clock } from './lib/clock.ts'
import type { Logger, LoggerSettings } from './lib/logger.ts'
import { memoryLimit } from './lib/memory-limit.ts'
import { type ReloaderOptions, startReloader } from './reload/reloader.ts'
import { ControlBlock, DRAIN } from './ring/control.ts'
import { createTapMemory, type TapMemory } from './ring/memory.ts'
import { enabledSources } from './sources/index.ts'
import { maxOpenFiles } from './splice/affordable.ts'
import { EventLoopStalls } from './splice/event-loop-stalls.ts'
import { startSplice } from './splice/splice.ts'
import { upstreamsOf } from './splice/upstreams.ts'
import { AnalysisHost } from './worker/host.ts'
import { openStateDirectory, type StateDirectory } from './worker/state-directory.ts'

/** Time for the last checkpoint and the last push of metrics after the traffic has ended. */
const ANALYSIS_GRACE_MS = 3_000
/** Time for the last answers on their way to a client. */
const ADMIN_GRACE_MS = 500

export interface AppOptions {
  readonly config: RunConfig
  /** The baseline of `baseline.file`, already validated. */
  readonly baseline: Baseline | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly logSettings: Omit<LoggerSettings, 'thread'>
  /** Called when the first data to analyse arrives. */
  readonly onBusy: () => void
  /** How to read the configuration again; absent when nothing can be reloaded. */
  readonly reload?: Pick<ReloaderOptions, 'file' | 'load'>
  /** Called at the end of the recording that `capture.input: stdin` reads. */
  readonly onRecordingEnd: () => void
}

export interface App {
  /** With the actual port number; `undefined` without a proxy. */
  readonly dataAddress: Address | undefined
  /** For `listeners`, in order. */
  readonly moreDataAddresses: readonly Address[]
  readonly adminAddress: Address
  /** Reads configuration and baseline again. */
  readonly reload: (reason: string) => void
  /** Drains the traffic, then flushes and stops analysis. */
  readonly stop: () => Promise<void>
}

/** @throws ModeltapError LISTEN_FAILED when the data port or the admin port cannot be opened */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, baseline, clock, logger, logSettings, onBusy } = options
  const memory = createTapMemory({
    ringBytes: config.limits.ringBytes,
    maxConnections: config.connections.limit,
  })
  const { upstream, listen } = config
  // Logs already have lines, and events arrive on a port of the other thread.
  if (enabledSources(config).length > 0) onBusy()
  const isPassing = upstream !== undefined && !isCapturing(config.capture)
  const dataPlane = isPassing
    ? await startSplice({
        listen,
        upstream,
        memory,
        clock,
        logger,
        options: config,
        grants: {
          maxOpenFiles: maxOpenFiles(),
          memoryBytes: memoryLimit(),
          ringBytes: config.limits.ringBytes,
        },
        onFirstClient: onBusy,
      })
    : isCapturing(config.capture)
      ? await LiveCapture.start({
          options: config.capture,
          connections: config.connections,
          memory,
          clock,
          logger,
          onFirstPacket: onBusy,
          stdin: process.stdin,
          onEnd: options.onRecordingEnd,
        })
      : new IdleDataPlane(memory, clock)
  const control = new ControlBlock(memory)
  const stalls = new EventLoopStalls({ control, clock })
  stalls.start()
  let adminPort: AdminPort | undefined
  let state: StateDirectory | undefined
  try {
    adminPort = await AdminPort.open({
      listen: config.admin.listen,
      hosts: config.admin.hosts,
      control,
      clock,
      // Without a proxy, readiness does not depend on the model server.
      upstreams: isPassing ? upstreamsOf(config).map(formatAddress) : [],
      logger,
    })
    const { address: adminAddress } = adminPort
    state = await openStateDirectory(config, logger)
    const analysis = await AnalysisHost.start({
      start: {
        config: state.config,
        isStateLocked: state.isLocked,
        memory,
        baseline,
        data: dataPlane.addresses,
        logger: { ...logSettings, thread: 'analysis' },
        startedMs: clock.monotonicMs(),
      },
      control,
      adminPort,
      clock,
      logger,
    })
    state.onFree((directory) => analysis.useStateDirectory(directory))
    const reloader =
      options.reload &&
      startReloader({
        ...options.reload,
        settings: { config, baseline },
        apply: async (settings) => {
          const { level } = settings.config.log
          await analysis.reload(
            { ...settings, logger: { ...logSettings, level, thread: 'analysis' } },
            ANALYSIS_GRACE_MS,
          )
          logger.level = level
        },
        report: (reload) => analysis.tellReload(reload),
        clock,
        logger,
      })
    return {
      dataAddress: dataPlane.addresses[0],
      moreDataAddresses: dataPlane.addresses.slice(1),
      adminAddress,
      reload: (reason) => void reloader?.reload(reason),
      stop: async () => {
        await reloader?.stop()
        await dataPlane.drain()
        await analysis.stop(ANALYSIS_GRACE_MS)
        await state?.release()
        await adminPort?.close(ADMIN_GRACE_MS)
        stalls.stop()
      },
    }
  } catch (error) {
    stalls.stop()
    await state?.release()
    await adminPort?.close(0)
    await dataPlane.close()
    throw error
  }
}

const BEAT_MS = 1_000

/** Replaces the splice when only logs or events are read. */
class IdleDataPlane {
  readonly addresses = []
  readonly #control: ControlBlock
  readonly #heartbeat: NodeJS.Timeout

  constructor(memory: TapMemory, clock: Clock) {
    this.#control = new ControlBlock(memory)
    const beat = (): void => {
      this.#control.dataHeartbeatMs = clock.monotonicMs()
    }
    beat()
    this.#heartbeat = setInterval(beat, BEAT_MS)
  }

  async drain(): Promise<void> {
    this.#control.drainState = DRAIN.DRAINED
    await this.close()
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
  }
}
