/** The keys `capture`: observe traffic without a proxy. */
import { z } from 'zod'

export const captureOptions = z.strictObject({
  ports: z
    .array(z.int().min(1).max(65_535))
    .max(16)
    .default([])
    .describe(
      'Ports of the model server to capture. modeltap then opens no data port and proxies nothing. Requires tcpdump and the capability NET_RAW.',
    ),
  interface: z
    .string()
    .min(1)
    .default('any')
    .describe('Network interface to capture on; `any` covers loopback and the pod network.'),
  input: z
    .enum(['tcpdump', 'stdin'])
    .default('tcpdump')
    .describe(
      'Packet source: `tcpdump` makes modeltap start tcpdump; `stdin` reads a pcap stream from standard input.',
    ),
  bufferKiB: z
    .int()
    .min(2_048)
    .max(1_048_576)
    .default(32_768)
    .describe(
      "Size of the kernel's packet buffer in KiB. It does not count against the container's memory limit.",
    ),
  minShare: z
    .number()
    .min(1 / 64)
    .max(1)
    .default(1 / 64)
    .describe(
      'Smallest share of connections that the capture may fall back to when it cannot read all of them. 1 always looks at every connection.',
    ),
  program: z.string().min(1).default('tcpdump').describe('Name or path of tcpdump.'),
})

export type CaptureOptions = z.output<typeof captureOptions>

/** Whether traffic is captured instead of proxied. */
export function isCapturing({ ports, input }: CaptureOptions): boolean {
  return ports.length > 0 || input === 'stdin'
}
