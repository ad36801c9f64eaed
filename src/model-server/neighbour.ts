/** The model server's own metrics beside ours: fetched for a scrape, without ever failing it. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { zeros } from '../lib/zeros.ts'
import type { Get } from './bounded-get.ts'
import { parseFamilies } from './families.ts'
import { type Fetched, fetchMetrics } from './fetch-metrics.ts'
import { mergeExpositions } from './merge.ts'
import type { NeighbourOptions } from './options.ts'
import {
  NEIGHBOUR_DROPS,
  NEIGHBOUR_FAILURES,
  type NeighbourDrop,
  type NeighbourFailure,
  type NeighbourSnapshot,
} from './snapshot.ts'

export interface Neighbour {
  /**
   * Fetches the neighbour's metrics and appends them to ours, within the configured time; returns only ours when the
   * fetch fails. `renderOwn` is called after the fetch, so that its output includes the result of this fetch; it must
   * render the text format 0.0.4. Rejects only with the error of `renderOwn`.
   */
  readonly render: (renderOwn: () => Promise<string>) => Promise<string>
  readonly snapshot: () => NeighbourSnapshot
}

export interface NeighbourDependencies {
  readonly options: NeighbourOptions & { readonly metrics: string }
  readonly clock: Clock
  readonly logger: Logger
  readonly get: Get
}

export function createNeighbour({ options, clock, logger, get }: NeighbourDependencies): Neighbour {
  const failures: Record<NeighbourFailure, number> = zeros(NEIGHBOUR_FAILURES)
  const droppedSamples: Record<NeighbourDrop, number> = zeros(NEIGHBOUR_DROPS)
  let latest = { up: false, durationSeconds: 0, samples: 0 }
  let failing: NeighbourFailure | undefined
  /** Two simultaneous scrapes share one fetch. */
  let pending: Promise<Fetched> | undefined

  async function fetchOnce(): Promise<Fetched> {
    const startedMs = clock.monotonicMs()
    const limits = { timeoutMs: options.timeout, maxBytes: options.maxBytes }
    const fetched = await fetchMetrics(options.metrics, limits, get)
    pending = undefined
    latest = { ...latest, up: 'text' in fetched, durationSeconds: (clock.monotonicMs() - startedMs) / 1000 }
    if ('failure' in fetched) {
      failures[fetched.failure] += 1
      latest = { ...latest, samples: 0 }
      if (failing !== fetched.failure) {
        logger.warn(
          { url: options.metrics, reason: fetched.failure, detail: fetched.detail },
          'cannot fetch the metrics of the model server',
        )
      }
      failing = fetched.failure
    } else failing = undefined
    return fetched
  }

  return {
    async render(renderOwn) {
      pending ??= fetchOnce()
      const fetched = await pending
      const own = await renderOwn()
      if ('failure' in fetched) return own
      const { families, malformed } = parseFamilies(fetched.text)
      const merged = mergeExpositions(own, families.values())
      droppedSamples.malformed += malformed
      droppedSamples['type-conflict'] += merged.conflicting
      latest = { ...latest, samples: merged.samples }
      return merged.text
    },
    snapshot: () => ({ ...latest, failures: { ...failures }, droppedSamples: { ...droppedSamples } }),
  }
}
