/**
 * A way in besides the proxy: one record in the registry (index.ts). Configuration, metrics, the status page and the
 * analysis thread iterate over the records, so that a new way in needs no line in any of them.
 */
import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Unit } from '../lib/units.ts'
import type { RecordSink } from './record-sink.ts'

export type Counts = Readonly<Record<string, number>>

/** A metric that is read from the statistics of a source. */
export interface SourceMetric<Stats> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly unit: Unit
  readonly help: string
  /** The label whose values are the keys of what `read` answers; absent when that is one number. */
  readonly label?: string
  read(stats: Stats): number | Counts
}

/** One line of the status page. Counts are shown as their sum and the reasons that are not zero. */
export interface SourceFact {
  readonly name: string
  readonly value: number | Counts | { readonly bytes: number }
  /** Something was lost, so it is worth a look. */
  readonly alarming?: boolean
}

/** What a source may know of the rest of the configuration. */
export interface SourceSettings {
  /** Names for columns that are only numbered. */
  readonly columnNames: { readonly features: readonly string[]; readonly predictions: readonly string[] }
  /** Columns of a record batch on each side. */
  readonly maxColumns: number
  /** Largest payload, bytes. */
  readonly maxBodyBytes: number
  /** Where a source may keep files of its own; `undefined` when nothing is kept. */
  readonly stateDirectory: string | undefined
}

export interface SourceContext<Stats> {
  readonly settings: SourceSettings
  /** Starts as `stats()` made it; the source counts into it. */
  readonly stats: Stats
  /** The only door into analysis. */
  readonly sink: RecordSink
  readonly clock: Clock
  readonly logger: Logger
  /** What `resume.place` answered for the checkpoint that was taken up; `undefined` when there was none. */
  readonly place: unknown
}

export interface OpenSource {
  /** Ends reading, with everything delivered that was read. */
  readonly stop: () => Promise<void>
  /** For a source that goes on where it stopped: its place is part of every checkpoint. */
  readonly resume?: Resume
}

export interface Resume {
  /** Plain data. How far the rows go that were delivered. */
  readonly place: () => unknown
  /** Delivers nothing while `work` is done, so that what it saves goes exactly as far as `place` says. */
  readonly hold: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Methods, so that a list of sources forgets what each one's options and statistics are. */
export interface Source<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Stats extends object = object,
  Metrics extends Readonly<Record<string, SourceMetric<Stats>>> = Readonly<
    Record<string, SourceMetric<Stats>>
  >,
> {
  /** The key of the configuration, and the name of the file. */
  readonly name: Name
  /** What it does, after "to": `read logs`. */
  readonly purpose: string
  readonly options: Options
  /** The key below `name` that switches the source on: a value, or a list that is not empty. */
  readonly enabledBy: keyof z.output<Options> & string
  /** What it means that its metrics are absent. */
  readonly absence: string
  /** All counts at 0. */
  stats(): Stats
  /** By the name that dashboards use for it; in the order of the exposition. */
  readonly metrics: Metrics
  /** For the status page. */
  section(stats: Stats): readonly SourceFact[]
  /**
   * Loads what the source needs, and starts it.
   *
   * @throws ModeltapError LISTEN_FAILED
   */
  open(options: z.output<Options>, context: SourceContext<Stats>): Promise<OpenSource>
}

export function defineSource<
  const Name extends string,
  Options extends z.ZodObject,
  Stats extends object,
  Metrics extends Readonly<Record<string, SourceMetric<Stats>>>,
>(source: Source<Name, Options, Stats, Metrics>): Source<Name, Options, Stats, Metrics> {
  return source
}

/** @param config the whole configuration: the options of each source by its name */
export function isEnabled({ name, enabledBy }: Source, config: object): boolean {
  const options: unknown = Reflect.get(config, name)
  const value: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, enabledBy) : undefined
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}
