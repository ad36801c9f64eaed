/** A unified diff of two texts for `patch` and `git apply`. For texts with few, short differences. */

const CONTEXT_LINES = 3
/** Lines searched ahead for the next agreement; beyond it the rest counts as replaced. */
const LOOK_AHEAD = 400
/** Lines that must agree there: a single brace or dash agrees by chance. */
const AGREEING_LINES = 2

export interface DiffNames {
  readonly before: string
  readonly after: string
}

/** Lines [beforeFrom, beforeTo) became [afterFrom, afterTo). */
interface Change {
  readonly beforeFrom: number
  readonly beforeTo: number
  readonly afterFrom: number
  readonly afterTo: number
}

/** Empty when the texts are equal. */
export function lineDiff(before: string, after: string, names: DiffNames): string {
  if (before === after) return ''
  const [a, b] = [linesOf(before), linesOf(after)]
  const hunks = groups(changesBetween(a, b)).map((changes) => hunk(changes, a, b))
  return `--- ${names.before}\n+++ ${names.after}\n${hunks.join('')}`
}

/** Lines with their line feed, if present. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function changesBetween(a: readonly string[], b: readonly string[]): Change[] {
  const changes: Change[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      i += 1
      j += 1
      continue
    }
    const [nextI, nextJ] = nextAgreement(a, b, i, j)
    changes.push({ beforeFrom: i, beforeTo: nextI, afterFrom: j, afterTo: nextJ })
    ;[i, j] = [nextI, nextJ]
  }
  return changes
}

/** The next position after (i, j) at which both texts agree, with the fewest skipped lines. */
function nextAgreement(a: readonly string[], b: readonly string[], i: number, j: number): [number, number] {
  for (let skipped = 1; skipped <= LOOK_AHEAD; skipped += 1) {
    for (let inA = 0; inA <= skipped; inA += 1) {
      const [atA, atB] = [i + inA, j + skipped - inA]
      if (atA > a.length || atB > b.length) continue
      if (agrees(a, b, atA, atB)) return [atA, atB]
    }
  }
  return [a.length, b.length]
}

function agrees(a: readonly string[], b: readonly string[], atA: number, atB: number): boolean {
  for (let line = 0; line < AGREEING_LINES; line += 1) {
    const [left, right] = [a[atA + line], b[atB + line]]
    if (left !== right) return false
    // Both texts end here.
    if (left === undefined) return true
  }
  return true
}

/** Changes with overlapping context form one hunk. */
function groups(changes: readonly Change[]): Change[][] {
  const grouped: Change[][] = []
  for (const change of changes) {
    const last = grouped.at(-1)
    const end = last?.at(-1)?.beforeTo
    if (last !== undefined && end !== undefined && change.beforeFrom - end <= 2 * CONTEXT_LINES)
      last.push(change)
    else grouped.push([change])
  }
  return grouped
}

function hunk(changes: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [changes[0], changes.at(-1)]
  if (first === undefined || last === undefined) return ''
  const lead = Math.min(CONTEXT_LINES, first.beforeFrom)
  const tail = Math.min(CONTEXT_LINES, a.length - last.beforeTo)
  const [fromA, toA] = [first.beforeFrom - lead, last.beforeTo + tail]
  const [fromB, toB] = [first.afterFrom - lead, last.afterTo + tail]
  const lines: string[] = []
  let at = fromA
  for (const { beforeFrom, beforeTo, afterFrom, afterTo } of changes) {
    for (; at < beforeFrom; at += 1) lines.push(marked(' ', a[at]))
    for (; at < beforeTo; at += 1) lines.push(marked('-', a[at]))
    for (let added = afterFrom; added < afterTo; added += 1) lines.push(marked('+', b[added]))
  }
  for (; at < toA; at += 1) lines.push(marked(' ', a[at]))
  return `@@ -${range(fromA, toA)} +${range(fromB, toB)} @@\n${lines.join('')}`
}

/** First line (from 1) and number of lines; for zero lines, the line before. */
const range = (from: number, to: number): string => `${to > from ? from + 1 : from},${to - from}`

function marked(mark: string, line = ''): string {
  return line.endsWith('\n') ? `${mark}${line}` : `${mark}${line}\n\\ No newline at end of file\n`
}
