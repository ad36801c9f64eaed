/**
 * Polls nvidia-smi in the background: one call at a time, with a timeout and back-off. Tries it only once when it is not
 * installed.
 */
import type { Logger } from '../lib/logger.ts'
import { zeros } from '../lib/zeros.ts'
import {
  GPU_FIELDS,
  type GpuField,
  type GpuProcess,
  gpuQuery,
  migResources,
  parseGpuProcesses,
  parseGpus,
  parseMigInstances,
  parseMigMemory,
  parseRejectedField,
  processQuery,
} from './nvidia-smi.ts'
import type { ProgramResult, RunProgram } from './run-program.ts'
import { GPU_FAILURES, type GpuFailure, type GpuResources } from './snapshot.ts'

export interface GpuState {
  readonly gpus: readonly GpuResources[]
  readonly processes: readonly GpuProcess[]
}

export interface GpuSampler {
  /** Resolves with the result or the failure of the poll. */
  readonly sample: () => Promise<void>
  readonly state: () => GpuState
  readonly failures: () => Readonly<Record<GpuFailure, number>>
  /** Whether to poll again. */
  readonly active: () => boolean
  /** Number of intervals before the next poll: 1, and more after failures. */
  readonly intervals: () => number
}

export interface GpuSamplerOptions {
  /** With `on`, a missing nvidia-smi is a warning. */
  readonly mode: 'auto' | 'on'
  readonly run: RunProgram
  readonly logger: Logger
}

const COMMAND = 'nvidia-smi'
/** Loading the driver without persistence mode takes seconds on a machine with eight GPUs. */
const TIMEOUT_MS = 10_000
/** `-q -x` writes 25 KiB for each GPU. */
const MAX_BYTES = 4 * 2 ** 20
const MAX_INTERVALS = 32
const NOTHING: GpuState = { gpus: [], processes: [] }

export function createGpuSampler({ mode, run, logger }: GpuSamplerOptions): GpuSampler {
  let fields = GPU_FIELDS
  let state = NOTHING
  let active = true
  let running = false
  let intervals = 1
  const failures = zeros(GPU_FAILURES)

  const ask = (args: readonly string[]): Promise<ProgramResult> =>
    run(COMMAND, args, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })

  function fail(failure: GpuFailure, detail: string): void {
    failures[failure] += 1
    state = NOTHING
    if (intervals === 1) logger.warn({ failure, detail }, 'nvidia-smi failed; polling it less often')
    intervals = Math.min(intervals * 2, MAX_INTERVALS)
  }

  function off(): void {
    active = false
    const words = 'nvidia-smi is not installed here; GPUs are not reported'
    if (mode === 'on') logger.warn(words)
    else logger.info(words)
  }

  /** The output, or `undefined` after counting the failure. */
  function accepted(result: ProgramResult): string | undefined {
    if (result.kind === 'missing') off()
    else if (result.kind === 'timeout') fail('timeout', `no answer within ${TIMEOUT_MS} ms`)
    else if (result.status !== 0) fail('exit-status', firstLine(result.output))
    else return result.output
    return undefined
  }

  async function askForGpus(): Promise<string | undefined> {
    for (;;) {
      const result = await ask(gpuQuery(fields))
      const rejected =
        result.kind === 'done' && result.status !== 0 ? parseRejectedField(result.output) : undefined
      if (rejected === undefined || !fields.includes(rejected)) return accepted(result)
      // An older driver. Each iteration removes one field, so it terminates.
      fields = fields.filter((field: GpuField) => field !== rejected)
    }
  }

  async function sampleOnce(): Promise<void> {
    const output = await askForGpus()
    if (output === undefined) return
    const rows = parseGpus(output, fields)
    if (rows.length === 0 && !/no devices/i.test(output)) return fail('unreadable-output', firstLine(output))
    const gpus = rows.map(({ resources }) => resources)
    const mig = rows.some(({ migEnabled }) => migEnabled) ? await migInstances(gpus) : []
    const processes = rows.length === 0 ? '' : await quietly(processQuery)
    state = { gpus: withInstances(gpus, mig), processes: parseGpuProcesses(processes) }
    intervals = 1
  }

  /** Optional calls; a failure does not affect the rest. */
  async function quietly(args: readonly string[]): Promise<string> {
    const result = await ask(args)
    return result.kind === 'done' && result.status === 0 ? result.output : ''
  }

  async function migInstances(gpus: readonly GpuResources[]): Promise<GpuResources[]> {
    const instances = parseMigInstances(await quietly(['-L']))
    return migResources(gpus, instances, parseMigMemory(await quietly(['-q', '-x'])))
  }

  return {
    async sample() {
      if (running || !active) return
      running = true
      await sampleOnce()
      running = false
    },
    state: () => state,
    failures: () => ({ ...failures }),
    active: () => active,
    intervals: () => intervals,
  }
}

/** A GPU with MIG instances does not report memory itself, so that sums over `gpu` do not double-count. */
function withInstances(gpus: readonly GpuResources[], mig: readonly GpuResources[]): GpuResources[] {
  const split = new Set(
    mig.filter(({ memoryTotalBytes }) => memoryTotalBytes !== undefined).map(({ gpu }) => gpu.split(':')[0]),
  )
  const whole = gpus.map((gpu) => {
    if (!split.has(gpu.gpu)) return gpu
    const { memoryUsedBytes: _used, memoryTotalBytes: _total, ...rest } = gpu
    return rest
  })
  return [...whole, ...mig]
}

/** For the log: only the first line of a driver's error. */
const firstLine = (text: string): string => (text.trim().split('\n')[0] ?? '').slice(0, 200)
