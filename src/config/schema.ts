/**
 * The configuration, composed of the options that each folder declares beside the code that reads them. Only keys
 * without a folder are declared here.
 */
import { z } from 'zod'
import { adminOptions } from '../admin/options.ts'
import { evaluationOptions, modelsOption, monitorLimits } from '../analysis/options.ts'
import { baselineOptions, privacyOptions } from '../baseline/options.ts'
import { captureOptions } from '../capture/options.ts'
import { stateOptions } from '../checkpoints/options.ts'
import { driftOptions } from '../drift/options.ts'
import { metricsOptions, otlpOptions } from '../exposition/options.ts'
import { objectivesOptions } from '../instruments/options.ts'
import { LOG_LEVELS } from '../lib/logger.ts'
import { neighbourOptions } from '../model-server/options.ts'
import { checkOutcomes, costOptions, costsOption, kpisOption, outcomesOptions } from '../outcomes/options.ts'
import { checkProtocols, protocolsOptions } from '../protocols/options.ts'
import { boundsOption, qualityOptions } from '../quality/options.ts'
import { resourcesOptions } from '../resources/options.ts'
import { ringBytesOption } from '../ring/options.ts'
import { sourceOptions } from '../sources/options.ts'
import {
  connectionOptions,
  drainOptions,
  listenersOption,
  tlsOptions,
  upstreamTlsOptions,
} from '../splice/options.ts'
import { windowsOptions } from '../windows/options.ts'
import { addressOption, byteSizeOption } from './primitives.ts'

const modelOptions = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the model. Default: read from the path or payload of each request.'),
  version: z
    .string()
    .min(1)
    .optional()
    .describe('Version of the model, as text. Default: read from the path or payload of each request.'),
  owner: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Team that receives the alerts of the model. Alertmanager can route by the label `owner`.'),
})

const limitsOptions = z.strictObject({
  ...monitorLimits,
  bodyBytes: byteSizeOption()
    .prefault('1MiB')
    .describe(
      'Maximum copy of each request and response body for analysis (size). Longer bodies pass in full and count as truncated.',
    ),
  headerBytes: byteSizeOption()
    .prefault('64KiB')
    .describe(
      'Maximum size of a request or response head (size). Larger ones pass, but modeltap does not observe them.',
    ),
  ringBytes: ringBytesOption,
})

const logOptions = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('Minimum severity of log lines on stderr.'),
})

export const configSchema = z
  .strictObject({
    listen: addressOption()
      .prefault('0.0.0.0:9080')
      .describe('Data port, the address that clients of the model connect to: host:port or unix:/path.'),
    upstream: addressOption()
      .optional()
      .describe(
        'Address of the model server: host:port, [IPv6]:port or unix:/path. `modeltap run` requires it unless it captures packets (capture), tails logs (tail) or receives events (cloudevents).',
      ),
    listeners: listenersOption,
    capture: captureOptions.prefault({}),
    admin: adminOptions.prefault({}),
    model: modelOptions.prefault({}),
    models: modelsOption,
    objectives: objectivesOptions.prefault({}),
    ...protocolsOptions.shape,
    baseline: baselineOptions.prefault({}),
    privacy: privacyOptions.prefault({}),
    windows: windowsOptions,
    drift: driftOptions.prefault({}),
    bounds: boundsOption,
    quality: qualityOptions.prefault({}),
    evaluation: evaluationOptions.prefault({}),
    limits: limitsOptions.prefault({}),
    metrics: metricsOptions.prefault({}),
    otlp: otlpOptions.prefault({}),
    outcomes: outcomesOptions.prefault({}),
    kpis: kpisOption,
    cost: costOptions.prefault({}),
    costs: costsOption,
    resources: resourcesOptions.prefault({}),
    neighbour: neighbourOptions.prefault({}),
    connections: connectionOptions.prefault({}),
    drain: drainOptions.prefault({}),
    tls: tlsOptions.optional(),
    upstreamTls: upstreamTlsOptions.optional(),
    ...sourceOptions,
    state: stateOptions.prefault({}),
    log: logOptions.prefault({}),
  })
  .superRefine((config, context) => {
    checkProtocols(config, context)
    checkOutcomes(config, context)
  })

export type Config = z.output<typeof configSchema>
/** Configuration of `modeltap run`. */
export type RunConfig = Config
