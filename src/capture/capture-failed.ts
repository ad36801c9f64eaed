import { ModeltapError } from '../errors.ts'
import { NEXT_STEPS } from './next-steps.ts'
import type { CaptureOptions } from './options.ts'
import type { TcpdumpFault } from './tcpdump.ts'

/** The error for a tcpdump that delivers no packets. */
export function captureFailed(options: CaptureOptions, { failure, detail }: TcpdumpFault): ModeltapError {
  return new ModeltapError('CAPTURE_FAILED', {
    message: `the traffic of port ${options.ports.join(', ')} cannot be captured on interface "${options.interface}": ${detail}`,
    hint: NEXT_STEPS[failure],
  })
}
