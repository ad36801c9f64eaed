// HOT: per prediction
/**
 * Waiting predictions in typed arrays: a ring in the order of arrival, and an open-addressed index over it. One record is
 * one output of one prediction; further outputs of the same prediction follow directly behind its first.
 *
 *     hash 16 | time 4 | target 2, state 1 | value 8 | score 8 | slot of the index 8…16     bytes
 *
 * A record lies in one piece, so that it costs one line of the cache. Texts (classes) are numbers of a bounded table. The
 * arrays double until `maxPending`.
 */
import { type OutputPrediction, type OutputTruth, type Truth, zeroCounts } from './outcome.ts'
import type {
  Attachment,
  HashedLabel,
  JoinedPrediction,
  PredictionStore,
  StoreLimits,
  StoreStats,
  WaitingPrediction,
} from './store.ts'

const FIRST_CAPACITY = 4_096
/** The name of the output of a prediction without any. */
const NO_OUTPUT = ''
const MAX_TARGETS = 65_535
const MAX_TEXTS = 10_000
const WORDS = 4
/** Records that are put into the index together. */
const BATCH = 64
/** 32-bit words of a record, and the places of its parts. */
const STRIDE = 10
const SECONDS_AT = 4
const TARGET_AT = 5
/** In 64-bit numbers. */
const VALUE_AT = 3
const SCORE_AT = 4
/** The target is above the byte of the state. */
const TARGET_SHIFT = 8

const STATE = { PENDING: 0, HELD: 1, LABELLED: 2, GONE: 3 } as const
/** Bits of the state byte above the state. */
const IS_TEXT = 4
const IS_BOOLEAN = 8
/** The record belongs to the prediction before it. */
const IS_FURTHER = 16
const STATE_MASK = 3

const DROPS = ['target_limit', 'store_full', 'expired', 'same_id'] as const

interface Held {
  readonly record: number
  labels: readonly OutputTruth[]
  labelTimeMs: number
  readonly dueMs: number
}

interface Target {
  readonly model: string
  readonly version: string
  readonly output: string
}

export class MemoryStore implements PredictionStore {
  readonly #limits: StoreLimits
  readonly #dropped = zeroCounts(DROPS)
  #capacity = 0
  /** The records, as words and as numbers. */
  #words = new Uint32Array(0)
  #numbers = new Float64Array(0)
  /** Place of a record + 1 by hash; 0 is free. Its length is a power of two, at least twice the capacity. */
  #index = new Int32Array(0)
  /** The oldest record, and how many there are. */
  #head = 0
  #count = 0
  /** The youngest records, which the index does not have yet. */
  #unindexed = 0
  #pending = 0
  readonly #targetTable: Target[] = []
  readonly #targetNumbers = new Map<string, number>()
  #lastTarget = 0
  readonly #texts: string[] = []
  readonly #textNumbers = new Map<string, number>()
  /** By the place of the first record; in the order in which they are due. */
  readonly #held = new Map<number, Held>()
  /** Held labels with a prediction that had to go; they count all the same. */
  #overdue: JoinedPrediction[] = []
  readonly #hash = new Uint32Array(WORDS)

  constructor(limits: StoreLimits) {
    this.#limits = limits
  }

  put(hash: Uint32Array, { model, version, timeMs, outputs }: WaitingPrediction): void {
    for (let word = 0; word < WORDS; word += 1) this.#hash[word] = hash[word] as number
    if (outputs.length === 0) {
      // Nothing to compare a label with, but a business figure may be for it.
      const target = this.#targetNumber(model, version, NO_OUTPUT)
      if (target === -1) this.#dropped.target_limit += 1
      else this.#append(target, timeMs, 0, undefined, false)
      return
    }
    for (let place = 0; place < outputs.length; place += 1) {
      const { output, value, score } = outputs[place] as WaitingPrediction['outputs'][number]
      const target = this.#targetNumber(model, version, output)
      if (target === -1) {
        this.#dropped.target_limit += 1
        if (place === 0) return
        continue
      }
      this.#append(target, timeMs, value, score, place > 0)
    }
  }

