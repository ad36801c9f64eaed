const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** Parses `1MiB`, `64KiB`, `500kB` or a bare number of bytes; `undefined` for anything else. */
export function parseByteSize(text: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(text).trim())
  const unit = UNITS[(match?.[2] === '' ? 'b' : match?.[2])?.toLowerCase() ?? '']
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit)
}

/** `1048576` → `1 MiB`; at most one fractional digit. */
export function formatByteSize(bytes: number): string {
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  let value = bytes
  let step = 0
  while (value >= 1024 && step < steps.length - 1) {
    value /= 1024
    step += 1
  }
  return `${Number(value.toFixed(1))} ${steps[step] ?? 'B'}`
}

/** The shortest notation that parses back to the same number of bytes: `1048576` → `1MiB`. */
export function exactByteSize(bytes: number): string | number {
  const unit = (['GiB', 'MiB', 'KiB'] as const).find(
    (name) => bytes % (UNITS[name.toLowerCase()] as number) === 0,
  )
  return unit === undefined ? bytes : `${bytes / (UNITS[unit.toLowerCase()] as number)}${unit}`
}
