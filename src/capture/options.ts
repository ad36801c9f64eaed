/** The keys `capture`: watch without standing in the way. */
import { z } from 'zod'

export const captureOptions = z.strictObject({
  ports: z
    .array(z.int().min(1).max(65_535))
    .max(16)
    .default([])
    .describe(
      'Ports of the model server whose traffic is captured instead of passed through: modeltap then opens no data port. Needs tcpdump and the capability NET_RAW.',
    ),
  interface: z
    .string()
    .min(1)
    .default('any')
    .describe('Network interface that is captured; `any` sees loopback and the pod network.'),
  input: z
    .enum(['tcpdump', 'stdin'])
    .default('tcpdump')
    .describe('Where packets come from: `tcpdump` is started by modeltap; `stdin` reads a pcap stream.'),
  bufferKiB: z
    .int()
    .min(2_048)
    .max(1_048_576)
    .default(32_768)
    .describe("Size of the kernel's packet buffer in KiB; it is not part of the container's memory limit."),
  program: z.string().min(1).default('tcpdump').describe('Name or path of tcpdump.'),
})

export type CaptureOptions = z.output<typeof captureOptions>

/** Whether traffic is captured instead of passed through. */
export function isCapturing({ ports, input }: CaptureOptions): boolean {
  return ports.length > 0 || input === 'stdin'
}
