import { z } from 'zod'
import { byteSizeOption } from '../config/primitives.ts'
import { MAX_RING_BYTES, MIN_RING_BYTES } from './memory.ts'

/** The key `limits.ringBytes`. */
export const ringBytesOption = byteSizeOption()
  .pipe(z.number().min(MIN_RING_BYTES).max(MAX_RING_BYTES))
  .prefault('16MiB')
  .describe(
    'Memory between data plane and analysis: what it can take of bursts and pauses before bytes are not analysed (size, 256KiB to 1GiB)',
  )
