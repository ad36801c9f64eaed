/** A status as text for a terminal. Pure. */
import { stringify } from 'yaml'
import { age, count, decimal, milliseconds, percent } from '../../lib/number-format.ts'
import { printableName } from '../../lib/printable.ts'
import type { ModelStatus, Status } from './read-status.ts'

const MOST_DRIFTING = 10
const PADDING = 12

/** Several lines, without a trailing line break. */
export function renderStatus(status: Status): string {
  const { version, url, listen, upstream, uptimeSeconds, models, notUnderstood } = status
  return [
    `modeltap ${printableName(version)} at ${url}/, up ${age(uptimeSeconds)}, ${printableName(trafficOf(listen, upstream))}`,
    ...(models.length === 0 ? ['', 'no model is recognised yet'] : []),
    ...models.flatMap((model) => ['', ...modelLines(model, status.overSeconds)]),
    ...(notUnderstood.length === 0 ? [] : ['', 'not understood']),
    ...notUnderstood.flatMap(routeLines),
  ].join('\n')
}

/** Captures and row sources have no data port; the API then has a description instead. */
function trafficOf(listen: string, upstream: string): string {
  return listen.includes(':')
    ? `passes ${listen} on to ${upstream}`
    : `passes no traffic; model server: ${upstream}`
}

function modelLines(model: ModelStatus, overSeconds: number): string[] {
  const { protocol, features, predictions, predictionRows, baseline } = model
  const counted =
    baseline.state === 'learning' ? '' : `, ${count(features)} features, ${count(predictions)} predictions`
  const errors = model.errorsPerSecond.map(
    ({ outcome, rate }) => `${printableName(outcome)} ${decimal(rate)}/s`,
  )
  return [
    `model ${nameOf(model)}`,
    line('understood', `${printableName(protocol)}${counted}, ${count(predictionRows)} rows so far`),
    line(
      'requests',
      `${decimal(model.requestsPerSecond)}/s   p50 ${latency(model.p50Seconds)}   p99 ${latency(model.p99Seconds)}   (last ${decimal(overSeconds)} s)`,
    ),
    line(
      'errors',
      [model.errorRatio === null ? 'no request' : percent(model.errorRatio), ...errors].join('   '),
    ),
    line('baseline', baselineText(model)),
    ...driftLines(model),
  ]
}

function baselineText({ baseline }: ModelStatus): string {
  const { state, rows, targetRows = 0, ratio = 0, createdEpochMs, hash = '' } = baseline
  if (state === 'learning') return `learning: ${percent(ratio)}, ${count(rows)} of ${count(targetRows)} rows`
  const created = createdEpochMs === undefined ? '' : `, made ${new Date(createdEpochMs).toISOString()}`
  return `${printableName(state)}, ${count(rows)} rows${created} (${printableName(hash)})`
}

function driftLines({ drifting, scored }: ModelStatus): string[] {
  if (scored === 0) return [line('drift', 'no score yet')]
  if (drifting.length === 0) return [line('drift', `none in ${count(scored)} scores`)]
  const shown = drifting.slice(0, MOST_DRIFTING)
  const rest = drifting.length - shown.length
  const lines = shown.map(({ role, column, window, value, observations, reason }) => {
    const name = `${printableName(column)}${role === 'prediction' ? ' (predicted)' : ''}`
    const score = `${value === null ? '∞' : decimal(value)} × its limit in ${window} (${count(observations)} rows)`
    const why =
      reason === undefined
        ? ''
        : `: ${printableName(reason.direction)} is ${decimal(reason.value)}, expected ${decimal(reason.expected)} ± ${decimal(reason.limit)}`
    return `${name}: ${score}${why}`
  })
  return [
    ...lines.map((text, index) => line(index === 0 ? 'drift' : '', text)),
    ...(rest > 0 ? [line('', `and ${rest} more`)] : []),
  ]
}

function routeLines({
  method,
  path,
  exchanges,
  why,
  configuration,
}: Status['notUnderstood'][number]): string[] {
  const reason = why === undefined ? '' : `: ${printableName(why)}`
  const text = [`  ${printableName(`${method} ${path}`)}, ${count(exchanges)} calls${reason}`]
  if (configuration === undefined) return text
  const yaml = stringify({ routes: [configuration] })
    .trimEnd()
    .split('\n')
  return [
    ...text,
    '    to paste into the configuration:',
    ...yaml.map((one) => `      ${printableName(one)}`),
  ]
}

const line = (name: string, text: string): string => `  ${name.padEnd(PADDING)}${text}`
const latency = (seconds: number | null): string => (seconds === null ? '–' : milliseconds(seconds))
const nameOf = ({ model, version }: ModelStatus): string =>
  printableName(version === '' ? model : `${model}, version ${version}`)
