/** Reads a text exposition into families whose lines stay as they are. Pure. */

export interface MetricFamily {
  readonly name: string
  /** `untyped` where no TYPE line came. */
  type: string
  /** The HELP and TYPE lines, as they came. */
  readonly comments: string[]
  /** The lines of its samples, as they came. */
  readonly samples: string[]
}

export interface ParsedExposition {
  readonly families: ReadonlyMap<string, MetricFamily>
  /** Lines that are neither comment nor sample. One of them would make Prometheus refuse our whole answer. */
  readonly malformed: number
}

// Written so that no line, however made, costs more than a few passes over it: whoever serves it is not trusted.
const LABEL = String.raw`[a-zA-Z_]\w*`
const TEXT = String.raw`[ \t]*=[ \t]*"(?:[^"\\]|\\.)*"`
const PAIR = LABEL + TEXT
const EACH_LABEL = new RegExp(`(${LABEL})${TEXT}`, 'g')
const LABELS = String.raw`\{[ \t]*(?:${PAIR}(?:[ \t]*,[ \t]*${PAIR})*[ \t]*(?:,[ \t]*)?)?\}`
const VALUE = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)|[nN][aA][nN]`
/** Name, labels and value; a time stamp that a number of 64 bits holds. */
const SAMPLE = new RegExp(
  String.raw`^([a-zA-Z_:][\w:]*)(${LABELS})?[ \t]+(${VALUE})(?:[ \t]+\d{1,18})?[ \t]*$`,
)
const MAX_LINE_CHARACTERS = 64 * 1024
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+([a-zA-Z_:][\w:]*)(?:[ \t]+(.*))?$/
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
/** Names that samples have beside their family's, by type. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

export function parseFamilies(text: string): ParsedExposition {
  const families = new Map<string, MetricFamily>()
  /** Family by the name of a sample, for the families that were declared. */
  const owners = new Map<string, MetricFamily>()
  let malformed = 0
  for (const line of text.split('\n')) {
    const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line
    if (trimmed === '') continue
    if (trimmed.startsWith('#')) {
      comment(trimmed, families, owners)
      continue
    }
    const sample = acceptedSample(trimmed)
    if (sample === undefined) {
      malformed += 1
      continue
    }
    const family = owners.get(sample.name) ?? familyOf(sample.name, families)
    family.samples.push(sample.line)
  }
  return { families, malformed }
}

/** The sample without the exemplar that OpenMetrics allows behind it and this format does not. */
function acceptedSample(line: string): { readonly name: string; readonly line: string } | undefined {
  if (line.length > MAX_LINE_CHARACTERS) return undefined
  const end = line.lastIndexOf(' # {')
  return sampleOf(line) ?? (end === -1 ? undefined : sampleOf(line.slice(0, end)))
}

/** `undefined` for what Prometheus would refuse, and our whole answer with it. */
function sampleOf(line: string): { readonly name: string; readonly line: string } | undefined {
  const match = SAMPLE.exec(line)
  const [, name, labels = '', value = ''] = match ?? []
  if (match === null || name === undefined) return undefined
  const special = SPECIAL.exec(value)
  // 1e400 has the grammar of a number and is none to Prometheus.
  if ((special === null && !Number.isFinite(Number(value))) || !areUnique(labels)) return undefined
  if (special === null) return { name, line }
  const [, sign = '', word = ''] = special
  const usual = /^n/i.test(word) ? 'NaN' : `${sign === '-' ? '-' : '+'}Inf`
  if (usual === value || value === 'Inf') return { name, line }
  // Prometheus reads any spelling, not everybody behind it does.
  const at = name.length + labels.length
  return { name, line: line.slice(0, at) + line.slice(at).replace(value, usual) }
}

/** prometheus-cpp writes `Nan`, other libraries `inf` or `Infinity`. */
const SPECIAL = /^([+-]?)(nan|inf(?:inity)?)$/i

function areUnique(labels: string): boolean {
  const names = new Set(['__name__'])
  for (const [, name = ''] of labels.matchAll(EACH_LABEL)) {
    if (names.has(name)) return false
    names.add(name)
  }
  return true
}

function familyOf(name: string, families: Map<string, MetricFamily>): MetricFamily {
  const known = families.get(name)
  if (known !== undefined) return known
  const family = { name, type: 'untyped', comments: [], samples: [] }
  families.set(name, family)
  return family
}

/** The first HELP and the first TYPE count; a second one would be refused by Prometheus' own tools. */
function comment(line: string, families: Map<string, MetricFamily>, owners: Map<string, MetricFamily>): void {
  const [, keyword, name = '', rest = ''] = COMMENT.exec(line) ?? []
  if (keyword === undefined) return
  const type = keyword === 'TYPE' ? rest.trim() : undefined
  if (type !== undefined && !TYPES.has(type)) return
  const family = familyOf(name, families)
  if (family.comments.some((other) => COMMENT.exec(other)?.[1] === keyword)) return
  // A TYPE that comes after its samples says nothing about them.
  if (type !== undefined && family.samples.length > 0) return
  // In the one spelling that every version of Prometheus reads.
  family.comments.push(type === undefined ? line : `# TYPE ${name} ${type}`)
  if (type === undefined) return
  family.type = type
  for (const suffix of SUFFIXES[type] ?? []) owners.set(`${name}${suffix}`, family)
}
