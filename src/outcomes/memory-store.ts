// HOT: per prediction
/**
 * Waiting predictions in typed arrays: a ring in the order of arrival, and an open-addressed index over it. One record is
 * one output of one prediction; further outputs of the same prediction follow directly behind its first.
 *
 *     hash 16 | time 4 | target 2 | state 1 | value 8 | score 8 | slot of the index 8…16     bytes
 *
 * Texts (classes) are numbers of a bounded table. The arrays double until `maxPending`.
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
  #hashes = new Uint32Array(0)
  #seconds = new Uint32Array(0)
  #targets = new Uint16Array(0)
  #states = new Uint8Array(0)
  #values = new Float64Array(0)
  #scores = new Float64Array(0)
  /** Place of a record + 1 by hash; 0 is free. Its length is a power of two, at least twice the capacity. */
  #index = new Int32Array(0)
  /** The oldest record, and how many there are. */
  #head = 0
  #count = 0
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
  readonly #words = new Uint32Array(WORDS)

  constructor(limits: StoreLimits) {
    this.#limits = limits
  }

  put(hash: string, { model, version, timeMs, outputs }: WaitingPrediction): void {
    readWords(hash, this.#words)
    const before = this.#find(this.#words)
    if (before !== -1) this.#forget(before, 'same_id')
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
    readWords(hash, this.#words)
    const record = this.#find(this.#words)
    return Promise.resolve(record === -1 ? undefined : this.#read(record))
  }

  tick(nowMs: number): Promise<void> {
    const oldestSecond = Math.floor((nowMs - this.#limits.horizonMs) / 1000)
    while (this.#count > 0 && (this.#seconds[this.#head] as number) < oldestSecond)
      this.#dropOldest('expired')
    return Promise.resolve()
  }

  stats(): StoreStats {
    return { pending: this.#pending, dropped: this.#dropped, up: true, spoolBytes: 0 }
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.#capacity * (WORDS * 4 + 4 + 2 + 1 + 8 + 8) + this.#index.byteLength
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #attach({ hash, labels, timeMs }: HashedLabel, nowMs: number): Attachment {
    readWords(hash, this.#words)
    const record = this.#find(this.#words)
    if (record === -1) return 'unknown'
    const state = (this.#states[record] as number) & STATE_MASK
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
    this.#hashes.set(this.#words, record * WORDS)
    this.#seconds[record] = Math.floor(timeMs / 1000)
    this.#targets[record] = target
    const isText = typeof value === 'string'
    const isBoolean = typeof value === 'boolean'
    this.#states[record] =
      STATE.PENDING | (isText ? IS_TEXT : 0) | (isBoolean ? IS_BOOLEAN : 0) | (isFurther ? IS_FURTHER : 0)
    this.#values[record] = isText ? this.#textNumber(value) : Number(value)
    this.#scores[record] = score ?? Number.NaN
    this.#count += 1
    if (isFurther) return
    this.#pending += 1
    this.#insert(record)
  }

  /** The record is no longer found; its place is free when it is the oldest. */
  #forget(record: number, reason: (typeof DROPS)[number]): void {
    const state = (this.#states[record] as number) & STATE_MASK
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
    do {
      if (((this.#states[this.#head] as number) & IS_FURTHER) === 0) this.#forget(this.#head, reason)
      this.#head = (this.#head + 1) % this.#capacity
      this.#count -= 1
    } while (this.#count > 0 && ((this.#states[this.#head] as number) & IS_FURTHER) !== 0)
  }

  #setState(record: number, state: number): void {
    this.#states[record] = ((this.#states[record] as number) & ~STATE_MASK) | state
  }

  #read(first: number): WaitingPrediction {
    const outputs: (OutputPrediction & { readonly output: string })[] = []
    const { model, version } = this.#targetTable[this.#targets[first] as number] as Target
    const end = (this.#head + this.#count) % this.#capacity
    let record = first
    do {
      const state = this.#states[record] as number
      if (record !== first && (state & IS_FURTHER) === 0) break
      const { output } = this.#targetTable[this.#targets[record] as number] as Target
      const number = this.#values[record] as number
      const score = this.#scores[record] as number
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
    return { model, version, timeMs: (this.#seconds[first] as number) * 1000, outputs }
  }

  #grow(): void {
    const { maxPending } = this.#limits
    const capacity = Math.min(
      Math.max(FIRST_CAPACITY, this.#capacity * 2),
      Math.max(maxPending, FIRST_CAPACITY),
    )
    const moved = (from: number): number => (this.#head + from) % Math.max(this.#capacity, 1)
    const [hashes, seconds, targets] = [
      new Uint32Array(capacity * WORDS),
      new Uint32Array(capacity),
      new Uint16Array(capacity),
    ]
    const [states, values, scores] = [
      new Uint8Array(capacity),
      new Float64Array(capacity),
      new Float64Array(capacity),
    ]
    const held = [...this.#held.values()]
    for (let to = 0; to < this.#count; to += 1) {
      const from = moved(to)
      for (let word = 0; word < WORDS; word += 1)
        hashes[to * WORDS + word] = this.#hashes[from * WORDS + word] as number
      seconds[to] = this.#seconds[from] as number
      targets[to] = this.#targets[from] as number
      states[to] = this.#states[from] as number
      values[to] = this.#values[from] as number
      scores[to] = this.#scores[from] as number
    }
    const place = (record: number): number => (record - this.#head + this.#capacity) % this.#capacity
    this.#held.clear()
    for (const entry of held) this.#held.set(place(entry.record), { ...entry, record: place(entry.record) })
    this.#hashes = hashes
    this.#seconds = seconds
    this.#targets = targets
    this.#states = states
    this.#values = values
    this.#scores = scores
    this.#capacity = capacity
    this.#head = 0
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 1.5)))
    for (let record = 0; record < this.#count; record += 1) {
      const state = this.#states[record] as number
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

  #find(words: Uint32Array): number {
    const mask = this.#index.length - 1
    if (mask < 0) return -1
    for (let slot = (words[0] as number) & mask; ; slot = (slot + 1) & mask) {
      const record = (this.#index[slot] as number) - 1
      if (record === -1) return -1
      const at = record * WORDS
      if (
        this.#hashes[at] === words[0] &&
        this.#hashes[at + 1] === words[1] &&
        this.#hashes[at + 2] === words[2] &&
        this.#hashes[at + 3] === words[3]
      )
        return record
    }
  }

  #insert(record: number): void {
    const mask = this.#index.length - 1
    let slot = (this.#hashes[record * WORDS] as number) & mask
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask
    this.#index[slot] = record + 1
  }

  #remove(record: number): void {
    const mask = this.#index.length - 1
    let slot = (this.#hashes[record * WORDS] as number) & mask
    while (this.#index[slot] !== record + 1) {
      if (this.#index[slot] === 0) return
      slot = (slot + 1) & mask
    }
    let hole = slot
    for (let next = (slot + 1) & mask; this.#index[next] !== 0; next = (next + 1) & mask) {
      const home = (this.#hashes[((this.#index[next] as number) - 1) * WORDS] as number) & mask
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
