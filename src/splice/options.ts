import { z } from 'zod'
import { durationOption, durationOrNoneOption } from '../config/primitives.ts'

export const connectionOptions = z.strictObject({
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(8192)
    .describe(
      'Client connections open at once; a connection beyond it is closed at once and counted. Each takes two of the files that the process may open (ulimit -n); where those are too few, or the memory of the container, fewer are carried.',
    ),
  connectTimeout: durationOption()
    .prefault('5s')
    .describe('Longest wait for the model server to accept a connection (duration)'),
  idleTimeout: durationOption()
    .prefault('1h')
    .describe('A connection on which nothing moved in either direction for so long is closed (duration)'),
})

export const drainOptions = z.strictObject({
  delay: durationOrNoneOption()
    .prefault('0s')
    .describe(
      'After SIGTERM: how long new connections are still accepted while /readyz already says no, so that load balancers can notice (duration)',
    ),
  timeout: durationOption()
    .prefault('25s')
    .describe(
      'After the delay: how long running exchanges may take to finish before they are cut (duration)',
    ),
})

const protocols = z
  .array(z.enum(['http/1.1', 'h2']))
  .min(1)
  .default(['http/1.1'])
  .describe('What is offered in the TLS handshake (ALPN), first choice first; gRPC needs h2')

export const tlsOptions = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file with the certificate of the data port and its chain; read again when it changes'),
  key: z.string().min(1).describe('PEM file with its private key; read again when it changes'),
  clientCa: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the authorities of client certificates; when given, clients must have one'),
  handshakeTimeout: durationOption()
    .prefault('10s')
    .describe('A client that has not finished its TLS handshake by then is closed and counted (duration)'),
  protocols,
})
export type TlsOptions = z.output<typeof tlsOptions>

export const upstreamTlsOptions = z.strictObject({
  ca: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file with the authorities of the model server's certificate; the system's when absent"),
  certificate: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the certificate that the model server asks its clients for'),
  key: z.string().min(1).optional().describe('PEM file with its private key'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe("Name that the model server's certificate has to have; the upstream's host when absent"),
  verify: z
    .boolean()
    .default(true)
    .describe('Whether the certificate of the model server is verified; false accepts any'),
  protocols,
})
export type UpstreamTlsOptions = z.output<typeof upstreamTlsOptions>

/** What the splice is started with; groups of the configuration by the same names. */
export interface SpliceOptions {
  readonly connections: z.output<typeof connectionOptions>
  readonly drain: z.output<typeof drainOptions>
  /** TLS ends at the data port; without it TLS is passed through. */
  readonly tls?: TlsOptions | undefined
  /** TLS towards the model server. */
  readonly upstreamTls?: UpstreamTlsOptions | undefined
}
