/** Values as Grafana writes them, for the units that the boards use. */

const SI = [
  [1e9, ' G'],
  [1e6, ' M'],
  [1e3, ' K'],
] as const
const IEC = [
  [2 ** 30, ' GiB'],
  [2 ** 20, ' MiB'],
  [2 ** 10, ' KiB'],
] as const

const plain = (value: number, decimals?: number): string =>
  decimals === undefined ? String(Number(value.toPrecision(3))) : value.toFixed(decimals)

function scaled(value: number, steps: readonly (readonly [number, string])[], unit: string): string {
  const step = steps.find(([size]) => Math.abs(value) >= size)
  return step === undefined ? `${plain(value)}${unit}` : `${plain(value / step[0])}${step[1]}`
}

function seconds(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0 s'
  if (size < 1e-3) return `${plain(value * 1e6)} µs`
  if (size < 1) return `${plain(value * 1e3)} ms`
  if (size < 120) return `${plain(value)} s`
  if (size < 7200) return `${plain(value / 60)} min`
  return size < 2 * 86_400 ? `${plain(value / 3600)} h` : `${plain(value / 86_400)} d`
}

export function format(value: number, unit: string | undefined, decimals?: number): string {
  if (!Number.isFinite(value)) return '–'
  switch (unit) {
    case 's':
      return seconds(value)
    case 'percentunit':
      return `${plain(value * 100, decimals)}%`
    case 'bytes':
      return scaled(value, IEC, ' B')
    case 'Bps':
      return `${scaled(value, SI, ' ')}B/s`
    case 'reqps':
      return `${plain(value)} req/s`
    case 'rowsps':
      return `${plain(value)} rows/s`
    case 'cps':
      return `${plain(value)} c/s`
    case 'cpm':
      return `${plain(value)} c/min`
    case 'celsius':
      return `${plain(value)} °C`
    case 'watt':
      return `${plain(value)} W`
    case 'hertz':
      return `${scaled(value, SI, ' ')}Hz`
    default:
      return decimals === undefined ? scaled(value, SI, '') : value.toFixed(decimals)
  }
}
