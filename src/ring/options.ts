import { z } from 'zod'
import { byteSizeOption } from '../config/primitives.ts'
import { MAX_RING_BYTES, MIN_RING_BYTES } from './memory.ts'

/** The key `limits.ringBytes`. */
export const ringBytesOption = byteSizeOption()
  .pipe(z.number().min(MIN_RING_BYTES).max(MAX_RING_BYTES))
  .prefault('16MiB')
  .describe(
    'Size of the buffer between data plane and analysis (size, 256KiB to 1GiB). It absorbs bursts and pauses; when it is full, bytes pass without analysis',
  )
