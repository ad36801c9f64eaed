/** Reads untyped manifest values: a missing step gives an empty result. */
import type { Path } from './yaml-nodes.ts'

export type PlainObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function at(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (typeof step === 'string') current = isObject(current) ? current[step] : undefined
    else if (typeof step === 'number') current = list(current)[step]
    else current = list(current).find((item) => at(item, ['name']) === step.name)
  }
  return current
}

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Items of the list at `path` that are objects. */
export const objectsAt = (value: unknown, path: Path): readonly PlainObject[] =>
  list(at(value, path)).filter(isObject)

/** The scalar at `path` as text; undefined when missing. */
export function textAt(value: unknown, path: Path): string | undefined {
  const found = at(value, path)
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
    ? String(found)
    : undefined
}

/** The whole number at `path`, also when written as a string. */
export function integerAt(value: unknown, path: Path): number | undefined {
  const text = textAt(value, path)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** Whether it lists containers anywhere, like a pod template. */
export function runsContainers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(runsContainers)
  if (!isObject(value)) return false
  return (
    objectsAt(value, ['containers']).some((container) => textAt(container, ['image']) !== undefined) ||
    Object.values(value).some(runsContainers)
  )
}
