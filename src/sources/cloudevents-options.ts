/** The keys of `cloudevents`. */
import { z } from 'zod'
import { addressOption, byteSizeOption, durationOption } from '../config/primitives.ts'

export const cloudeventsOptions = z.strictObject({
  listen: addressOption()
    .optional()
    .describe(
      'Address for CloudEvents from payload loggers (KServe, Seldon): host:port or unix:/path. Off when absent.',
    ),
  wait: durationOption()
    .prefault('30s')
    .describe('Maximum time that a request event and its response event wait for each other (duration).'),
  maxWaiting: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe(
      'Maximum number of events that wait for their counterpart. Beyond it modeltap counts the oldest alone.',
    ),
  maxWaitingBytes: byteSizeOption()
    .prefault('64MiB')
    .describe('Maximum payload bytes of waiting events. Beyond it modeltap counts the oldest alone.'),
})
export type CloudeventsOptions = z.output<typeof cloudeventsOptions>
