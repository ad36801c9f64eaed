import { getHeapStatistics } from 'node:v8'

/** Between two looks; a collection takes 20 ms of the thread. */
const LOOK_MS = 10_000
/** How much garbage may gather. */
const GARBAGE_BYTES = 1024 * 1024
/** Larger heaps are left to V8, which collects them beside the thread's work: here it would wait for 100 ms and more. */
const LARGE_HEAP_BYTES = 64 * 1024 * 1024

export interface Heap {
  readonly usedBytes: () => number
  /** Absent where V8 was not told to give it (`saveMemory` of lib/v8-flags.ts). */
  readonly collect: (() => unknown) | undefined
}

const OWN_HEAP: Heap = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  collect: globalThis.gc,
}

/**
 * Collects the garbage of this thread before it adds up. V8 lets a small heap grow by 8 MB before it collects what has
 * grown old, whatever its flags say, and each request leaves a little: resident memory went up and down by 5 MB with that, and
 * with this by 1.4. Returns what ends it.
 */
export function keepHeapSmall({ usedBytes, collect }: Heap = OWN_HEAP): () => void {
  if (collect === undefined) return () => undefined
  let live = usedBytes()
  const timer = setInterval(() => {
    const used = usedBytes()
    live = Math.min(live, used)
    if (used - live < GARBAGE_BYTES || used > LARGE_HEAP_BYTES) return
    collect()
    live = usedBytes()
  }, LOOK_MS)
  return () => clearInterval(timer)
}
