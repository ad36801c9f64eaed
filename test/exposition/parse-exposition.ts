/** Reads text 0.0.4 back, strictly: what does not parse throws. For tests only. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  toString(): string
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const SAMPLE = /^([a-zA-Z_][a-zA-Z0-9_]*)(?:\{(.*)\})? (\S+)$/s
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\"': '"' }

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (match === null) throw new Error(`labels do not parse: ${text}`)
    labels[match[1] ?? ''] = (match[2] ?? '').replaceAll(/\\[\\n"]/g, (escape) => UNESCAPED[escape] ?? '')
  }
  // Serializers differ in the spelling of whole bounds: 1 or 1.0.
  if (labels['le'] !== undefined && labels['le'] !== '+Inf') labels['le'] = String(Number(labels['le']))
  return labels
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line)
  if (match === null) throw new Error(`a line does not parse: ${line}`)
  const [, name = '', labelText = '', valueText = ''] = match
  const labels = parseLabels(labelText)
  const value = Number(valueText.replace('Inf', 'Infinity'))
  return { name, labels, value, toString: () => `${name}${JSON.stringify(labels)} ${value}` }
}

export function parseExposition(text: string): { readonly families: readonly Family[] } {
  const families: { name: string; type: string; help: string; samples: Sample[] }[] = []
  for (const line of text.split('\n')) {
    const meta = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line)
    if (meta !== null) {
      const [, keyword, name = '', rest = ''] = meta
      let family = families.at(-1)
      if (family?.name !== name) {
        family = { name, type: '', help: '', samples: [] }
        families.push(family)
      }
      if (keyword === 'HELP') family.help = rest
      if (keyword === 'TYPE') family.type = rest
    } else if (line !== '') {
      const sample = parseSample(line)
      const family = families.at(-1)
      if (family === undefined || !sample.name.startsWith(family.name)) {
        throw new Error(`a sample outside of its family: ${line}`)
      }
      family.samples.push(sample)
    }
  }
  return { families }
}
