/**
 * V8 flags that are set while the process runs. V8 reads each of these where it decides, so none needs to be there when the
 * process starts, and they hold however somebody starts it. They apply to all threads. Figures in
 * docs/decisions/data-plane.md.
 */
import { setFlagsFromString } from 'node:v8'

const THRIFTY = [
  // V8 empties a nursery with all its helper threads. Hardly anything survives in these, so that waking and awaiting the
  // helpers costs more than they do, most where cores are few: 20.6 instead of 23.8 µs CPU of the process for a request
  // on two busy cores (medians; less in seven of eight alternating pairs).
  '--no-parallel-scavenge',
  // The compiler between the quick one and the optimising one: what is hot under load is soon optimised anyway, and the
  // working memory of its helper threads stays with them.
  '--no-maglev',
  // V8's own mode for this: heaps are 2 MB smaller under load, in four of four alternating pairs, for no more CPU.
  '--memory-saver-mode',
  // Gives `gc` to threads that are started from now on, for worker/small-heap.ts.
  '--expose-gc',
] as const

/** For a process that stays. To be called before threads are started, because they start with the compilers there are. */
export function saveMemory(): void {
  for (const flag of THRIFTY) setFlagsFromString(flag)
}

let isDeferred = false

/**
 * Leaves code unoptimised until `optimise`: a sidecar that waits for traffic runs nothing that is worth the pages of the
 * optimising compiler.
 */
export function deferOptimisation(): void {
  // Started so that it makes no machine code (--jitless), V8 has no WebAssembly, and crashes when a compiler is switched on.
  if (!('WebAssembly' in globalThis)) return
  setFlagsFromString('--no-opt')
  isDeferred = true
}

export function optimise(): void {
  if (isDeferred) setFlagsFromString('--opt')
  isDeferred = false
}
