/**
 * Pending predictions in a file of the state directory, for horizons of months and across restarts. Node's SQLite is
 * synchronous, so writes are batched: half a millisecond for a hundred predictions.
 */
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { lazyPackage } from '../lib/lazy-package.ts'
import type { Logger } from '../lib/logger.ts'
import { textOf } from './id-hash.ts'
import { zeroCounts } from './outcome.ts'
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

const sqlite = lazyPackage<{ readonly DatabaseSync: typeof DatabaseSync }>('node:sqlite')

const FILE = 'outcomes.sqlite'
const BATCH = 500
/** Labels of one call become due in order, because the detectors of concept drift depend on it. */
const PLACES_PER_MS = 1_000
/** Maximum rows dropped in one step. */
const MOST_AT_ONCE = 10_000
const STATE = { PENDING: 0, HELD: 1, LABELLED: 2 } as const
const DROPS = ['store_full', 'expired', 'same_id', 'store_failed'] as const

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS prediction (
    hash BLOB PRIMARY KEY, time INTEGER NOT NULL, text TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, label TEXT, due REAL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_time ON prediction (time);
  CREATE INDEX IF NOT EXISTS by_due ON prediction (due) WHERE state = 1;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`

export interface SqliteStoreOptions extends StoreLimits {
  readonly directory: string
  readonly logger: Logger
}

export class SqliteStore implements PredictionStore {
  readonly #limits: StoreLimits
  readonly #logger: Logger
  readonly #database: DatabaseSync
  readonly #statements: Readonly<
    Record<
      'get' | 'put' | 'hold' | 'replace' | 'due' | 'label' | 'expired' | 'oldest' | 'remove',
      StatementSync
    >
  >
  readonly #dropped = zeroCounts(DROPS)
  #queue: { readonly hash: string; readonly prediction: WaitingPrediction }[] = []
  #rows = 0
  #pending = 0
  #isUp = true

  constructor({ directory, logger, ...limits }: SqliteStoreOptions) {
    this.#limits = limits
    this.#logger = logger
    this.#database = openDatabase(directory, logger)
    const prepare = (text: string): StatementSync => this.#database.prepare(text)
    this.#statements = {
      get: prepare('SELECT text, state FROM prediction WHERE hash = ?'),
      put: prepare(
        'INSERT INTO prediction (hash, time, text) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET time = excluded.time, text = excluded.text, state = 0, label = NULL, due = NULL',
      ),
      hold: prepare('UPDATE prediction SET state = 1, label = ?, due = ? WHERE hash = ?'),
      replace: prepare('UPDATE prediction SET label = ? WHERE hash = ?'),
      due: prepare(
        'SELECT hash, text, label FROM prediction WHERE state = 1 AND due <= ? ORDER BY due LIMIT ?',
      ),
      label: prepare('UPDATE prediction SET state = 2, label = NULL, due = NULL WHERE hash = ?'),
      expired: prepare(
        'SELECT hash, state FROM prediction WHERE time < ? AND state <> 1 ORDER BY time LIMIT ?',
      ),
      oldest: prepare('SELECT hash, state FROM prediction WHERE state <> 1 ORDER BY time LIMIT ?'),
      remove: prepare('DELETE FROM prediction WHERE hash = ?'),
    }
    this.#rows = countOf(this.#database, 'SELECT count(*) AS n FROM prediction')
    this.#pending = countOf(this.#database, 'SELECT count(*) AS n FROM prediction WHERE state = 0')
  }

  /** The key of the ids in this file, created if missing. */
  key(make: () => string): string {
    this.#database.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('key', ?)").run(make())
    return String(this.#database.prepare("SELECT value FROM meta WHERE name = 'key'").get()?.['value'])
  }

  put(hash: Uint32Array, prediction: WaitingPrediction): void {
    this.#queue.push({ hash: textOf(hash), prediction })
    if (this.#queue.length >= BATCH) this.#flush()
  }

  attach(labels: readonly HashedLabel[], nowMs: number): Promise<readonly Attachment[]> {
    this.#flush()
    const answers = this.#transaction(() =>
      labels.map((label, place) => this.#attach(label, nowMs + place / PLACES_PER_MS)),
    )
    return Promise.resolve(answers ?? labels.map(() => 'failed'))
  }

  settled(nowMs: number): Promise<readonly JoinedPrediction[]> {
    this.#flush()
    const joined: JoinedPrediction[] = []
    this.#transaction(() => {
      for (const { hash, text, label } of this.#statements.due.all(nowMs, MOST_AT_ONCE)) {
        this.#statements.label.run(hash ?? null)
        const prediction = readPrediction(String(text))
        const labels = readLabel(String(label))
        if (prediction !== undefined && labels !== undefined)
          joined.push({ prediction, labels: labels.labels, labelTimeMs: labels.timeMs })
      }
    })
    return Promise.resolve(joined)
  }

  find(hash: string): Promise<WaitingPrediction | undefined> {
    this.#flush()
    const row = this.#statements.get.get(bytesOf(hash))
    return Promise.resolve(row === undefined ? undefined : readPrediction(String(row['text'])))
  }

  tick(nowMs: number): Promise<void> {
    this.#flush()
    this.#transaction(() => {
      this.#remove(this.#statements.expired.all(nowMs - this.#limits.horizonMs, MOST_AT_ONCE), 'expired')
    })
    return Promise.resolve()
  }

  stats(): StoreStats {
    return { pending: this.#pending, dropped: this.#dropped, up: this.#isUp, spoolBytes: 0 }
  }

  close(): Promise<void> {
    this.#flush()
    this.#database.close()
    return Promise.resolve()
  }

  #attach({ hash, labels, timeMs }: HashedLabel, nowMs: number): Attachment {
    const key = bytesOf(hash)
    const row = this.#statements.get.get(key)
    if (row === undefined) return 'unknown'
    if (row['state'] === STATE.LABELLED) return 'duplicate'
    const label = writeLabel({ labels, timeMs })
    if (row['state'] === STATE.HELD) {
      this.#statements.replace.run(label, key)
      return 'replaced'
    }
    this.#statements.hold.run(label, nowMs + this.#limits.settleMs, key)
    this.#pending -= 1
    return 'held'
  }

  #flush(): void {
    if (this.#queue.length === 0) return
    const queue = this.#queue
    this.#queue = []
    const done = this.#transaction(() => {
      for (const { hash, prediction } of queue) this.#put(bytesOf(hash), prediction)
      const over = this.#rows - this.#limits.maxPending
      if (over > 0) this.#remove(this.#statements.oldest.all(over), 'store_full')
      return true
    })
    if (done === undefined) this.#dropped.store_failed += queue.length
  }

  #put(key: Uint8Array, prediction: WaitingPrediction): void {
    const before = this.#statements.get.get(key)
    // A held label stays with its original prediction.
    if (before?.['state'] === STATE.HELD) return
    this.#statements.put.run(key, Math.round(prediction.timeMs), writePrediction(prediction))
    if (before === undefined) this.#rows += 1
    else if (before['state'] === STATE.PENDING) {
      this.#dropped.same_id += 1
      return
    }
    this.#pending += 1
  }

  #remove(rows: readonly Record<string, unknown>[], reason: 'expired' | 'store_full'): void {
    for (const { hash, state } of rows) {
      this.#statements.remove.run(hash as Uint8Array)
      this.#rows -= 1
      if (state !== STATE.PENDING) continue
      this.#pending -= 1
      this.#dropped[reason] += 1
    }
  }

  /** `undefined` when the transaction failed, for example because the disk is full. */
  #transaction<Result>(work: () => Result): Result | undefined {
    const [rows, pending] = [this.#rows, this.#pending]
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const result = work()
      this.#database.exec('COMMIT')
      this.#isUp = true
      return result
    } catch (error) {
      this.#rows = rows
      this.#pending = pending
      if (this.#isUp)
        this.#logger.error({ err: error }, 'cannot write the outcome store; state.directory must be writable')
      this.#isUp = false
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      return undefined
    }
  }
}

const bytesOf = (hash: string): Uint8Array => Buffer.from(hash, 'latin1')

function countOf(database: DatabaseSync, query: string): number {
  return Number(database.prepare(query).get()?.['n'])
}

/** A file that is not a database, or a damaged one, is set aside, and a new one is created. */
function openDatabase(directory: string, logger: Logger): DatabaseSync {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, FILE)
  const open = (): DatabaseSync => {
    const database = new (sqlite().DatabaseSync)(path)
    try {
      database.exec(SCHEMA)
    } catch (error) {
      database.close()
      throw error
    }
    return database
  }
  try {
    return open()
  } catch (error) {
    const aside = `${path}.unusable`
    logger.warn(
      { err: error, file: path, movedTo: aside },
      'cannot use the outcome store; starting with an empty one',
    )
    renameSync(path, aside)
    return open()
  }
}
