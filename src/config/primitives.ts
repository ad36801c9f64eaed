/**
 * Value types shared by configuration keys: durations, sizes, addresses. Each has an error with the allowed values, and
 * can be formatted in the notation of the file.
 */
import { z } from 'zod'
import { type Address, formatAddress, parseAddress } from '../lib/address.ts'
import { exactByteSize, parseByteSize } from '../lib/byte-size.ts'
import { formatDuration, type Milliseconds, parseDuration } from '../lib/duration.ts'

/** Parses the text of a key, and formats its value. */
interface Notation<Text, Value> {
  /** `undefined` for invalid text. */
  readonly parse: (text: Text) => Value | undefined
  readonly format: (value: Value) => Text
  readonly noun: string
  readonly allowed: string
}

/** A key with a value in some text notation. */
export const notationOption = <Text, Value>(
  text: z.ZodType<Text, Text>,
  { parse, format, noun, allowed }: Notation<Text, Value>,
) =>
  z.codec(text, z.custom<Value>(), {
    decode: (input, context) => {
      const value = parse(input)
      if (value !== undefined) return value
      const message = `"${String(input)}" is not ${noun}; allowed: ${allowed}`
      context.issues.push({ code: 'custom', message, input })
      return z.NEVER
    },
    encode: format,
  })

/** Longer durations are typing mistakes, and sums with them would lose milliseconds. */
const LONGEST_DURATION_MS = 36_500 * 86_400_000

const atMostLongest = (value: number | undefined): number | undefined =>
  value !== undefined && value <= LONGEST_DURATION_MS ? value : undefined

const positive = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined

const atLeast = (least: number, value: number | undefined): number | undefined =>
  value !== undefined && value >= least ? value : undefined

const duration = {
  parse: (text: string) => positive(atMostLongest(parseDuration(text))),
  format: formatDuration,
  noun: 'a duration',
  allowed: '250ms, 30s, 5m, 1h30m, 7d, up to 36500d',
}

/** `5m` → milliseconds. */
export const durationOption = () => notationOption<string, Milliseconds>(z.string(), duration)

/** Shorter intervals keep a core busy without a visible benefit. */
const SHORTEST_INTERVAL_MS = 100

/** An interval of repeated work: `5m` → milliseconds. */
export const intervalOption = (shortestMs = SHORTEST_INTERVAL_MS) =>
  notationOption<string, Milliseconds>(z.string(), {
    ...duration,
    parse: (text) => atLeast(shortestMs, atMostLongest(parseDuration(text))),
    noun: 'an interval',
    allowed: `durations from ${formatDuration(shortestMs)}, such as 250ms, 30s, 5m, 1h30m, up to 36500d`,
  })

/** `5m` → milliseconds; `0s` is allowed. */
export const durationOrNoneOption = () =>
  notationOption<string, Milliseconds>(z.string(), {
    ...duration,
    parse: (text) => atMostLongest(parseDuration(text)),
    allowed: `0s, ${duration.allowed}`,
  })

/** `1MiB` → bytes. */
export const byteSizeOption = () =>
  notationOption<string | number, number>(z.union([z.string(), z.number()]), {
    parse: (text) => positive(parseByteSize(text)),
    format: exactByteSize,
    noun: 'a size',
    allowed: '65536, 64KiB, 1MiB, 2GB',
  })

export const addressOption = () =>
  notationOption<string, Address>(z.string(), {
    parse: parseAddress,
    format: formatAddress,
    noun: 'an address',
    allowed: '127.0.0.1:8080, [::1]:8080, model.local:8080, unix:/run/model.sock',
  })
