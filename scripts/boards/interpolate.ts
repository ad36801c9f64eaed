/** Grafana's variables, replaced as Grafana replaces them. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

/** Chosen values by variable; a variable that is not here stands on "All". */
export type Selection = Readonly<Record<string, string>>

export interface TimeRange {
  /** Unix seconds. */
  readonly from: number
  readonly to: number
}

export interface Interpolation {
  readonly selection: Selection
  /** What Grafana computes from the panel's width and the scrape interval. */
  readonly rateIntervalSeconds: number
  readonly range: TimeRange
}

/** Regular expression metacharacters are escaped, as Grafana does for `=~"$variable"`, twice for the string. */
const escape = (value: string): string => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&')

export function interpolate(
  expr: string,
  board: Pick<Dashboard, 'templating'>,
  { selection, rateIntervalSeconds, range }: Interpolation,
): string {
  const variables = (board.templating?.list ?? []).filter(({ type }) => type === 'query')
  const replaced = variables.reduce((text, { name, allValue }) => {
    const chosen = selection[name]
    return text.replaceAll(`$${name}"`, `${chosen === undefined ? (allValue ?? '.*') : escape(chosen)}"`)
  }, expr)
  return replaced
    .replaceAll('$__rate_interval', `${rateIntervalSeconds}s`)
    .replaceAll('$__range', `${Math.round(range.to - range.from)}s`)
}
