/**
 * Appends the neighbour's families to ours. A family in both (every Python server has `process_…`) keeps our HELP and
 * TYPE, and the neighbour's samples join ours with a label to distinguish them. With another type they are dropped,
 * because a name can have only one type. Pure.
 */
import type { MetricFamily } from './families.ts'

/** Added to samples of families in both expositions; all other samples stay unchanged. */
export const SHARED_FAMILY_LABEL = 'exposed_by="neighbour"'
/** A sample that already has the label is not one of ours. */
const HAS_LABEL = /[{,][ \t]*exposed_by[ \t]*=/

export interface MergedExposition {
  readonly text: string
  /** Samples of the neighbour in it. */
  readonly samples: number
  /** Samples dropped because their name has another type here. */
  readonly conflicting: number
}

export function mergeExpositions(own: string, neighbour: Iterable<MetricFamily>): MergedExposition {
  const ownTypes = typesOf(own)
  const insertions: { readonly at: number; readonly lines: readonly string[] }[] = []
  const appended: string[] = []
  let samples = 0
  let conflicting = 0
  for (const family of neighbour) {
    if (family.samples.length === 0) continue
    const type = ownTypes.get(family.name)
    if (type === undefined) {
      appended.push(...family.comments, ...family.samples)
    } else if (type === family.type) {
      insertions.push({ at: endOfFamily(own, family.name), lines: family.samples.map(labelled) })
    } else {
      conflicting += family.samples.length
      continue
    }
    samples += family.samples.length
  }
  const text = insert(own, insertions) + (appended.length === 0 ? '' : `${appended.join('\n')}\n`)
  return { text, samples, conflicting }
}

/** Type by name: for every family, and `part` for the sample names of our histograms and summaries. */
function typesOf(own: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  for (const [, name = '', type = ''] of own.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    types.set(name, type)
    if (type !== 'histogram' && type !== 'summary') continue
    for (const suffix of ['_bucket', '_sum', '_count']) {
      if (!types.has(`${name}${suffix}`)) types.set(`${name}${suffix}`, 'part')
    }
  }
  return types
}

/** Start of the line after our last sample of a family: all samples of a family must be contiguous. */
function endOfFamily(own: string, name: string): number {
  const declared = own.startsWith(`# TYPE ${name} `) ? 0 : own.indexOf(`\n# TYPE ${name} `) + 1
  const next = own.indexOf('\n#', declared)
  return next === -1 ? own.length : next + 1
}

function labelled(line: string): string {
  if (HAS_LABEL.test(line)) return line
  const brace = line.indexOf('{')
  const space = line.search(/[ \t]/)
  if (brace === -1 || brace > space)
    return `${line.slice(0, space)}{${SHARED_FAMILY_LABEL}}${line.slice(space)}`
  const empty = /^[ \t]*\}/.test(line.slice(brace + 1))
  return `${line.slice(0, brace + 1)}${SHARED_FAMILY_LABEL}${empty ? '' : ','}${line.slice(brace + 1)}`
}

function insert(
  own: string,
  insertions: readonly { readonly at: number; readonly lines: readonly string[] }[],
): string {
  let text = ''
  let from = 0
  for (const { at, lines } of insertions.toSorted((a, b) => a.at - b.at)) {
    text += `${own.slice(from, at)}${lines.join('\n')}\n`
    from = at
  }
  return text + own.slice(from)
}
