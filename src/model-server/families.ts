/** Parses a text exposition into families and keeps their lines unchanged. Pure. */

export interface MetricFamily {
  readonly name: string
  /** `untyped` without a TYPE line. */
  type: string
  /** The original HELP and TYPE lines. */
  readonly comments: string[]
  /** The original sample lines. */
  readonly samples: string[]
}

export interface ParsedExposition {
  readonly families: ReadonlyMap<string, MetricFamily>
  /** Lines that are neither comment nor sample. A single one would make Prometheus reject the whole response. */
  readonly malformed: number
}

// Bounded to a few passes over any line, because its server is not trusted.
const LABEL = String.raw`[a-zA-Z_]\w*`
const TEXT = String.raw`[ \t]*=[ \t]*"(?:[^"\\]|\\.)*"`
const PAIR = LABEL + TEXT
const EACH_LABEL = new RegExp(`(${LABEL})${TEXT}`, 'g')
const LABELS = String.raw`\{[ \t]*(?:${PAIR}(?:[ \t]*,[ \t]*${PAIR})*[ \t]*(?:,[ \t]*)?)?\}`
const VALUE = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)|[nN][aA][nN]`
/** Name, labels and value; the timestamp must fit in 64 bits. */
const SAMPLE = new RegExp(
  String.raw`^([a-zA-Z_:][\w:]*)(${LABELS})?[ \t]+(${VALUE})(?:[ \t]+\d{1,18})?[ \t]*$`,
)
const MAX_LINE_CHARACTERS = 64 * 1024
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+([a-zA-Z_:][\w:]*)(?:[ \t]+(.*))?$/
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
/** Suffixes of sample names, by type of their family. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

export function parseFamilies(text: string): ParsedExposition {
  const families = new Map<string, MetricFamily>()
  /** Family by sample name, for declared families. */
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

/** The sample without an exemplar, which OpenMetrics allows but this format does not. */
function acceptedSample(line: string): { readonly name: string; readonly line: string } | undefined {
  if (line.length > MAX_LINE_CHARACTERS) return undefined
  const end = line.lastIndexOf(' # {')
  return sampleOf(line) ?? (end === -1 ? undefined : sampleOf(line.slice(0, end)))
}

/** `undefined` for lines that Prometheus would reject, together with the whole response. */
function sampleOf(line: string): { readonly name: string; readonly line: string } | undefined {
  const match = SAMPLE.exec(line)
  const [, name, labels = '', value = ''] = match ?? []
  if (match === null || name === undefined) return undefined
  const special = SPECIAL.exec(value)
  // 1e400 is a number by the grammar, but not for Prometheus.
  if ((special === null && !Number.isFinite(Number(value))) || !areUnique(labels)) return undefined
  if (special === null) return { name, line }
  const [, sign = '', word = ''] = special
  const usual = /^n/i.test(word) ? 'NaN' : `${sign === '-' ? '-' : '+'}Inf`
  if (usual === value || value === 'Inf') return { name, line }
  // Prometheus accepts any spelling, but other readers do not.
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

/** The first HELP and the first TYPE apply; Prometheus' own tools reject a second one. */
function comment(line: string, families: Map<string, MetricFamily>, owners: Map<string, MetricFamily>): void {
  const [, keyword, name = '', rest = ''] = COMMENT.exec(line) ?? []
  if (keyword === undefined) return
  const type = keyword === 'TYPE' ? rest.trim() : undefined
  if (type !== undefined && !TYPES.has(type)) return
  const family = familyOf(name, families)
  if (family.comments.some((other) => COMMENT.exec(other)?.[1] === keyword)) return
  // A TYPE after its samples does not apply to them.
  if (type !== undefined && family.samples.length > 0) return
  // In the spelling that every version of Prometheus accepts.
  family.comments.push(type === undefined ? line : `# TYPE ${name} ${type}`)
  if (type === undefined) return
  family.type = type
  for (const suffix of SUFFIXES[type] ?? []) owners.set(`${name}${suffix}`, family)
}
