// HOT: per header string
/**
 * The Huffman code of HPACK (RFC 7541, section 5.2 and appendix B), decoded four bits at a time. The code is canonical:
 * shorter codes first and, among codes of the same length, in the order of their symbols. The lengths therefore define
 * it completely.
 */

/** Bits of each symbol's code: 256 octets and the end of the string (EOS). */
// prettier-ignore
const CODE_BITS = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
)
const EOS = 256
const NIBBLE = 16
/** RFC 7541, section 5.2: padding is shorter than eight bits. */
const MAX_PADDING_BITS = 7

/** From a state and four bits to the next state; `FAILED` after an EOS. States are inner nodes of the code's tree. */
const FAILED = -1
const NO_SYMBOL = -1

interface Automaton {
  /** [state × 16 + four bits] */
  readonly next: Int16Array
  /**
   * [state × 16 + four bits]: the octet that ends within these bits; the shortest code has five bits, so there is at
   * most one.
   */
  readonly symbol: Int16Array
  /** [state]: whether the bits since the last octet are a valid padding. */
  readonly mayEnd: Uint8Array
}

function buildTree(): number[][] {
  const symbols = Array.from(CODE_BITS, (_, symbol) => symbol).sort(
    (a, b) => (CODE_BITS[a] as number) - (CODE_BITS[b] as number) || a - b,
  )
  // A child ≥ 0 is an inner node, a negative one the symbol -child - 1.
  const nodes: number[][] = [[]]
  let code = 0
  let bits = CODE_BITS[symbols[0] as number] as number
  for (const symbol of symbols) {
    code *= 2 ** ((CODE_BITS[symbol] as number) - bits)
    bits = CODE_BITS[symbol] as number
    let node = 0
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const turn = (code >>> bit) & 1
      const children = nodes[node] as number[]
      node = children[turn] ??= nodes.push([]) - 1
    }
    ;(nodes[node] as number[])[code & 1] = -symbol - 1
    code += 1
  }
  return nodes
}

function buildAutomaton(): Automaton {
  const nodes = buildTree()
  const next = new Int16Array(nodes.length * NIBBLE)
  const symbol = new Int16Array(nodes.length * NIBBLE).fill(NO_SYMBOL)
  const mayEnd = new Uint8Array(nodes.length)
  for (let state = 0; state < nodes.length; state += 1) {
    for (let nibble = 0; nibble < NIBBLE; nibble += 1) {
      const at = state * NIBBLE + nibble
      let node = state
      for (let bit = 3; bit >= 0 && node !== FAILED; bit -= 1) {
        const child = (nodes[node] as number[])[(nibble >>> bit) & 1] as number
        if (child >= 0) node = child
        else if (-child - 1 === EOS) node = FAILED
        else {
          symbol[at] = -child - 1
          node = 0
        }
      }
      next[at] = node
    }
  }
  // Padding is a prefix of the code of EOS, which consists of ones.
  let node = 0
  for (let bits = 0; bits <= MAX_PADDING_BITS; bits += 1) {
    mayEnd[node] = 1
    node = (nodes[node] as number[])[1] as number
  }
  return { next, symbol, mayEnd }
}

let automaton: Automaton | undefined
/** No code is shorter than five bits. */
let decoded = Buffer.allocUnsafeSlow(1024)

/** The octets as characters 0 to 255; `undefined` for invalid input. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  automaton ??= buildAutomaton()
  const { next, symbol, mayEnd } = automaton
  const mostOctets = Math.ceil(((end - start) * 8) / 5)
  if (decoded.length < mostOctets) decoded = Buffer.allocUnsafeSlow(mostOctets)
  let length = 0
  let state = 0
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    let step = state * NIBBLE + (byte >>> 4)
    if ((symbol[step] as number) !== NO_SYMBOL) decoded[length++] = symbol[step] as number
    state = next[step] as number
    if (state === FAILED) return undefined
    step = state * NIBBLE + (byte & 15)
    if ((symbol[step] as number) !== NO_SYMBOL) decoded[length++] = symbol[step] as number
    state = next[step] as number
    if (state === FAILED) return undefined
  }
  return mayEnd[state] === 1 ? decoded.toString('latin1', 0, length) : undefined
}
