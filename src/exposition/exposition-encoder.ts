// HOT: per series of a collection
/**
 * Renders collected data as Prometheus text 0.0.4 or OpenMetrics 1.0. The text before the number of a series (name and
 * labels) is rendered once as a flat string, and cached with its attributes object, which producers and the SDK reuse
 * between collections. For each series this leaves one look-up, one number and one concatenation. Without the cache,
 * rendering took three times as long, mostly for flattening nested strings. Figures: bench/micro/exposition.ts.
 *
 * Formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import type { Attributes } from '@opentelemetry/api'
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '../instruments/exemplars.ts'
import { getOrAdd } from '../lib/get-or-add.ts'
import { bucketBound, sampleValue } from './number-text.ts'
import { DataPointType } from './opentelemetry.ts'

export type Format = 'text' | 'openmetrics'

/** Newest exemplars by bucket of one series of a histogram. */
export type ExemplarLookup = (
  metric: string,
  attributes: Attributes,
) => readonly (Exemplar | undefined)[] | undefined

export interface Encoded {
  readonly text: string
  readonly series: number
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: 'seconds',
  By: 'bytes',
  '1': 'ratio',
  Cel: 'celsius',
  W: 'watts',
  Hz: 'hertz',
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')

/** `{a="1",b="2"}`, or empty without labels. For Prometheus an empty label equals an absent one. */
function renderLabels(attributes: Attributes): string {
  let text = ''
  for (const name in attributes) {
    const value = String(attributes[name] ?? '')
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeLabel(value)}"`
  }
  return text === '' ? '' : `{${text}}`
}

/** The text as a flat string: a concatenated string remains a tree of its parts until it is read. */
const flat = (text: string): string => Buffer.from(text).toString()

/** The text before the values of one histogram's lines. */
interface HistogramHeads {
  /** `name_bucket{a="1",le="0.5"} `, one for each bucket. */
  readonly buckets: readonly string[]
  readonly sum: string
  readonly count: string
}

/** By the attributes objects of one metric. */
interface FamilyHeads {
  readonly numbers: WeakMap<Attributes, string>
  /** By bounds too: one array for each instrument. */
  readonly histograms: WeakMap<readonly number[], WeakMap<Attributes, HistogramHeads>>
}

export class ExpositionEncoder {
  readonly #heads = new Map<string, FamilyHeads>()

  encode(
    { scopeMetrics }: ResourceMetrics,
    format: Format,
    exemplars: ExemplarLookup = () => undefined,
  ): Encoded {
    let text = ''
    let series = 0
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        const family = this.#family(metric, format, exemplars)
        text += family.text
        series += family.series
      }
    }
    return { text: format === 'openmetrics' ? `${text}# EOF\n` : text, series }
  }

  #family(metric: MetricData, format: Format, exemplars: ExemplarLookup): Encoded {
    const { name } = metric.descriptor
    const heads = this.#headsOf(name)
    let text = familyHead(metric, format)
    if (metric.dataPointType === DataPointType.HISTOGRAM) {
      const lookup = format === 'openmetrics' ? exemplars : () => undefined
      let series = 0
      for (const point of metric.dataPoints) {
        text += renderHistogram(histogramHeads(heads, name, point), point, lookup(name, point.attributes))
        series += point.value.buckets.counts.length + 2
      }
      return { text, series }
    }
    // modeltap never creates these, and neither format can represent them.
    if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return { text: '', series: 0 }
    for (const { attributes, value } of metric.dataPoints) {
      text += `${numberHead(heads, name, attributes)}${sampleValue(value)}\n`
    }
    return { text, series: metric.dataPoints.length }
  }

  /** Bounded by the catalogue: one entry for each metric. */
  #headsOf(name: string): FamilyHeads {
    return getOrAdd(this.#heads, name, () => ({ numbers: new WeakMap(), histograms: new WeakMap() }))
  }
}

function numberHead({ numbers }: FamilyHeads, name: string, attributes: Attributes): string {
  const known = numbers.get(attributes)
  if (known !== undefined) return known
  const rendered = flat(`${name}${renderLabels(attributes)} `)
  numbers.set(attributes, rendered)
  return rendered
}

function histogramHeads(
  { histograms }: FamilyHeads,
  name: string,
  { attributes, value: { buckets } }: DataPoint<Histogram>,
): HistogramHeads {
  const { boundaries } = buckets
  let byAttributes = histograms.get(boundaries)
  if (byAttributes === undefined) {
    byAttributes = new WeakMap()
    histograms.set(boundaries, byAttributes)
  }
  const known = byAttributes.get(attributes)
  if (known !== undefined) return known
  const labels = renderLabels(attributes)
  const open = labels === '' ? '{' : `${labels.slice(0, -1)},`
  const rendered = {
    buckets: [...boundaries, Infinity].map((bound) =>
      flat(`${name}_bucket${open}le="${bucketBound(bound)}"} `),
    ),
    sum: flat(`${name}_sum${labels} `),
    count: flat(`${name}_count${labels} `),
  }
  byAttributes.set(attributes, rendered)
  return rendered
}

function renderHistogram(
  heads: HistogramHeads,
  { value }: DataPoint<Histogram>,
  exemplars: readonly (Exemplar | undefined)[] | undefined,
): string {
  let text = ''
  let cumulative = 0
  for (const [index, count] of value.buckets.counts.entries()) {
    cumulative += count
    text += `${heads.buckets[index] ?? ''}${cumulative}${renderExemplar(exemplars?.[index])}\n`
  }
  return `${text}${heads.sum}${sampleValue(value.sum ?? 0)}\n${heads.count}${value.count}\n`
}

function renderExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { traceId, value, epochMs } = exemplar
  return ` # {trace_id="${traceId}"} ${sampleValue(value)} ${epochMs / 1000}`
}

function familyHead({ descriptor, dataPointType }: MetricData, format: Format): string {
  const { name, description, unit } = descriptor
  const type =
    dataPointType === DataPointType.HISTOGRAM
      ? 'histogram'
      : dataPointType === DataPointType.SUM
        ? 'counter'
        : 'gauge'
  if (format === 'text') return `# HELP ${name} ${escapeHelp(description)}\n# TYPE ${name} ${type}\n`
  // OpenMetrics names a counter's family without `_total`, and allows a unit only as the suffix of the name.
  const family = type === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name
  const word = UNIT_WORDS[unit]
  const unitLine = word !== undefined && family.endsWith(`_${word}`) ? `# UNIT ${family} ${word}\n` : ''
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeLabel(description)}\n`
}
