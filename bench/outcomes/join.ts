/**
 * A million pending predictions in memory: bytes, insertions and joins a second.
 * `node --expose-gc bench/outcomes/join.ts`
 */
import { randomUUID } from 'node:crypto'
import { HASH_WORDS, IdHash } from '../../src/outcomes/id-hash.ts'
import { MemoryStore } from '../../src/outcomes/memory-store.ts'

const MILLION = 1_000_000

async function pendingPredictions(): Promise<void> {
  const store = new MemoryStore({ horizonMs: 86_400_000, maxPending: MILLION, settleMs: 0 })
  const hash = new IdHash('a key of the benchmark', 1)
  const words = new Uint32Array(HASH_WORDS)
  const ids = Array.from({ length: MILLION }, () => randomUUID())
  globalThis.gc?.()
  const before = process.memoryUsage()
  const insertMs = performance.now()
  for (let row = 0; row < MILLION; row += 1) {
    const outputs = [{ output: 'score', value: row / MILLION, score: undefined }]
    hash.write(ids[row] as string, words)
    store.put(words, { model: 'm', version: '1', timeMs: Date.now(), outputs })
  }
  const insertSeconds = (performance.now() - insertMs) / 1000
  globalThis.gc?.()
  const after = process.memoryUsage()
  // The heap says nothing: joining the pieces of the ids that were made frees more than the store's few objects take.
  const bytes = after.arrayBuffers - before.arrayBuffers
  const joinMs = performance.now()
  for (let start = 0; start < MILLION; start += 500) {
    const labels = ids
      .slice(start, start + 500)
      .map((id) => ({ hash: hash.of(id), labels: [{ output: undefined, value: 1 }], timeMs: 0 }))
    await store.attach(labels, 0)
    await store.settled(1)
  }
  const joinSeconds = (performance.now() - joinMs) / 1000
  console.log(
    `1M pending: ${(bytes / MILLION).toFixed(1)} bytes each, ${Math.round(MILLION / insertSeconds / 1000)}k insertions/s, ${Math.round(MILLION / joinSeconds / 1000)}k joins/s`,
  )
}

await pendingPredictions()
