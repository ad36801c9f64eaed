/** What both protocols share: the error that the client is told, and the check of a cell against its feature. */
import { type Cell, NUMERIC_FEATURES } from './features.ts'

/** The request cannot be served, and why; `status` is 4xx. */
export class RequestError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const numeric = new Set<string>(NUMERIC_FEATURES)

/** `where` names the place in the request for the error. */
export function checkedCell(feature: string, value: unknown, where: string): Cell {
  if (value === null) return null
  const wanted = numeric.has(feature) ? 'number' : 'string'
  if (typeof value === 'number' && wanted === 'number') return value
  if (typeof value === 'string' && wanted === 'string') return value
  throw new RequestError(400, `${where}: expected a ${wanted} or null, found ${typeof value}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
