/** What every store of waiting predictions promises. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { MemoryStore } from '../../src/outcomes/memory-store.ts'
import { SqliteStore } from '../../src/outcomes/sqlite-store.ts'
import type {
  HashedLabel,
  PredictionStore,
  StoreLimits,
  WaitingPrediction,
} from '../../src/outcomes/store.ts'
import { type RedisServer, redisStore, startRedis } from './redis-server.ts'

const START_MS = 1_700_000_000_000

const limits: StoreLimits = { horizonMs: 3_600_000, maxPending: 5_000, settleMs: 1_000 }

interface StoreCase {
  readonly name: string
  readonly open: (limits: StoreLimits) => Promise<PredictionStore>
}

let redis: RedisServer
const directory = mkdtempSync(join(tmpdir(), 'modeltap-stores-'))
let directories = 0
const newDirectory = (): string => join(directory, String((directories += 1)))

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await redis.stop()
  rmSync(directory, { recursive: true, force: true })
})

const cases: readonly StoreCase[] = [
  {
    name: 'sqlite',
    open: (given) =>
      Promise.resolve(new SqliteStore({ ...given, directory: newDirectory(), logger: silentLogger })),
  },
  {
    name: 'redis',
    open: async (given) => {
      await redis.command('FLUSHALL')
      return redisStore(redis.url, given)
    },
  },
  { name: 'memory', open: (given) => Promise.resolve(new MemoryStore(given)) },
]

/** 16 Latin-1 characters of a number, all bytes in use. */
const hashOf = (id: number): string => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(Math.imul(id + 1, 2_654_435_761) >>> 0, 0)
  bytes.writeUInt32LE(id, 4)
  bytes.fill(0xc3, 8)
  return bytes.toString('latin1')
}

const wordsOf = (id: number): Uint32Array =>
  new Uint32Array(new Uint8Array(Buffer.from(hashOf(id), 'latin1')).buffer)

const prediction = (
  value: number | string | boolean,
  timeMs = START_MS,
  score?: number,
): WaitingPrediction => ({
  model: 'm',
  version: '1',
  timeMs,
  outputs: [{ output: 'y', value, score }],
})

const label = (id: number, value: number | string = 1): HashedLabel => ({
  hash: hashOf(id),
  labels: [{ output: undefined, value }],
  timeMs: START_MS,
})

