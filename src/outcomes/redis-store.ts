/**
 * Pending predictions in Redis or Valkey, so that a label may arrive at any replica. Predictions are sent in batches.
 * While the store is down, predictions and labels go to the spool in order, and are sent when the store is back.
 */
import { hexOf, textOf } from './id-hash.ts'
import { zeroCounts } from './outcome.ts'
import type { RedisConnection, RedisReply } from './redis-connection.ts'
import { ATTACH, CLAIM, CLAIM_MS, CONFIRM, EXPIRE, PENDING, PREFIX, PUT } from './redis-scripts.ts'
import type { Spool } from './spool.ts'
import type {
  Attachment,
  HashedLabel,
  JoinedPrediction,
  PredictionStore,
  StoreLimits,
  StoreStats,
  WaitingPrediction,
} from './store.ts'
import { readLabel, readPrediction, writeLabel, writePrediction } from './waiting-text.ts'

const BATCH = 200
/** Maximum predictions queued in this process. */
const MAX_QUEUED = 50_000
const MOST_AT_ONCE = 1_000
/** Predictions dropped in one step when Redis has no memory left. */
const DROPPED_WHEN_FULL = 2_000
/** Attempts to make room for one batch. */
const MOST_TRIES = 3
const PLACES_PER_MS = 1_000
const DROPS = ['store_full', 'expired', 'same_id', 'store_failed'] as const

const ANSWERS: readonly Attachment[] = ['unknown', 'held', 'replaced', 'duplicate']

/** A sent entry, and its form in the spool. */
type Entry = readonly ['p', string, number, string] | readonly ['l', string, string]

export interface RedisStoreOptions extends StoreLimits {
  readonly connection: RedisConnection
  readonly spool: Spool
}

export class RedisStore implements PredictionStore {
  readonly #options: RedisStoreOptions
  readonly #dropped = zeroCounts(DROPS)
  #queue: Entry[] = []
  #pending: number | undefined
  #late: Attachment[] = []
  /** Hashes of labels counted here, until Redis has confirmed them. */
  #unconfirmed: string[] = []
  #lastDueMs = 0
  #opened: Promise<void> | undefined
  /** Operations run one after the other, so that order is kept. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: RedisStoreOptions) {
    this.#options = options
  }

  put(hash: Uint32Array, prediction: WaitingPrediction): void {
    if (this.#queue.length >= MAX_QUEUED) {
      this.#dropped.store_failed += 1
      return
    }
    this.#queue.push(['p', hexOf(textOf(hash)), Math.round(prediction.timeMs), writePrediction(prediction)])
    if (this.#queue.length === BATCH) void this.#inTurn(() => this.#flush())
  }

  attach(labels: readonly HashedLabel[], nowMs: number): Promise<readonly Attachment[]> {
    return this.#inTurn(async () => {
      await this.#flush()
      const entries = labels.map(({ hash, ...label }): Entry => ['l', hexOf(hash), writeLabel(label)])
      const answers: Attachment[] = []
      for (let start = 0; start < entries.length; start += BATCH) {
        const batch = entries.slice(start, start + BATCH)
        const sent = this.#options.spool.bytes > 0 ? undefined : await this.#sendLabels(batch, nowMs)
        answers.push(...(sent ?? (await this.#keep(batch))))
      }
      return answers
    })
  }

  settled(nowMs: number): Promise<readonly JoinedPrediction[]> {
    return this.#inTurn(async () => {
      if (!(await this.#confirm())) return []
      const reply = await this.#script(CLAIM, [nowMs, MOST_AT_ONCE, nowMs - CLAIM_MS])
      if (!('value' in reply)) return []
      const found = reply.value as readonly string[]
      const joined: JoinedPrediction[] = []
      for (let place = 0; place < found.length; place += 3) {
        const [hash, text, label] = found.slice(place, place + 3) as [string, string, string]
        this.#unconfirmed.push(hash)
        const prediction = readPrediction(text)
        const labels = readLabel(label)
        if (prediction !== undefined && labels !== undefined)
          joined.push({ prediction, labels: labels.labels, labelTimeMs: labels.timeMs })
      }
      // If the answer to this is lost, it is repeated before anything else is claimed.
      await this.#confirm()
      return joined
    })
  }

  async find(hash: string): Promise<WaitingPrediction | undefined> {
    await this.#inTurn(() => this.#flush())
    const reply = await this.#options.connection.command(['HGET', `${PREFIX}p:${hexOf(hash)}`, 'd'])
    return 'value' in reply && typeof reply.value === 'string' ? readPrediction(reply.value) : undefined
  }

  tick(nowMs: number): Promise<void> {
    return this.#inTurn(async () => {
      const { connection, spool, horizonMs } = this.#options
      await (this.#opened ??= spool.open())
      await connection.connect(nowMs)
      await this.#unspool(nowMs)
      await this.#flush()
      const expired = await this.#script(EXPIRE, [nowMs - horizonMs, MOST_AT_ONCE])
      if ('value' in expired) this.#dropped.expired += Number(expired.value)
      const pending = await connection.command(['ZCARD', PENDING])
      this.#pending = 'value' in pending ? Number(pending.value) : undefined
    })
  }

  /** Results of spooled labels since the last call. */
  takeLate(): readonly Attachment[] {
    const late = this.#late
    this.#late = []
    return late
  }

