/** Asks Prometheus what a panel of a board asks, over a range or at one instant, and names the answers. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import type { Interpolation } from './interpolate.ts'
import { interpolate } from './interpolate.ts'

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Unix seconds and value, ascending; one point for an instant query. */
  readonly points: readonly (readonly [seconds: number, value: number])[]
}

export interface Answer {
  readonly refId: string
  readonly expr: string
  readonly series: readonly Series[]
}

export interface Source extends Interpolation {
  /** Prometheus, without a slash at the end. */
  readonly url: string
  readonly stepSeconds: number
}

interface Response {
  readonly status: string
  readonly error?: string
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>
      readonly value?: [number, string]
      readonly values?: [number, string][]
    }[]
  }
}

function nameOf(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '').trim()
}

async function ask({ expr, legendFormat, instant, refId }: Dataquery, source: Source): Promise<Answer> {
  const { url, range, stepSeconds } = source
  const parameters: Record<string, string> =
    instant === true
      ? { query: expr, time: String(range.to) }
      : { query: expr, start: String(range.from), end: String(range.to), step: String(stepSeconds) }
  const response = await fetch(`${url}/api/v1/${instant === true ? 'query' : 'query_range'}`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  })
  const { status, error, data } = (await response.json()) as Response
  if (status !== 'success') throw new Error(`${expr}: ${error ?? response.statusText}`)
  return {
    refId: refId ?? '',
    expr,
    series: data.result.map(({ metric, value, values }) => ({
      name: nameOf(legendFormat ?? '', metric),
      labels: metric,
      points: (values ?? (value === undefined ? [] : [value])).map(
        ([at, text]) => [at, Number(text)] as const,
      ),
    })),
  }
}

/** The answers of every query of a panel, in order. */
export function askPanel(panel: Panel, board: Dashboard, source: Source): Promise<Answer[]> {
  const targets = (panel.targets ?? []) as Dataquery[]
  return Promise.all(
    targets.map((target) => ask({ ...target, expr: interpolate(target.expr, board, source) }, source)),
  )
}
