/** Generated answers: when they begin, how fast they come, how they end, what they cost. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import { buckets, counts, quantile, rate, ratio, series, sums, thresholdOf } from '../selectors.ts'
import { heatmap } from '../visuals/heatmap.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NO_ANSWERS = 'No language model'
const NO_PHASES = 'The server does not say'
const answers = counts(metric.llmRequestDuration, 'version')
const streams = series(metric.streams, 'version')
const aborted = series(metric.streamsAborted, 'version')
const firstToken = buckets(metric.timeToFirstToken, 'version')
const perToken = buckets(metric.timePerOutputToken, 'version')
const durations = buckets(metric.llmRequestDuration, 'version')
const phaseSums = sums(metric.phaseDuration, 'version')
const phaseCounts = counts(metric.phaseDuration, 'version')
const tokens = (type: 'input' | 'output'): string =>
  series(metric.tokens, 'version', `gen_ai_token_type="${type}"`)

export const answerRate = () =>
  stat({
    title: 'Answers',
    description: 'Generated answers per second. Metric: `gen_ai_server_request_duration_seconds`.',
    unit: 'reqps',
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [{ expr: `sum(${rate(answers)})`, legend: 'answers' }],
  })

export const firstTokenTail = () =>
  stat({
    title: 'First token p95',
    description:
      'One answer in twenty starts later than this. Users perceive two seconds as a hang; LlmTimeToFirstTokenHigh fires at this point. Metric: `gen_ai_server_time_to_first_token_seconds`.',
    unit: 's',
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [{ expr: quantile({ q: 0.95, of: firstToken }), legend: 'p95' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.warn },
      { from: 2, color: COLOR.bad },
    ],
  })

export const perTokenMedian = () =>
  stat({
    title: 'Time per token p50',
    description:
      'Half of the answers generate the next token faster than this. People read about four words a second, so 150 ms is fast enough. Metric: `gen_ai_server_time_per_output_token_seconds`.',
    unit: 's',
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [{ expr: quantile({ q: 0.5, of: perToken }), legend: 'p50' }],
  })

export const outputTokens = () =>
  stat({
    title: 'Tokens written',
    description: 'Output tokens per second over all replicas. Metric: `modeltap_llm_tokens_total`.',
    unit: 'cps',
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [{ expr: `sum(${rate(tokens('output'))})`, legend: 'tokens' }],
  })

export const abortedShare = () =>
  stat({
    title: 'Broken off',
    description:
      'Share of streamed answers aborted by the reader or by the server. From 10 % on LlmStreamsAborted fires. Metrics: `modeltap_llm_streams_aborted_total`, `modeltap_llm_streams_total`.',
    unit: 'percentunit',
    decimals: 1,
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [{ expr: ratio(`sum(${rate(aborted)})`, `sum(${rate(streams)})`), legend: 'broken off' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.05, color: COLOR.warn },
      { from: 0.1, color: COLOR.bad },
    ],
  })

export const cachedShare = () =>
  stat({
    title: 'Input from cache',
    description:
      "Share of input tokens from the server's cache: cheaper, and with a faster first token. Metrics: `modeltap_llm_cached_tokens_total`, `modeltap_llm_tokens_total`.",
    unit: 'percentunit',
    size: 'wideTile',
    noValue: NO_ANSWERS,
    targets: [
      {
        expr: ratio(`sum(${rate(series(metric.cachedTokens, 'version'))})`, `sum(${rate(tokens('input'))})`),
        legend: 'cached',
      },
    ],
  })

export const firstTokenHeatmap = () =>
  heatmap({
    title: 'Time to first token',
    description:
      'Distribution of the time to first token; darker means more. A second band above the first indicates a queue. Metric: `gen_ai_server_time_to_first_token_seconds`.',
    unit: 's',
    noValue: NO_ANSWERS,
    targets: [{ expr: `sum by (le) (increase(${firstToken}[$__rate_interval]))`, legend: '{{le}}' }],
  })

export const answerQuantiles = () =>
  timeseries({
    title: 'First token and whole answer',
    description:
      'Quantiles of the time to the first token and to the end of an answer. Both up: a queue; only the total up: longer answers or slower generation. Metrics: `gen_ai_server_time_to_first_token_seconds`, `gen_ai_server_request_duration_seconds`.',
    unit: 's',
    size: 'half',
    noValue: NO_ANSWERS,
    targets: [
      ...[0.5, 0.95].map((q) => ({
        expr: quantile({ q, of: firstToken }),
        legend: `first token p${q * 100}`,
      })),
      ...[0.5, 0.95].map((q) => ({ expr: quantile({ q, of: durations }), legend: `whole p${q * 100}` })),
      {
        expr: thresholdOf('time_to_first_token_seconds:max', firstToken),
        legend: 'threshold of the first token p95',
      },
    ],
  })

export const meanPhases = () =>
  timeseries({
    title: 'Where a request spends its time',
    description:
      'Mean time of each phase inside the server, as reported in its answers. A rising queue means too many requests at once; rising inference means longer texts or a slower accelerator. Only TGI and TEI report it. Metric: `modeltap_llm_phase_duration_seconds`.',
    unit: 's',
    size: 'half',
    stacked: true,
    noValue: NO_PHASES,
    targets: [
      {
        expr: ratio(`sum by (phase) (${rate(phaseSums)})`, `sum by (phase) (${rate(phaseCounts)})`),
        legend: '{{phase}}',
      },
    ],
  })

export const phaseTails = () =>
  timeseries({
    title: 'Phases p95',
    description:
      'One request in twenty spent longer than this in a phase. A tail in `queue` with a normal mean indicates a burst. Metric: `modeltap_llm_phase_duration_seconds`.',
    unit: 's',
    size: 'half',
    noValue: NO_PHASES,
    targets: [
      {
        expr: quantile({ q: 0.95, of: buckets(metric.phaseDuration, 'version'), by: ['phase'] }),
        legend: '{{phase}}',
      },
    ],
  })

export const perTokenQuantiles = () =>
  timeseries({
    title: 'Time per output token',
    description:
      'Quantiles of the time for each further token of a streamed answer. Rises with the number of concurrent answers. Metric: `gen_ai_server_time_per_output_token_seconds`.',
    unit: 's',
    noValue: NO_ANSWERS,
    targets: [0.5, 0.95].map((q) => ({ expr: quantile({ q, of: perToken }), legend: `p${q * 100}` })),
  })

export const tokenRates = () =>
  timeseries({
    title: 'Tokens',
    description:
      'Tokens per second, read (input) and written (output). `estimated`: the server reported no number, so the pieces of the stream were counted. Reasoning is part of the output. Metrics: `modeltap_llm_tokens_total`, `modeltap_llm_reasoning_tokens_total`.',
    unit: 'cps',
    noValue: NO_ANSWERS,
    targets: [
      {
        expr: `sum by (gen_ai_token_type, estimated) (${rate(series(metric.tokens, 'version'))})`,
        legend: '{{gen_ai_token_type}} (estimated: {{estimated}})',
      },
      { expr: `sum(${rate(series(metric.reasoningTokens, 'version'))})`, legend: 'reasoning' },
    ],
  })

export const tokensPerAnswer = () =>
  timeseries({
    title: 'Tokens per answer',
    description:
      'Mean number of tokens read and written for an answer. Longer prompts delay the first token, longer answers the last one. Metric: `modeltap_llm_tokens_total`.',
    unit: 'short',
    noValue: NO_ANSWERS,
    targets: (['input', 'output'] as const).map((type) => ({
      expr: ratio(`sum(${rate(tokens(type))})`, `sum(${rate(answers)})`),
      legend: type,
    })),
  })

export const finishReasons = () =>
  timeseries({
    title: 'Why answers end',
    description:
      'Answers per second by finish reason. A rise of `length` means that the token limit truncates answers. Metric: `modeltap_llm_finish_reasons_total`.',
    unit: 'reqps',
    size: 'half',
    stacked: true,
    noValue: NO_ANSWERS,
    targets: [
      {
        expr: `sum by (reason) (${rate(series(metric.finishReasons, 'version'))})`,
        legend: '{{reason}}',
      },
    ],
  })

export const brokenStreams = () =>
  timeseries({
    title: 'Streams that break off',
    description:
      'Aborted streams per second. `aborted`: the client disconnected; the other reasons are the server or a proxy in between. Metric: `modeltap_llm_streams_aborted_total`.',
    unit: 'reqps',
    size: 'half',
    stacked: true,
    noValue: NO_ANSWERS,
    targets: [{ expr: `sum by (reason) (${rate(aborted)})`, legend: '{{reason}}' }],
  })