  stats(): StoreStats {
    const { connection, spool } = this.#options
    return { pending: this.#pending, dropped: this.#dropped, up: connection.isUp, spoolBytes: spool.bytes }
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#flush())
    this.#options.connection.close()
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** Sends new entries to Redis, or appends them to the spool if it is not empty. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH)
      this.#queue = this.#queue.slice(BATCH)
      const isSent = this.#options.spool.bytes === 0 && (await this.#sendPredictions(batch))
      if (!isSent) await this.#keep(batch)
    }
  }

  async #confirm(): Promise<boolean> {
    if (this.#unconfirmed.length === 0) return true
    const isDone = 'value' in (await this.#script(CONFIRM, this.#unconfirmed))
    if (isDone) this.#unconfirmed = []
    return isDone
  }

  async #unspool(nowMs: number): Promise<void> {
    const { spool, connection } = this.#options
    while (spool.bytes > 0 && connection.isUp) {
      const { entries, bytes } = await spool.read()
      const parsed = entries.flatMap(parseEntry)
      for (let start = 0; start < parsed.length;) {
        const kind = parsed[start]?.[0]
        let end = start
        while (end < parsed.length && end - start < BATCH && parsed[end]?.[0] === kind) end += 1
        const batch = parsed.slice(start, end)
        const answers =
          kind === 'l'
            ? await this.#sendLabels(batch, nowMs)
            : (await this.#sendPredictions(batch))
              ? []
              : undefined
        // Entries that arrived are sent again next time: an equal prediction, or a label that replaces itself.
        if (answers === undefined) return
        this.#late.push(...answers)
        start = end
      }
      await spool.done(entries.length, bytes)
    }
  }

  async #sendPredictions(batch: readonly Entry[]): Promise<boolean> {
    const { maxPending, horizonMs } = this.#options
    const values = batch.flatMap((entry) => (entry[0] === 'p' ? [entry[1], entry[2], entry[3]] : []))
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = await this.#script(PUT, [maxPending, horizonMs, ...values])
      if ('value' in reply) {
        const [same = 0, full = 0] = reply.value as readonly number[]
        this.#dropped.same_id += Number(same)
        this.#dropped.store_full += Number(full)
        return true
      }
      if (reply.failure === 'down' || !reply.message.startsWith('OOM') || !(await this.#makeRoom()))
        return false
    }
    return false
  }

  async #sendLabels(batch: readonly Entry[], nowMs: number): Promise<readonly Attachment[] | undefined> {
    const { settleMs, horizonMs } = this.#options
    const values = batch.flatMap((entry) => (entry[0] === 'l' ? [entry[1], entry[2]] : []))
    // Labels become due in order, because the detectors of concept drift depend on it.
    const dueMs = Math.max(nowMs + settleMs, this.#lastDueMs)
    this.#lastDueMs = dueMs + batch.length / PLACES_PER_MS
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = await this.#script(ATTACH, [
        nowMs,
        dueMs,
        Math.max(horizonMs, settleMs + CLAIM_MS),
        ...values,
      ])
      if ('value' in reply)
        return (reply.value as readonly number[]).map((code) => ANSWERS[Number(code)] ?? 'failed')
      if (reply.failure === 'down' || !reply.message.startsWith('OOM') || !(await this.#makeRoom()))
        return undefined
    }
    return undefined
  }

  /** Drops the oldest pending predictions; false without any. */
  async #makeRoom(): Promise<boolean> {
    const reply = await this.#script(EXPIRE, ['+inf', DROPPED_WHEN_FULL])
    const dropped = 'value' in reply ? Number(reply.value) : 0
    this.#dropped.store_full += dropped
    return dropped > 0
  }

  async #keep(batch: readonly Entry[]): Promise<readonly Attachment[]> {
    const kept = await this.#options.spool.append(batch.map((entry) => JSON.stringify(entry)))
    for (const [kind] of batch.slice(kept)) if (kind === 'p') this.#dropped.store_failed += 1
    return batch.map((_, place) => (place < kept ? 'kept' : 'failed'))
  }

  #script(script: string, values: readonly (string | number)[]): Promise<RedisReply> {
    return this.#options.connection.script(script, [PENDING], values.map(String))
  }
}

function parseEntry(text: string): Entry[] {
  try {
    const entry = JSON.parse(text) as Entry
    return Array.isArray(entry) && (entry[0] === 'p' || entry[0] === 'l') ? [entry] : []
  } catch {
    // The end of a file that was cut by a crash.
    return []
  }
}
