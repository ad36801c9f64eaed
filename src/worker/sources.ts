/** The ways in besides the proxy, as far as they are configured. */
import type { RunConfig } from '../config/schema.ts'
import type { SelfSnapshot } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import { formatAddress } from '../lib/address.ts'
import type { Logger } from '../lib/logger.ts'
import type { KeptState } from './kept-state.ts'
import type { RecordSink } from '../sources/record-sink.ts'

export interface SourcesOptions {
  readonly config: RunConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: RecordSink
  readonly kept: KeptState | undefined
}

export interface Sources {
  readonly stats: Pick<SelfSnapshot, 'tail' | 'cloudevents'>
  /** Ends reading, with everything delivered that was read. */
  readonly stop: () => Promise<void>
}

/** @throws ModeltapError LISTEN_FAILED */
export async function startSources(options: SourcesOptions): Promise<Sources> {
  const cloudevents = await openCloudevents(options)
  const { kept } = options
  const tail = await openTail(options)
  await tail?.start()
  if (tail !== undefined) kept?.follow(tail)
  return {
    stats: {
      ...(tail && { tail: tail.stats }),
      ...(cloudevents && { cloudevents: cloudevents.stats }),
    },
    stop: async () => {
      await Promise.all([tail?.stop(), cloudevents?.close()])
    },
  }
}

async function openCloudevents({ config, clock, logger, sink }: SourcesOptions) {
  const { listen } = config.cloudevents
  if (listen === undefined) return undefined
  // Loaded when it is wanted: most run the proxy alone.
  const { Cloudevents } = await import('../sources/cloudevents.ts')
  const cloudevents = await Cloudevents.open({
    listen,
    options: config.cloudevents,
    maxBodyBytes: config.limits.bodyBytes,
    clock,
    logger,
    sink,
  })
  logger.info({ cloudevents: formatAddress(cloudevents.address) }, 'CloudEvents are taken')
  return cloudevents
}

async function openTail({ config, clock, logger, sink, kept }: SourcesOptions) {
  if (config.tail.files.length === 0) return undefined
  const { Tail } = await import('../sources/tail.ts')
  return Tail.open({
    options: config.tail,
    columnNames: config.columnNames,
    maxColumns: config.limits.features,
    stateDirectory: config.state.directory,
    kept: kept?.offsets,
    clock,
    logger,
    sink,
  })
}