  attach(labels: readonly HashedLabel[], nowMs: number): Promise<readonly Attachment[]> {
    return Promise.resolve(labels.map((label) => this.#attach(label, nowMs)))
  }

  settled(nowMs: number): Promise<readonly JoinedPrediction[]> {
    const joined = this.#overdue
    this.#overdue = []
    for (const [record, held] of this.#held) {
      if (held.dueMs > nowMs) break
      this.#held.delete(record)
      joined.push(this.#joined(held))
      this.#setState(record, STATE.LABELLED)
    }
    return Promise.resolve(joined)
  }

  find(hash: string): Promise<WaitingPrediction | undefined> {
    const record = this.#recordOf(hash)
    return Promise.resolve(record === -1 ? undefined : this.#read(record))
  }

  tick(nowMs: number): Promise<void> {
    this.#catchUp()
    const oldestSecond = Math.floor((nowMs - this.#limits.horizonMs) / 1000)
    while (this.#count > 0 && this.#secondsOf(this.#head) < oldestSecond) this.#dropOldest('expired')
    return Promise.resolve()
  }

  stats(): StoreStats {
    this.#catchUp()
    return { pending: this.#pending, dropped: this.#dropped, up: true, spoolBytes: 0 }
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.#words.byteLength + this.#index.byteLength
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #attach({ hash, labels, timeMs }: HashedLabel, nowMs: number): Attachment {
    const record = this.#recordOf(hash)
    if (record === -1) return 'unknown'
    const state = this.#stateOf(record) & STATE_MASK
    if (state === STATE.LABELLED) return 'duplicate'
    if (state === STATE.HELD) {
      const held = this.#held.get(record)
      if (held !== undefined) {
        held.labels = labels
        held.labelTimeMs = timeMs
      }
      return 'replaced'
    }
    this.#pending -= 1
    this.#setState(record, STATE.HELD)
    this.#held.set(record, { record, labels, labelTimeMs: timeMs, dueMs: nowMs + this.#limits.settleMs })
    return 'held'
  }

  #append(target: number, timeMs: number, value: Truth, score: number | undefined, isFurther: boolean): void {
    if (this.#count >= this.#limits.maxPending) this.#dropOldest('store_full')
    if (this.#count >= this.#capacity) this.#grow()
    const record = (this.#head + this.#count) % this.#capacity
    const at = record * STRIDE
    for (let word = 0; word < WORDS; word += 1) this.#words[at + word] = this.#hash[word] as number
    this.#words[at + SECONDS_AT] = Math.floor(timeMs / 1000)
    const isText = typeof value === 'string'
    const isBoolean = typeof value === 'boolean'
    this.#words[at + TARGET_AT] =
      (target << TARGET_SHIFT) |
      STATE.PENDING |
      (isText ? IS_TEXT : 0) |
      (isBoolean ? IS_BOOLEAN : 0) |
      (isFurther ? IS_FURTHER : 0)
    this.#numbers[at / 2 + VALUE_AT] = isText ? this.#textNumber(value) : Number(value)
    this.#numbers[at / 2 + SCORE_AT] = score ?? Number.NaN
    this.#count += 1
    this.#unindexed += 1
    if (!isFurther) this.#pending += 1
    if (this.#unindexed >= BATCH) this.#catchUp()
  }

  /**
   * Puts the youngest records into the index, in a loop: each costs a line of memory that is in no cache, and the
   * processor waits for several at once.
   */
  #catchUp(): void {
    const from = this.#count - this.#unindexed
    this.#unindexed = 0
    for (let place = from; place < this.#count; place += 1) {
      const record = (this.#head + place) % this.#capacity
      if ((this.#stateOf(record) & IS_FURTHER) !== 0) continue
      const before = this.#find(this.#words, record * STRIDE)
      if (before !== -1) this.#forget(before, 'same_id')
      this.#insert(record)
    }
  }

  #recordOf(hash: string): number {
    this.#catchUp()
    readWords(hash, this.#hash)
    return this.#find(this.#hash, 0)
  }

  /** The record is no longer found; its place is free when it is the oldest. */
  #forget(record: number, reason: (typeof DROPS)[number]): void {
    const state = this.#stateOf(record) & STATE_MASK
    if (state === STATE.GONE) return
    this.#remove(record)
    if (state === STATE.PENDING) {
      this.#pending -= 1
      this.#dropped[reason] += 1
    }
    const held = this.#held.get(record)
    if (held !== undefined) {
      this.#held.delete(record)
      this.#overdue.push(this.#joined(held))
    }
    this.#setState(record, STATE.GONE)
  }

  #joined({ record, labels, labelTimeMs }: Held): JoinedPrediction {
    return { prediction: this.#read(record), labels, labelTimeMs }
  }

  #dropOldest(reason: 'store_full' | 'expired'): void {
    this.#catchUp()
    do {
      if ((this.#stateOf(this.#head) & IS_FURTHER) === 0) this.#forget(this.#head, reason)
      this.#head = (this.#head + 1) % this.#capacity
      this.#count -= 1
    } while (this.#count > 0 && (this.#stateOf(this.#head) & IS_FURTHER) !== 0)
  }

  #setState(record: number, state: number): void {
    const at = record * STRIDE + TARGET_AT
    this.#words[at] = ((this.#words[at] as number) & ~STATE_MASK) | state
  }

  /** The state and the bits above it. */
  #stateOf(record: number): number {
    return (this.#words[record * STRIDE + TARGET_AT] as number) & 0xff
  }

  #targetOf(record: number): Target {
    return this.#targetTable[(this.#words[record * STRIDE + TARGET_AT] as number) >>> TARGET_SHIFT] as Target
  }

  #secondsOf(record: number): number {
    return this.#words[record * STRIDE + SECONDS_AT] as number
  }

  #read(first: number): WaitingPrediction {
    const outputs: (OutputPrediction & { readonly output: string })[] = []
    const { model, version } = this.#targetOf(first)
    const end = (this.#head + this.#count) % this.#capacity
    let record = first
    do {
      const state = this.#stateOf(record)
      if (record !== first && (state & IS_FURTHER) === 0) break
      const { output } = this.#targetOf(record)
      const number = this.#numbers[(record * STRIDE) / 2 + VALUE_AT] as number
      const score = this.#numbers[(record * STRIDE) / 2 + SCORE_AT] as number
      const value =
        (state & IS_TEXT) !== 0
          ? (this.#texts[number] ?? 'other')
          : (state & IS_BOOLEAN) !== 0
            ? number === 1
            : number
      if (output !== NO_OUTPUT)
        outputs.push({ output, value, score: Number.isNaN(score) ? undefined : score })
      record = (record + 1) % this.#capacity
    } while (record !== end)
    return { model, version, timeMs: this.#secondsOf(first) * 1000, outputs }
  }

  #grow(): void {
    this.#catchUp()
    const { maxPending } = this.#limits
    const capacity = Math.min(
      Math.max(FIRST_CAPACITY, this.#capacity * 2),
      Math.max(maxPending, FIRST_CAPACITY),
    )
    const words = new Uint32Array(capacity * STRIDE)
    const held = [...this.#held.values()]
    const fromHead = Math.min(this.#count, this.#capacity - this.#head)
    words.set(this.#words.subarray(this.#head * STRIDE, (this.#head + fromHead) * STRIDE))
    words.set(this.#words.subarray(0, (this.#count - fromHead) * STRIDE), fromHead * STRIDE)
    const place = (record: number): number => (record - this.#head + this.#capacity) % this.#capacity
    this.#held.clear()
    for (const entry of held) this.#held.set(place(entry.record), { ...entry, record: place(entry.record) })
    this.#words = words
    this.#numbers = new Float64Array(words.buffer)
    this.#capacity = capacity
    this.#head = 0
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 1.5)))
    for (let record = 0; record < this.#count; record += 1) {
      const state = this.#stateOf(record)
      if ((state & IS_FURTHER) === 0 && (state & STATE_MASK) !== STATE.GONE) this.#insert(record)
    }
  }

  #targetNumber(model: string, version: string, output: string): number {
    // Mostly the same as of the prediction before.
    const last = this.#targetTable[this.#lastTarget]
    if (last?.output === output && last.model === model && last.version === version) return this.#lastTarget
    const number = this.#findTarget(model, version, output)
    if (number !== -1) this.#lastTarget = number
    return number
  }

  #findTarget(model: string, version: string, output: string): number {
    const key = `${model}\n${version}\n${output}`
    const known = this.#targetNumbers.get(key)
    if (known !== undefined) return known
    if (this.#targetTable.length >= MAX_TARGETS) return -1
    this.#targetTable.push({ model, version, output })
    this.#targetNumbers.set(key, this.#targetTable.length - 1)
    return this.#targetTable.length - 1
  }

  /** Beyond the limit a number without a text, which reads as `other`. */
  #textNumber(text: string): number {
    const known = this.#textNumbers.get(text)
    if (known !== undefined) return known
    if (this.#texts.length >= MAX_TEXTS) return MAX_TEXTS
    this.#texts.push(text)
    this.#textNumbers.set(text, this.#texts.length - 1)
    return this.#texts.length - 1
  }

  // The index: linear probing; a removal moves those behind it up, so that no tombstones gather.

  #find(hash: Uint32Array, from: number): number {
    const mask = this.#index.length - 1
    if (mask < 0) return -1
    const first = hash[from] as number
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const record = (this.#index[slot] as number) - 1
      if (record === -1) return -1
      const at = record * STRIDE
      if (
        this.#words[at] === first &&
        this.#words[at + 1] === hash[from + 1] &&
        this.#words[at + 2] === hash[from + 2] &&
        this.#words[at + 3] === hash[from + 3]
      )
        return record
    }
  }

  #insert(record: number): void {
    const mask = this.#index.length - 1
    let slot = (this.#words[record * STRIDE] as number) & mask
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask
    this.#index[slot] = record + 1
  }

  #remove(record: number): void {
    const mask = this.#index.length - 1
    let slot = (this.#words[record * STRIDE] as number) & mask
    while (this.#index[slot] !== record + 1) {
      if (this.#index[slot] === 0) return
      slot = (slot + 1) & mask
    }
    let hole = slot
    for (let next = (slot + 1) & mask; this.#index[next] !== 0; next = (next + 1) & mask) {
      const home = (this.#words[((this.#index[next] as number) - 1) * STRIDE] as number) & mask
      // Whether `home` lies cyclically in (hole, next]: then the entry is reached without the hole.
      const stays = hole < next ? home > hole && home <= next : home > hole || home <= next
      if (stays) continue
      this.#index[hole] = this.#index[next] as number
      hole = next
    }
    this.#index[hole] = 0
  }
}

/** 16 Latin-1 characters → four words. */
function readWords(hash: string, words: Uint32Array): void {
  for (let word = 0; word < WORDS; word += 1) {
    const at = word * 4
    words[word] =
      hash.charCodeAt(at) |
      (hash.charCodeAt(at + 1) << 8) |
      (hash.charCodeAt(at + 2) << 16) |
      (hash.charCodeAt(at + 3) << 24)
  }
}
