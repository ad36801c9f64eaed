// HOT: per series of a collection
/**
 * Collected data as Prometheus text 0.0.4 or OpenMetrics 1.0. The label text of a series is rendered once and kept
 * beside its attributes object, which producers and the SDK hand out unchanged from collection to collection; what
 * remains per series is one look-up, one number and one concatenation. Figures: bench/micro/exposition.ts.
 *
 * Formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import type { Attributes } from '@opentelemetry/api'
import {
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '../instruments/exemplars.ts'
import { bucketBound, sampleValue } from './number-text.ts'

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

/** `{a="1",b="2"}`, or nothing without labels. An empty label is an absent one, to Prometheus. */
function renderLabels(attributes: Attributes): string {
  let text = ''
  for (const name in attributes) {
    const value = String(attributes[name] ?? '')
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeLabel(value)}"`
  }
  return text === '' ? '' : `{${text}}`
}

export class ExpositionEncoder {
  readonly #labels = new WeakMap<Attributes, string>()
  /** `{a="1",le="0.5"}` for each bucket, by the bounds (one array per instrument) and the attributes. */
  readonly #bucketLabels = new WeakMap<readonly number[], WeakMap<Attributes, readonly string[]>>()

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
    const head = familyHead(metric, format)
    if (metric.dataPointType === DataPointType.HISTOGRAM) {
      const lookup = format === 'openmetrics' ? exemplars : () => undefined
      let text = head
      let series = 0
      for (const point of metric.dataPoints) {
        text += this.#histogram(name, point, lookup(name, point.attributes))
        series += point.value.buckets.counts.length + 2
      }
      return { text, series }
    }
    // Nothing in modeltap makes these, and neither format has a line for them.
    if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return { text: '', series: 0 }
    let text = head
    for (const { attributes, value } of metric.dataPoints) {
      text += `${name + this.#labelsOf(attributes)} ${sampleValue(value)}\n`
    }
    return { text, series: metric.dataPoints.length }
  }

  #histogram(
    name: string,
    { attributes, value }: DataPoint<Histogram>,
    exemplars: readonly (Exemplar | undefined)[] | undefined,
  ): string {
    const labels = this.#labelsOf(attributes)
    const bucketLabels = this.#bucketLabelsOf(attributes, labels, value.buckets.boundaries)
    let text = ''
    let cumulative = 0
    for (const [index, count] of value.buckets.counts.entries()) {
      cumulative += count
      text += `${name}_bucket${bucketLabels[index] ?? ''} ${cumulative}${renderExemplar(exemplars?.[index])}\n`
    }
    return `${text}${name}_sum${labels} ${sampleValue(value.sum ?? 0)}\n${name}_count${labels} ${value.count}\n`
  }

  #labelsOf(attributes: Attributes): string {
    const known = this.#labels.get(attributes)
    if (known !== undefined) return known
    const rendered = renderLabels(attributes)
    this.#labels.set(attributes, rendered)
    return rendered
  }

  #bucketLabelsOf(attributes: Attributes, labels: string, boundaries: readonly number[]): readonly string[] {
    let byAttributes = this.#bucketLabels.get(boundaries)
    if (byAttributes === undefined) {
      byAttributes = new WeakMap()
      this.#bucketLabels.set(boundaries, byAttributes)
    }
    const known = byAttributes.get(attributes)
    if (known !== undefined) return known
    const open = labels === '' ? '{' : `${labels.slice(0, -1)},`
    const rendered = [...boundaries, Infinity].map((bound) => `${open}le="${bucketBound(bound)}"}`)
    byAttributes.set(attributes, rendered)
    return rendered
  }
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
  // OpenMetrics names a counter's family without `_total`, and allows a unit only where the name ends in it.
  const family = type === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name
  const word = UNIT_WORDS[unit]
  const unitLine = word !== undefined && family.endsWith(`_${word}`) ? `# UNIT ${family} ${word}\n` : ''
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeLabel(description)}\n`
}
