/** Sum of a counter over its series whose labels hold `label`; NaN when the exposition does not have it. */
export async function counter(adminPort: number, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
  return values.length === 0
    ? Number.NaN
    : values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Bytes that the ring had no room for. What the observer had asked to skip is another reason. */
export const droppedBytes = (adminPort: number): Promise<number> =>
  counter(adminPort, 'modeltap_tap_dropped_bytes_total', 'reason="ring_full"')
