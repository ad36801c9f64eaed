/**
 * V8 flags that are set at run time. V8 reads each of them when it decides, so they work however the process was
 * started. They apply to all threads. Figures in docs/decisions/data-plane.md.
 */
import { setFlagsFromString } from 'node:v8'

const THRIFTY = [
  // V8 empties a nursery with all its helper threads. Hardly anything survives here, so waking and awaiting the helpers
  // costs more than they save, most with few cores: 20.6 instead of 23.8 µs CPU of the process for a request on two
  // busy cores (medians; less in seven of eight alternating pairs).
  // on two busy cores (medians; less in seven of eight alternating pairs).
  '--no-parallel-scavenge',
  // The mid-tier compiler: hot code is optimised soon anyway, and the working memory of its helper threads stays
  // allocated.
  '--no-maglev',
  // V8's own mode for this: heaps are 2 MB smaller under load, in four of four alternating pairs, for no more CPU.
  '--memory-saver-mode',
  // Exposes `gc` to threads started from now on, for worker/small-heap.ts.
  '--expose-gc',
] as const

/** For a long-running process. Call it before threads start, because they start with the current compilers. */
export function saveMemory(): void {
  for (const flag of THRIFTY) setFlagsFromString(flag)
}

let isDeferred = false

/**
 * Leaves code unoptimised until `optimise`: a sidecar that waits for traffic runs nothing worth the memory of the
 * optimising compiler.
 */
export function deferOptimisation(): void {
  // With --jitless, V8 has no WebAssembly, and crashes when a compiler is enabled.
  if (!('WebAssembly' in globalThis)) return
  setFlagsFromString('--no-opt')
  isDeferred = true
}

export function optimise(): void {
  if (isDeferred) setFlagsFromString('--opt')
  isDeferred = false
}
