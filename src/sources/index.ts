/** The sources besides the proxy, in the order of their keys, metrics, sections and start. */
import { cloudevents } from './cloudevents.ts'
import { isEnabled, type Source } from './source.ts'
import { tail } from './tail.ts'

export const sources = { tail, cloudevents } as const satisfies Readonly<Record<string, Source>>

export type SourceName = keyof typeof sources
/** For each configured source. */
export type SourceStats = { readonly [Name in SourceName]?: ReturnType<(typeof sources)[Name]['stats']> }

export const sourceList: readonly Source<SourceName>[] = Object.values(sources)

/** @param config the whole configuration */
export function enabledSources(config: object): readonly Source<SourceName>[] {
  return sourceList.filter((source) => isEnabled(source, config))
}

/** Statistics of the configured sources, before anything is read. */
export function newSourceStats(config: object): SourceStats {
  return Object.fromEntries(enabledSources(config).map((source) => [source.name, source.stats()]))
}

/** For messages: `read logs (tail.files) or take events (cloudevents.listen)`. */
export const otherWaysIn: string = sourceList
  .map(({ name, purpose, enabledBy }) => `${purpose} (${name}.${enabledBy})`)
  .join(' or ')
