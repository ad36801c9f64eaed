/**
 * A source besides the proxy: one record in the registry (index.ts). Configuration, metrics, the status page and the
 * analysis thread iterate over the records, so a new source needs no change in them.
 */
import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Unit } from '../lib/units.ts'
import type { RecordSink } from './record-sink.ts'

export type Counts = Readonly<Record<string, number>>

/** A metric from the statistics of a source. */
export interface SourceMetric<Stats> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly unit: Unit
  readonly help: string
  /** The label for the keys of the result of `read`; absent when the result is a single number. */
  readonly label?: string
  read(stats: Stats): number | Counts
}

/** One line of the status page. Counts are shown as their sum and the non-zero reasons. */
export interface SourceFact {
  readonly name: string
  readonly value: number | Counts | { readonly bytes: number }
  /** Data was lost, so users should check it. */
  readonly alarming?: boolean
}

/** Parts of the configuration available to a source. */
export interface SourceSettings {
  /** Names for columns with only a position. */
  readonly columnNames: { readonly features: readonly string[]; readonly predictions: readonly string[] }
  /** Maximum columns of a record batch on each side. */
  readonly maxColumns: number
  /** Maximum payload size in bytes. */
  readonly maxBodyBytes: number
  /** Directory for a source's own files; `undefined` when nothing is stored. */
  readonly stateDirectory: string | undefined
}

export interface SourceContext<Stats> {
  readonly settings: SourceSettings
  /** Created by `stats()`; the source updates it. */
  readonly stats: Stats
  /** The only way into analysis. */
  readonly sink: RecordSink
  readonly clock: Clock
  readonly logger: Logger
  /** The result of `resume.place` in the restored checkpoint; `undefined` without one. */
  readonly place: unknown
}

export interface OpenSource {
  /** Stops reading after everything read was delivered. */
  readonly stop: () => Promise<void>
  /** For a source that continues where it stopped: its position is part of every checkpoint. */
  readonly resume?: Resume
}

export interface Resume {
  /** The position after the last delivered row, as plain data. */
  readonly place: () => unknown
  /** Delivers nothing while `work` runs, so that the saved state matches `place` exactly. */
  readonly hold: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Methods, so that a list of sources can have different types of options and statistics. */
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
  /** Its purpose as an infinitive: `read logs`. */
  readonly purpose: string
  readonly options: Options
  /** The key below `name` that enables the source: a value, or a non-empty list. */
  readonly enabledBy: keyof z.output<Options> & string
  /** Why its metrics may be absent. */
  readonly absence: string
  /** All counts at 0. */
  stats(): Stats
  /** By the name used in dashboards, in the order of the exposition. */
  readonly metrics: Metrics
  /** For the status page. */
  section(stats: Stats): readonly SourceFact[]
  /**
   * Loads the dependencies of the source and starts it.
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
