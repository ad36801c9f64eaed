/** JSON written as a string within JSON, as in the body of a Lambda answer: finds it and parses it. */
import { parseJsonText } from '../../formats/json.ts'
import { isPresent, isRecord } from './lists.ts'

export type Steps = readonly string[]

const MAX_DEPTH = 4
const MAX_TEXTS = 8
const MAX_MEMBERS = 200

/** Places where all samples have a string with a JSON object or list; only reached through objects. */
export function findJsonTexts(bodies: readonly unknown[]): readonly Steps[] {
  const found: Steps[] = []
  const visit = (values: readonly unknown[], steps: Steps): void => {
    const present = values.filter(isPresent)
    if (present.length === 0 || found.length >= MAX_TEXTS) return
    if (present.every(isJsonText)) {
      found.push(steps)
      return
    }
    const [first] = present
    if (steps.length >= MAX_DEPTH || !isRecord(first) || !present.every(isRecord)) return
    for (const key of Object.keys(first).slice(0, MAX_MEMBERS))
      visit(
        present.map((record) => record[key]),
        [...steps, key],
      )
  }
  visit(bodies, [])
  return found
}

function isJsonText(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return false
  const parsed = parseJsonText(value)
  return 'value' in parsed && typeof parsed.value === 'object'
}

/** A copy of the body with the strings at these places parsed. */
export function readJsonTexts(body: unknown, places: readonly Steps[]): unknown {
  return places.reduce<unknown>((whole, steps) => replaced(whole, steps, 0), body)
}

function replaced(node: unknown, steps: Steps, at: number): unknown {
  const step = steps[at]
  if (step === undefined) {
    if (typeof node !== 'string') return node
    const parsed = parseJsonText(node)
    return 'value' in parsed ? parsed.value : node
  }
  if (!isRecord(node) || !Object.hasOwn(node, step)) return node
  return { ...node, [step]: replaced(node[step], steps, at + 1) }
}
