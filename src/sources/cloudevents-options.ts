/** The keys of `cloudevents`. */
import { z } from 'zod'
import { addressOption, byteSizeOption, durationOption } from '../config/primitives.ts'

export const cloudeventsOptions = z.strictObject({
  listen: addressOption()
    .optional()
    .describe(
      'Where payload loggers (KServe, Seldon) send their CloudEvents to: host:port or unix:/path; off when absent.',
    ),
  wait: durationOption()
    .prefault('30s')
    .describe(
      'How long a request event waits for its response event, and the other way round, as a duration.',
    ),
  maxWaiting: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Events that wait for their other half at once; beyond it the oldest is counted alone.'),
  maxWaitingBytes: byteSizeOption()
    .prefault('64MiB')
    .describe('Payload bytes of the events that wait; beyond it the oldest is counted alone.'),
})
export type CloudeventsOptions = z.output<typeof cloudeventsOptions>
