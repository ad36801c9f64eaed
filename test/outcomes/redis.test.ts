/** Three replicas on a real redis-server that is killed, stalled and filled: every label joined once, none lost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RedisStore } from '../../src/outcomes/redis-store.ts'
import type { HashedLabel, StoreLimits, WaitingPrediction } from '../../src/outcomes/store.ts'
import { type RedisServer, redisStore, startRedis } from './redis-server.ts'

const START_MS = 1_700_000_000_000
const limits: StoreLimits = { horizonMs: 86_400_000, maxPending: 1_000_000, settleMs: 1_000 }

let redis: RedisServer
let directory: string
let replicas: RedisStore[] = []
let nowMs = START_MS

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-replicas-'))
  replicas = []
  nowMs = START_MS
})

afterEach(async () => {
  for (const replica of replicas) await replica.close()
  await redis.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function replica(name: string, spoolBytes?: number): Promise<RedisStore> {
  const store = await redisStore(redis.url, limits, join(directory, name), spoolBytes)
  replicas.push(store)
  return store
}

const hashOf = (id: number): string => {
  const bytes = Buffer.alloc(16, 0x80)
  bytes.writeUInt32LE(id, 0)
  return bytes.toString('latin1')
}

const wordsOf = (id: number): Uint32Array =>
  new Uint32Array(new Uint8Array(Buffer.from(hashOf(id), 'latin1')).buffer)

const prediction = (value: number): WaitingPrediction => ({
  model: 'm',
  version: '1',
  timeMs: nowMs,
  outputs: [{ output: 'y', value, score: undefined }],
})

const label = (id: number): HashedLabel => ({
  hash: hashOf(id),
  labels: [{ output: undefined, value: id }],
  timeMs: nowMs,
})

const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** Looks again and again, as a running process does, and counts what each id was joined with. */
async function joinedBy(stores: readonly RedisStore[], rounds: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (let round = 0; round < rounds; round += 1) {
    nowMs += 11_000
    for (const store of stores) {
      await store.tick(nowMs)
      for (const {
        prediction: { outputs },
        labels,
      } of await store.settled(nowMs)) {
        const id = Number(outputs[0]?.value)
        expect(labels[0]?.value).toBe(id)
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
    }
  }
  return counts
}

test('labels go to a random replica, one replica is gone in between: every label is joined once', async () => {
  redis = await startRedis()
  const [a, b, c] = [await replica('a'), await replica('b'), await replica('c')]
  for (const id of ids(0, 3_000)) (id % 3 === 0 ? a : id % 3 === 1 ? b : c).put(wordsOf(id), prediction(id))
  for (const store of [a, b, c]) await store.tick(nowMs)
  let state = 7
  const random = (bound: number): number => (state = (state * 48_271) % 2_147_483_647) % bound
  const answers: string[] = []
  for (const id of ids(0, 1_500))
    answers.push(...(await (([a, b, c] as const)[random(3)] ?? a).attach([label(id)], nowMs)))
  // Replica b goes without a word; what it held is in Redis.
  replicas = [a, c]
  const counts = await joinedBy([a, c], 2)
  for (const id of ids(1_500, 3_000))
    answers.push(...(await (([a, c] as const)[random(2)] ?? a).attach([label(id)], nowMs)))
  for (const [id, count] of await joinedBy([a, c], 3)) counts.set(id, (counts.get(id) ?? 0) + count)
  expect(new Set(answers)).toEqual(new Set(['held']))
  expect(counts.size).toBe(3_000)
  expect(new Set(counts.values())).toEqual(new Set([1]))
  await b.close()
})

test('redis-server killed: predictions and labels wait in the spool, and are joined when it is back', async () => {
  redis = await startRedis()
  const [a, b] = [await replica('a'), await replica('b')]
  for (const id of ids(0, 500)) a.put(wordsOf(id), prediction(id))
  await a.tick(nowMs)
  await redis.kill()
  for (const id of ids(500, 1_000)) a.put(wordsOf(id), prediction(id))
  const answers = [
    ...(await a.attach(ids(0, 250).map(label), nowMs)),
    ...(await b.attach(ids(250, 500).map(label), nowMs)),
  ]
  // A label that never came through, and one of a prediction that is only in the spool.
  answers.push(...(await a.attach(ids(500, 700).map(label), nowMs)))
  expect(new Set(answers)).toEqual(new Set(['kept']))
  await a.tick(nowMs)
  expect(a.stats()).toMatchObject({ up: false })
  expect(a.stats().spoolBytes).toBeGreaterThan(0)
  await redis.start()
  const counts = await joinedBy([a, b], 4)
  expect(counts.size).toBe(700)
  expect(new Set(counts.values())).toEqual(new Set([1]))
  expect(a.stats()).toMatchObject({ up: true, spoolBytes: 0 })
  expect(a.stats().dropped.store_failed).toBe(0)
})

test('what waits in the spool survives the process', async () => {
  redis = await startRedis()
  await redis.kill()
  const before = await replica('a')
  for (const id of ids(0, 300)) before.put(wordsOf(id), prediction(id))
  await before.attach(ids(0, 100).map(label), nowMs)
  await before.close()
  replicas = []
  await redis.start()
  const after = await replica('a')
  const counts = await joinedBy([after], 3)
  expect(counts.size).toBe(100)
  expect(new Set(counts.values())).toEqual(new Set([1]))
  expect(await after.attach(ids(100, 300).map(label), nowMs)).toEqual(ids(100, 300).map(() => 'held'))
})

test('redis-server stalled: nothing waits longer than two seconds, and every label is joined once afterwards', async () => {
  redis = await startRedis()
  const a = await replica('a')
  for (const id of ids(0, 200)) a.put(wordsOf(id), prediction(id))
  await a.tick(nowMs)
  await a.attach(ids(0, 50).map(label), nowMs)
  redis.stall()
  const start = performance.now()
  expect(new Set(await a.attach(ids(50, 100).map(label), nowMs))).toEqual(new Set(['kept']))
  expect(performance.now() - start).toBeLessThan(15_000)
  const again = performance.now()
  await a.attach(ids(100, 150).map(label), nowMs)
  expect(performance.now() - again).toBeLessThan(5_000)
  redis.goOn()
  const counts = await joinedBy([a], 4)
  expect(counts.size).toBe(150)
  expect(new Set(counts.values())).toEqual(new Set([1]))
})

test('redis-server stalled while a label is being claimed: it is counted once, and not forgotten', async () => {
  redis = await startRedis()
  const a = await replica('a')
  for (const id of ids(0, 100)) a.put(wordsOf(id), prediction(id))
  await a.tick(nowMs)
  await a.attach(ids(0, 100).map(label), nowMs)
  redis.stall()
  nowMs += 5_000
  expect(await a.settled(nowMs)).toEqual([])
  redis.goOn()
  // The claim went through behind our back; its labels come again when it is old.
  const counts = await joinedBy([a], 3)
  nowMs += 600_000
  for (const [id, count] of await joinedBy([a], 2)) counts.set(id, (counts.get(id) ?? 0) + count)
  expect(counts.size).toBe(100)
  expect(new Set(counts.values())).toEqual(new Set([1]))
})

test('redis-server full: the oldest predictions go and are counted, the newest are joined', async () => {
  redis = await startRedis('--maxmemory', '8mb', '--maxmemory-policy', 'noeviction')
  const a = await replica('a')
  for (const id of ids(0, 40_000)) {
    a.put(wordsOf(id), { ...prediction(id), timeMs: nowMs + id })
    if (id % 1_000 === 999) await a.tick(nowMs)
  }
  await a.tick(nowMs)
  const { dropped, pending } = a.stats()
  expect(dropped.store_full).toBeGreaterThan(1_000)
  expect(dropped.store_failed).toBe(0)
  expect((pending ?? 0) + (dropped.store_full ?? 0)).toBe(40_000)
  expect(new Set(await a.attach(ids(39_000, 39_500).map(label), nowMs))).toEqual(new Set(['held']))
  const counts = await joinedBy([a], 3)
  expect(counts.size).toBe(500)
})

test('a spool that is full refuses labels and says so', async () => {
  redis = await startRedis()
  const a = await replica('a', 10_000)
  await redis.kill()
  await a.attach([label(0)], nowMs)
  const answers = await a.attach(ids(1, 1_000).map(label), nowMs)
  expect(answers.at(0)).toBe('kept')
  expect(answers.at(-1)).toBe('failed')
})
