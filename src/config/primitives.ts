/** The value types that config keys share: durations, sizes, addresses. Each says in its error what is allowed. */
import { z } from 'zod'
import { parseAddress } from '../lib/address.ts'
import { parseByteSize } from '../lib/byte-size.ts'
import { parseDuration } from '../lib/duration.ts'

/** `5m` → milliseconds. */
export const durationOption = () =>
  z.string().transform((text, context) => {
    const milliseconds = parseDuration(text)
    if (milliseconds !== undefined && milliseconds > 0) return milliseconds
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a duration; allowed: 250ms, 30s, 5m, 1h30m, 7d`,
    })
    return z.NEVER
  })

/** `1MiB` → bytes. */
export const byteSizeOption = () =>
  z.union([z.string(), z.number()]).transform((text, context) => {
    const bytes = parseByteSize(text)
    if (bytes !== undefined && bytes > 0) return bytes
    context.addIssue({ code: 'custom', message: `"${text}" is not a size; allowed: 65536, 64KiB, 1MiB, 2GB` })
    return z.NEVER
  })

export const addressOption = () =>
  z.string().transform((text, context) => {
    const address = parseAddress(text)
    if (address !== undefined) return address
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not an address; allowed: 127.0.0.1:8080, [::1]:8080, model.local:8080, unix:/run/model.sock`,
    })
    return z.NEVER
  })
