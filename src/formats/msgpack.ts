/** MessagePack (mosec, and FastAPI with a MessagePack body). */
import type * as Msgpack from '@msgpack/msgpack'
import { lazyPackage } from '../lib/lazy-package.ts'
import type { Parsed } from './failure.ts'

const msgpack = lazyPackage<typeof Msgpack>('@msgpack/msgpack')

/** Never throws. Integers that a double cannot hold become texts of their digits, as in `parseJson`. */
export function parseMsgpack(bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return { failure: 'empty' }
  try {
    return { value: plain(msgpack().decode(bytes, { useBigInt64: true }), 0) }
  } catch {
    return { failure: 'not-msgpack' }
  }
}

const MAX_DEPTH = 32

/** Keeps only JSON types, and bytes. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (depth > MAX_DEPTH) return null
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((element) => plain(element, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, depth + 1)]))
}
