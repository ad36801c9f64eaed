import { z } from 'zod'
import { addressOption } from '../config/primitives.ts'

/** The key `admin`: the port for Prometheus, Kubernetes' probes and users. */
export const adminOptions = z.strictObject({
  listen: addressOption()
    .prefault('0.0.0.0:9464')
    .describe(
      'Admin port, which serves /metrics, /healthz, /readyz, the status page and the API: host:port or unix:/path.',
    ),
  hosts: z
    .array(
      z
        .string()
        .regex(
          /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/,
          'allowed: a host name without a port, such as model.example.com or *.svc.cluster.local',
        ),
    )
    .default([])
    .describe(
      'Host headers that the admin port accepts, besides IP addresses and localhost. Any other Host header gets 421, which blocks DNS rebinding. `*.example.com` allows every subdomain.',
    ),
  grafana: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Base URL of Grafana, such as https://grafana.example.com. The status page then links to the boards of each model.',
    ),
  token: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe(
      'Bearer token (at least 16 characters) for requests that change state; the audit log calls it `default`. Set it by the environment variable; in a configuration file prefer tokenFiles.',
    ),
  tokenFiles: z
    .record(z.string().regex(/^[\w.-]{1,64}$/), z.string())
    .default({})
    .describe(
      'Bearer tokens for requests that change state, as a map from the name in the audit log to the file that holds the token (at least 16 characters). modeltap reads the file at each use, so a rotated secret needs no restart.',
    ),
  protectReads: z
    .boolean()
    .default(false)
    .describe(
      'Require a token on every route except /healthz and /readyz. Prometheus sends one with `authorization.credentials_file`.',
    ),
})
export type AdminOptions = z.output<typeof adminOptions>
