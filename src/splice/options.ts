import { z } from 'zod'
import { addressOption, durationOption, durationOrNoneOption } from '../config/primitives.ts'

export const connectionOptions = z.strictObject({
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(8192)
    .describe(
      'Maximum number of open client connections. modeltap closes and counts connections beyond it. Each connection needs two file descriptors (ulimit -n); too few descriptors or too little container memory lower the limit.',
    ),
  connectTimeout: durationOption()
    .prefault('5s')
    .describe('Timeout for the model server to accept a connection (duration)'),
  idleTimeout: durationOption()
    .prefault('1h')
    .describe('Idle timeout of a connection without bytes in either direction (duration)'),
})

export const drainOptions = z.strictObject({
  delay: durationOrNoneOption()
    .prefault('0s')
    .describe(
      'Time after SIGTERM during which modeltap still accepts new connections while /readyz already fails, so that load balancers can react (duration)',
    ),
  timeout: durationOption()
    .prefault('25s')
    .describe('Time after the delay for running exchanges to finish before modeltap closes them (duration)'),
})

const protocols = z
  .array(z.enum(['http/1.1', 'h2']))
  .min(1)
  .default(['http/1.1'])
  .describe('Protocols to offer in the TLS handshake (ALPN), in order of preference; gRPC needs h2')

export const tlsOptions = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file with the certificate chain of the data port; reloaded when it changes'),
  key: z
    .string()
    .min(1)
    .describe('PEM file with the private key of that certificate; reloaded when it changes'),
  clientCa: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file with the certificate authorities for client certificates; when set, clients must present one',
    ),
  handshakeTimeout: durationOption()
    .prefault('10s')
    .describe('Timeout of a TLS handshake (duration); modeltap closes and counts connections that exceed it'),
  protocols,
})
export type TlsOptions = z.output<typeof tlsOptions>

export const upstreamTlsOptions = z.strictObject({
  ca: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file with the certificate authorities for the model server's certificate. Default: those of the system",
    ),
  certificate: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the client certificate for the model server'),
  key: z.string().min(1).optional().describe('PEM file with its private key'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Server name that the model server's certificate must match. Default: the host of the upstream",
    ),
  verify: z
    .boolean()
    .default(true)
    .describe('Whether to verify the certificate of the model server; false accepts any'),
  protocols,
})
export type UpstreamTlsOptions = z.output<typeof upstreamTlsOptions>

export const listenerOptions = z.strictObject({
  listen: addressOption().describe('Data port that clients connect to: host:port or unix:/path.'),
  upstream: addressOption().describe(
    'Address of the model server that this port passes its connections to: host:port or unix:/path.',
  ),
  tls: tlsOptions.optional(),
  upstreamTls: upstreamTlsOptions.optional(),
})
export type ListenerOptions = z.output<typeof listenerOptions>

/** Bits of one number say which of them can be reached (`Figures.upstreamsDown`). */
export const MOST_LISTENERS = 16

export const listenersOption = z
  .array(listenerOptions)
  .max(MOST_LISTENERS - 1)
  .default([])
  .describe(
    'More data ports of the same model, each with its own address of the model server, such as REST and gRPC. `listen` and `upstream` are the first one; without `upstream`, the first entry of this list is. All ports share one analysis, so a model is counted once. /readyz fails when one of the addresses does not accept connections.',
  )

/** Options of the splice; groups of the configuration with the same names. */
export interface SpliceOptions {
  readonly connections: z.output<typeof connectionOptions>
  readonly drain: z.output<typeof drainOptions>
  /** Terminates TLS at the data port; without it, TLS is passed through. */
  readonly tls?: TlsOptions | undefined
  /** TLS towards the model server. */
  readonly upstreamTls?: UpstreamTlsOptions | undefined
  /** Data ports beside the first one. */
  readonly listeners?: readonly ListenerOptions[]
}
