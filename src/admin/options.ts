import { z } from 'zod'
import { addressOption } from '../config/primitives.ts'

/** The key `admin`: the port for Prometheus, Kubernetes' probes and people. */
export const adminOptions = z.strictObject({
  listen: addressOption()
    .prefault('0.0.0.0:9464')
    .describe(
      'Where /metrics, /healthz, /readyz, the status page and the API are served: host:port or unix:/path.',
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
      'Host names under which the admin port is asked, beside IP addresses and localhost; other Host headers get 421, so that no web page can read it under a name of its own. `*.example.com` allows every name below.',
    ),
  token: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe(
      'Bearer token (at least 16 characters) for requests that change state, named `default` in the audit log. Meant for the environment variable; prefer tokenFiles in a file.',
    ),
  tokenFiles: z
    .record(z.string().regex(/^[\w.-]{1,64}$/), z.string())
    .default({})
    .describe(
      'Bearer tokens for requests that change state: the name for the audit log, and the file that holds the token (at least 16 characters). Read at each use, so a rotated secret needs no restart.',
    ),
  protectReads: z
    .boolean()
    .default(false)
    .describe(
      'Ask for a token on every route but /healthz and /readyz; Prometheus sends one with `authorization.credentials_file`.',
    ),
})
export type AdminOptions = z.output<typeof adminOptions>
