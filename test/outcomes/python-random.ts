/** Python's random.Random(seed): the Mersenne Twister with its seeding, as far as `sample` needs it. */
export function pythonRandomBelow(seed: number): (bound: number) => number {
  const state = new Uint32Array(624)
  const set = (index: number, value: number): void => {
    state[index] = value >>> 0
  }
  const at = (index: number): number => state[index] as number
  set(0, 19_650_218)
  for (let i = 1; i < 624; i += 1) set(i, Math.imul(1_812_433_253, at(i - 1) ^ (at(i - 1) >>> 30)) + i)
  let i = 1
  for (let k = 0; k < 624; k += 1) {
    set(i, (at(i) ^ Math.imul(at(i - 1) ^ (at(i - 1) >>> 30), 1_664_525)) + seed)
    i += 1
    if (i >= 624) {
      set(0, at(623))
      i = 1
    }
  }
  for (let k = 0; k < 623; k += 1) {
    set(i, (at(i) ^ Math.imul(at(i - 1) ^ (at(i - 1) >>> 30), 1_566_083_941)) - i)
    i += 1
    if (i >= 624) {
      set(0, at(623))
      i = 1
    }
  }
  set(0, 0x8000_0000)
  let index = 624
  const next = (): number => {
    if (index >= 624) {
      for (let k = 0; k < 624; k += 1) {
        const y = (at(k) & 0x8000_0000) | (at((k + 1) % 624) & 0x7fff_ffff)
        set(k, at((k + 397) % 624) ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0))
      }
      index = 0
    }
    let y = at(index)
    index += 1
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c_5680
    y ^= (y << 15) & 0xefc6_0000
    return (y ^ (y >>> 18)) >>> 0
  }
  return (bound) => {
    const bits = 32 - Math.clz32(bound)
    for (;;) {
      const value = next() >>> (32 - bits)
      if (value < bound) return value
    }
  }
}
