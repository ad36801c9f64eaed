// HOT: per prediction
/**
 * SipHash-1-3 with 128 bits (Aumasson & Bernstein 2012): a keyed hash for short texts, with the rounds that Python and
 * Rust use. 64-bit words are two 32-bit halves, and carries come from bits, so that everything stays an integer.
 */

/** Longest text whose bytes are copied without an allocation, in UTF-16 code units. */
const LONGEST = 1_024

const bytes = new Uint8Array(LONGEST + 8)
const words = new Int32Array(bytes.buffer)

/**
 * @param key four 32-bit words, the lowest first
 * @param hash where the four words of the hash go, the lowest first
 */
export function sipHash128(key: Uint32Array, text: string, hash: Uint32Array): void {
  const length = text.length
  if (length > LONGEST) {
    hashBytes(key, Buffer.from(text, 'utf8'), hash)
    return
  }
  let codes = 0
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index)
    codes |= code
    bytes[index] = code
  }
  // ASCII is the same in UTF-8, which is nearly every id.
  if (codes > 0x7f) {
    hashBytes(key, Buffer.from(text, 'utf8'), hash)
    return
  }
  hashWords(key, words, length, hash)
}

function hashBytes(key: Uint32Array, text: Uint8Array, hash: Uint32Array): void {
  const padded = new Uint8Array((text.length + 8) & ~7)
  padded.set(text)
  hashWords(key, new Int32Array(padded.buffer), text.length, hash)
}

/** @param text as words, the lowest byte first; what is behind `length` bytes does not count */
function hashWords(key: Uint32Array, text: Int32Array, length: number, hash: Uint32Array): void {
  const k0 = (key[0] as number) | 0
  const k1 = (key[1] as number) | 0
  const k2 = (key[2] as number) | 0
  const k3 = (key[3] as number) | 0
  // Low and high halves of v0…v3. One function with all of it in variables: calls and typed arrays take ten times as long.
  let a = 0x7073_6575 ^ k0
  let ah = 0x736f_6d65 ^ k1
  let b = 0x6e64_6f6d ^ k2 ^ 0xee
  let bh = 0x646f_7261 ^ k3
  let c = 0x6e65_7261 ^ k0
  let ch = 0x6c79_6765 ^ k1
  let d = 0x7974_6573 ^ k2
  let dh = 0x7465_6462 ^ k3
  const last = length >>> 3
  const rest = length & 7
  for (let step = 0; step < last + 3; step += 1) {
    let low = 0
    let high = 0
    let rounds = 3
    if (step < last) {
      low = text[2 * step] as number
      high = text[2 * step + 1] as number
      rounds = 1
    } else if (step === last) {
      if (rest >= 4) low = text[2 * step] as number
      else if (rest > 0) low = (text[2 * step] as number) & ((1 << (8 * rest)) - 1)
      if (rest > 4) high = (text[2 * step + 1] as number) & ((1 << (8 * (rest - 4))) - 1)
      high |= length << 24
      rounds = 1
    } else if (step === last + 1) c ^= 0xee
    else b ^= 0xdd
    d ^= low
    dh ^= high
    for (let round = 0; round < rounds; round += 1) {
      let sum = (a + b) | 0
      ah = (ah + bh + (((a & b) | ((a | b) & ~sum)) >>> 31)) | 0
      a = sum
      let turned = ((b << 13) | (bh >>> 19)) ^ a
      bh = ((bh << 13) | (b >>> 19)) ^ ah
      b = turned
      turned = a
      a = ah
      ah = turned
      sum = (c + d) | 0
      ch = (ch + dh + (((c & d) | ((c | d) & ~sum)) >>> 31)) | 0
      c = sum
      turned = ((d << 16) | (dh >>> 16)) ^ c
      dh = ((dh << 16) | (d >>> 16)) ^ ch
      d = turned
      sum = (a + d) | 0
      ah = (ah + dh + (((a & d) | ((a | d) & ~sum)) >>> 31)) | 0
      a = sum
      turned = ((d << 21) | (dh >>> 11)) ^ a
      dh = ((dh << 21) | (d >>> 11)) ^ ah
      d = turned
      sum = (c + b) | 0
      ch = (ch + bh + (((c & b) | ((c | b) & ~sum)) >>> 31)) | 0
      c = sum
      turned = ((b << 17) | (bh >>> 15)) ^ c
      bh = ((bh << 17) | (b >>> 15)) ^ ch
      b = turned
      turned = c
      c = ch
      ch = turned
    }
    a ^= low
    ah ^= high
    if (step > last) {
      const at = 2 * (step - last - 1)
      hash[at] = a ^ b ^ c ^ d
      hash[at + 1] = ah ^ bh ^ ch ^ dh
    }
  }
}
