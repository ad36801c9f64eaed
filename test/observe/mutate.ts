import type { Step } from './script.ts'

/** A seeded source of 32-bit numbers (mulberry32), so that every input of a fuzz run can be made again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

/** What parsers stumble over. */
const TOKENS = [
  '\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', ':', '\0', '\xff', 'Content-Length: 5\r\n', 'Content-Length: 99999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: x, chunked\r\n', 'HTTP/1.1 ', 'HTTP/1.0 ', '0\r\n\r\n', 'ffffffff\r\n', 'GET / HTTP/1.1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n', 'Upgrade: h2c\r\n', 'CONNECT a:1 HTTP/1.1\r\n\r\n', 'HEAD / HTTP/1.1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0\0\0\x04\0\0\0\0\0', '\0\0\x06\x04\0\0\0\0\0\0\x01\xff\xff\xff\xff', '\0\0\x01\x01\x05\0\0\0\x07\x82', '\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08',
  '\xff\xff\xff\x00\0\0\0\0\x01', '\0\0\0\x09\x04\0\0\0\x01', '\x3f\xe1\x1f', '\x3f\xff\xff\xff\xff\x0f', '\x40\x84\xff\xff\xff\xff', '\xbe', '\x80',
].map((token) => Buffer.from(token, 'latin1')) // prettier-ignore

const EVENTS = ['open', 'client-end', 'server-end', 'client-reset', 'server-reset', 'unreachable'] as const
const MOST_BYTES = 20_000

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer

const byteMutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    copy[random.below(copy.length)] = random.below(256)
    return copy
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    const at = random.below(copy.length)
    copy[at] = (copy[at] as number) ^ (1 << random.below(8))
    return copy
  },
  (bytes, random) => splice(bytes, random.below(bytes.length), 1 + random.below(20), Buffer.alloc(0)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.pick(TOKENS)),
  (bytes, random) => {
    const token = random.pick(TOKENS)
    return splice(bytes, random.below(bytes.length), token.length, token)
  },
  (bytes, random) => {
    const from = random.below(bytes.length)
    const part = bytes.subarray(from, from + 1 + random.below(100))
    return splice(bytes, random.below(bytes.length), 0, part)
  },
  (bytes, random, other) =>
    splice(
      bytes,
      random.below(bytes.length),
      random.below(bytes.length),
      other.subarray(random.below(other.length)),
    ),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
]

function splice(bytes: Buffer, at: number, removed: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
}

const bytesOf = (step: Step): Buffer | undefined => {
  const bytes = 'client' in step ? step.client : 'server' in step ? step.server : undefined
  return bytes === undefined ? undefined : Buffer.from(bytes as string, 'latin1')
}

/** A connection like those of the corpus, changed in one to six places: in its bytes, its order, its events, its holes. */
export function mutate(corpus: readonly (readonly Step[])[], random: Random): Step[] {
  const steps = [...random.pick(corpus)]
  for (let count = 1 + random.below(6); count > 0 && steps.length > 0; count -= 1) {
    const at = random.below(steps.length)
    const kind = random.below(16)
    if (kind === 0) steps.splice(at, 1)
    else if (kind === 1) steps.splice(at, 0, { event: random.pick(EVENTS) })
    else if (kind === 2)
      steps.splice(
        at,
        0,
        random.below(2) === 0 ? { lostClient: random.below(300) } : { lostServer: random.below(300) },
      )
    else if (kind === 3) steps.splice(at, 0, random.pick(random.pick(corpus)))
    else if (kind === 4) steps.splice(at, 0, { waitMs: 2000 })
    else mutateBytes(steps, at, random, corpus)
  }
  return steps
}

function mutateBytes(steps: Step[], at: number, random: Random, corpus: readonly (readonly Step[])[]): void {
  const step = steps[at] as Step
  const bytes = bytesOf(step)
  if (bytes === undefined || bytes.length === 0) return
  const other = bytesOf(random.pick(random.pick(corpus))) ?? Buffer.from('other')
  const mutated = random.pick(byteMutations)(bytes, random, other).subarray(0, MOST_BYTES)
  steps[at] = 'client' in step ? { client: mutated } : { server: mutated }
}
