// HOT: per prediction
/**
 * SipHash-2-4 with 128 bits (Aumasson & Bernstein 2012): a keyed hash for short texts. 64-bit words are split in two
 * halves. For an id of 36 characters it takes 0.5 µs and one string; SHA-256 of node:crypto takes 1.6 µs and creates
 * more garbage.
 */

const output = Buffer.alloc(16)
/** OR of all character codes of the text. */
let codes = 0

/** @param key four 32-bit words, the lowest first */
export function sipHash128(key: Uint32Array, text: string): string {
  codes = 0
  const hash = hashOf(key, text, undefined)
  // Nearly every id is ASCII, which is the same in UTF-8.
  return codes > 0x7f ? hashOf(key, text, Buffer.from(text, 'utf8')) : hash
}

function hashOf(key: Uint32Array, text: string, bytes: Uint8Array | undefined): string {
  const length = bytes?.length ?? text.length
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key
  // Low and high halves of v0…v3. One function with local variables: calls and typed arrays take ten times as long.
  let [a, ah] = [0x7073_6575 ^ k0, 0x736f_6d65 ^ k1]
  let [b, bh] = [0x6e64_6f6d ^ k2 ^ 0xee, 0x646f_7261 ^ k3]
  let [c, ch] = [0x6e65_7261 ^ k0, 0x6c79_6765 ^ k1]
  let [d, dh] = [0x7974_6573 ^ k2, 0x7465_6462 ^ k3]
  const blocks = (length >>> 3) + 1
  for (let step = 0; step < blocks + 2; step += 1) {
    let low = 0
    let high = 0
    let rounds = 4
    if (step < blocks) {
      const at = step * 8
      low = word(text, bytes, at, length)
      high = word(text, bytes, at + 4, length)
      if (step === blocks - 1) high |= length << 24
      d ^= low
      dh ^= high
      rounds = 2
    } else if (step === blocks) c ^= 0xee
    else b ^= 0xdd
    for (let round = 0; round < rounds; round += 1) {
      let sum = (a >>> 0) + (b >>> 0)
      a = sum | 0
      ah = (ah + bh + (sum > 0xffff_ffff ? 1 : 0)) | 0
      let turned = ((b << 13) | (bh >>> 19)) ^ a
      bh = ((bh << 13) | (b >>> 19)) ^ ah
      b = turned
      turned = a
      a = ah
      ah = turned
      sum = (c >>> 0) + (d >>> 0)
      c = sum | 0
      ch = (ch + dh + (sum > 0xffff_ffff ? 1 : 0)) | 0
      turned = ((d << 16) | (dh >>> 16)) ^ c
      dh = ((dh << 16) | (d >>> 16)) ^ ch
      d = turned
      sum = (a >>> 0) + (d >>> 0)
      a = sum | 0
      ah = (ah + dh + (sum > 0xffff_ffff ? 1 : 0)) | 0
      turned = ((d << 21) | (dh >>> 11)) ^ a
      dh = ((dh << 21) | (d >>> 11)) ^ ah
      d = turned
      sum = (c >>> 0) + (b >>> 0)
      c = sum | 0
      ch = (ch + bh + (sum > 0xffff_ffff ? 1 : 0)) | 0
      turned = ((b << 17) | (bh >>> 15)) ^ c
      bh = ((bh << 17) | (b >>> 15)) ^ ch
      b = turned
      turned = c
      c = ch
      ch = turned
    }
    if (step < blocks) {
      a ^= low
      ah ^= high
    } else write((step - blocks) * 8, a ^ b ^ c ^ d, ah ^ bh ^ ch ^ dh)
  }
  return output.toString('latin1')
}

/** Up to four bytes from `from` on, little-endian. */
function word(text: string, bytes: Uint8Array | undefined, from: number, length: number): number {
  const end = Math.min(from + 4, length)
  let value = 0
  for (let index = from; index < end; index += 1) {
    const byte = bytes === undefined ? text.charCodeAt(index) : (bytes[index] as number)
    codes |= byte
    value |= byte << (8 * (index - from))
  }
  return value
}

function write(at: number, low: number, high: number): void {
  for (let index = 0; index < 4; index += 1) {
    output[at + index] = low >>> (8 * index)
    output[at + 4 + index] = high >>> (8 * index)
  }
}