describe.each(cases)('the store $name', ({ open }) => {
  async function opened<Result>(
    given: StoreLimits,
    work: (store: PredictionStore) => Promise<Result>,
  ): Promise<Result> {
    const store = await open(given)
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  test('joins every label once, after it has settled', () =>
    opened(limits, async (store) => {
      for (let id = 0; id < 3000; id += 1) store.put(wordsOf(id), prediction(id, START_MS, id / 3000))
      await store.tick(START_MS)
      const odd = Array.from({ length: 1500 }, (_, index) => label(2 * index + 1, index))
      expect(new Set(await store.attach(odd, START_MS))).toEqual(new Set(['held']))
      expect(await store.settled(START_MS + 500)).toEqual([])
      const joined = [...(await store.settled(START_MS + 1_010)), ...(await store.settled(START_MS + 1_010))]
      expect(
        joined.map(({ prediction: { outputs }, labels }) => [outputs[0]?.value, labels[0]?.value]),
      ).toEqual(odd.map(({ labels }, index) => [2 * index + 1, labels[0]?.value]))
      expect(await store.settled(START_MS + 2_000)).toEqual([])
      expect(new Set(await store.attach(odd.slice(0, 10), START_MS + 2_000))).toEqual(new Set(['duplicate']))
      await store.tick(START_MS + 2_000)
      expect(store.stats().pending).toBe(1500)
    }))

  test('of several labels for one id the last one counts', () =>
    opened(limits, async (store) => {
      store.put(wordsOf(1), prediction('a'))
      await store.tick(START_MS)
      expect(await store.attach([label(1, 'b'), label(1, 'c'), label(2)], START_MS)).toEqual([
        'held',
        'replaced',
        'unknown',
      ])
      expect(await store.attach([label(1, 'd')], START_MS + 900)).toEqual(['replaced'])
      const joined = await store.settled(START_MS + 1_010)
      expect(joined.map(({ labels }) => labels[0]?.value)).toEqual(['d'])
    }))

  test('keeps values as they came: texts, numbers, true and false, several outputs', () =>
    opened(limits, async (store) => {
      const outputs = [
        { output: 'text', value: 'straße "x"', score: 0.1 + 0.2 },
        { output: 'number', value: -1.5e-7, score: undefined },
        { output: 'flag', value: false, score: undefined },
      ]
      store.put(wordsOf(7), { ...prediction(0), outputs })
      store.put(wordsOf(8), { ...prediction(0), outputs: [] })
      await store.tick(START_MS)
      expect(await store.find(hashOf(7))).toEqual({ ...prediction(0), outputs })
      expect((await store.find(hashOf(8)))?.outputs).toEqual([])
      expect(await store.find(hashOf(9))).toBeUndefined()
    }))

  test('drops the oldest when it is full, and counts it', () =>
    opened({ ...limits, maxPending: 1_000 }, async (store) => {
      for (let id = 0; id < 1_500; id += 1) store.put(wordsOf(id), prediction(id, START_MS + id))
      await store.tick(START_MS)
      const answers = await store.attach(
        Array.from({ length: 1_500 }, (_, id) => label(id)),
        START_MS,
      )
      expect(answers.slice(0, 500).every((answer) => answer === 'unknown')).toBe(true)
      expect(answers.slice(500).every((answer) => answer === 'held')).toBe(true)
      expect(store.stats().dropped.store_full).toBe(500)
    }))

  test('lets go of what is beyond the horizon, but not of a label that came in time', () =>
    opened(limits, async (store) => {
      for (let id = 0; id < 10; id += 1) store.put(wordsOf(id), prediction(id))
      store.put(wordsOf(10), prediction(10, START_MS + 1_800_000))
      await store.tick(START_MS + 1_800_000)
      await store.attach([label(3)], START_MS + 3_600_000)
      await store.tick(START_MS + 3_602_000)
      const joined = await store.settled(START_MS + 3_602_000)
      expect(joined.map(({ prediction: { outputs } }) => outputs[0]?.value)).toEqual([3])
      expect(await store.attach([label(4), label(10)], START_MS + 3_602_000)).toEqual(['unknown', 'held'])
      expect(store.stats().dropped.expired).toBe(9)
    }))

  test('a newer prediction of the same id takes the place of the older one', () =>
    opened(limits, async (store) => {
      store.put(wordsOf(1), prediction('old'))
      store.put(wordsOf(1), prediction('new'))
      await store.tick(START_MS)
      await store.attach([label(1)], START_MS)
      const joined = await store.settled(START_MS + 1_010)
      expect(joined.map(({ prediction: { outputs } }) => outputs[0]?.value)).toEqual(['new'])
      expect(store.stats().dropped.same_id).toBe(1)
    }))

  test('agrees with a plain map over many random steps', () =>
    opened({ ...limits, maxPending: 1_000 }, async (store) => {
      const waiting = new Map<number, { value: number; labelled: boolean }>()
      let nowMs = START_MS
      let state = 12_345
      const random = (bound: number): number => (state = (state * 48_271) % 2_147_483_647) % bound
      let counted = 0
      for (let step = 0; step < 300; step += 1) {
        for (let put = 0; put < 20; put += 1) {
          const id = random(3_000)
          store.put(wordsOf(id), prediction(step, nowMs))
          waiting.delete(id)
          waiting.set(id, { value: step, labelled: false })
        }
        await store.tick(nowMs)
        const ids = [...new Set(Array.from({ length: 8 }, () => random(3_000)))]
        const answers = await store.attach(
          ids.map((id) => label(id, step)),
          nowMs,
        )
        for (const [index, id] of ids.entries()) {
          const known = waiting.get(id)
          // What the store has dropped, because it was full, the map still has.
          if (answers[index] === 'unknown') continue
          expect(known).toBeDefined()
          expect(answers[index]).toBe(known?.labelled === true ? 'duplicate' : 'held')
          if (known !== undefined && answers[index] === 'held') {
            known.labelled = true
            counted += 1
          }
        }
        nowMs += 1_010
        const joined = await store.settled(nowMs)
        counted -= joined.length
      }
      expect(counted).toBe(0)
    }))
})

test('a million pending predictions in memory take less than 64 bytes each', () => {
  const store = new MemoryStore({ ...limits, maxPending: 1_000_000 })
  for (let id = 0; id < 1_000_000; id += 1) store.put(wordsOf(id), prediction(id))
  expect(store.stats().pending).toBe(1_000_000)
  expect(store.bytes / 1_000_000).toBeLessThan(64)
})

test('sqlite goes on where an earlier process stopped, with its key', async () => {
  const given = { ...limits, directory: newDirectory(), logger: silentLogger }
  const first = new SqliteStore(given)
  const key = first.key(() => 'made once')
  for (let id = 0; id < 700; id += 1) first.put(wordsOf(id), prediction(id))
  await first.tick(START_MS)
  await first.attach([label(5, 55)], START_MS)
  await first.close()
  const second = new SqliteStore(given)
  expect(second.key(() => 'made again')).toBe(key)
  expect(second.stats().pending).toBe(699)
  const joined = await second.settled(START_MS + 1_010)
  expect(joined.map(({ labels }) => labels[0]?.value)).toEqual([55])
  expect(await second.attach([label(5), label(6)], START_MS)).toEqual(['duplicate', 'held'])
  await second.close()
})

test('sqlite sets a broken file aside and begins anew', async () => {
  const given = { ...limits, directory: newDirectory(), logger: silentLogger }
  const first = new SqliteStore(given)
  await first.close()
  writeFileSync(
    join(given.directory, 'outcomes.sqlite'),
    'this is no database, and it is longer than a header is'.repeat(50),
  )
  const second = new SqliteStore(given)
  second.put(wordsOf(1), prediction(1))
  expect(await second.attach([label(1)], START_MS)).toEqual(['held'])
  await second.close()
})
