/** Starts the configured sources besides the proxy. */
import type { RunConfig } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { enabledSources, newSourceStats, type SourceName, type SourceStats } from '../sources/index.ts'
import type { RecordSink } from '../sources/record-sink.ts'
import type { OpenSource, SourceSettings } from '../sources/source.ts'
import type { KeptState } from './kept-state.ts'

export interface SourcesOptions {
  readonly config: RunConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: RecordSink
  readonly kept: KeptState
}

export interface Sources {
  readonly stats: SourceStats
  /** Stops reading after everything read was delivered. */
  readonly stop: () => Promise<void>
}

/** @throws ModeltapError LISTEN_FAILED; then none is open */
export async function startSources({ config, kept, ...context }: SourcesOptions): Promise<Sources> {
  const stats = newSourceStats(config)
  const settings = settingsOf(config)
  const opened: OpenSource[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(opened.map((source) => source.stop()))
  }
  try {
    for (const source of enabledSources(config)) {
      const open = await source.open(config[source.name], {
        ...context,
        settings,
        stats: stats[source.name] as NonNullable<SourceStats[SourceName]>,
        place: kept.places.get(source.name),
      })
      opened.push(open)
      if (open.resume !== undefined) kept.follow(source.name, open.resume)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { stats, stop }
}

function settingsOf({ columnNames, limits, state }: RunConfig): SourceSettings {
  return {
    columnNames,
    maxColumns: limits.features,
    maxBodyBytes: limits.bodyBytes,
    stateDirectory: state.directory,
  }
}
