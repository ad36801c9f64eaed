/** Parses Prometheus' text exposition format 0.0.4, for code that reads /metrics like a user. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*(?:#.*)?$/
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

/** The samples in order; comments, empty lines and invalid lines are skipped. */
export function parseSamples(text: string): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const sample = line.startsWith('#') ? undefined : parseSample(line)
    if (sample !== undefined) samples.push(sample)
  }
  return samples
}

/** One line without its line feed; `undefined` when it is not a sample. */
export function parseSample(line: string): Sample | undefined {
  const match = SAMPLE.exec(line)
  const value = parseValue(match?.[3] ?? '')
  const labels = parseLabels(match?.[2] ?? '')
  if (match?.[1] === undefined || value === undefined || labels === undefined) return undefined
  return { name: match[1], labels, value }
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (match === null) return undefined
    labels[match[1] ?? ''] = (match[2] ?? '').replace(/\\./g, (pair) => ESCAPES[pair] ?? pair)
  }
  return labels
}

function parseValue(text: string): number | undefined {
  if (/^\+?Inf$/i.test(text)) return Infinity
  if (/^-Inf$/i.test(text)) return -Infinity
  if (/^NaN$/i.test(text)) return Number.NaN
  const value = Number(text)
  return text === '' || Number.isNaN(value) ? undefined : value
}
