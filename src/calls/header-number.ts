import type { Call } from './call.ts'

/** A number in a response header; `undefined` when absent or not a number. */
export function headerNumber({ exchange }: Call, name: string): number | undefined {
  const value = exchange.response.header(name)
  const number = Number(value)
  return value === undefined || value === '' || !Number.isFinite(number) || number < 0 ? undefined : number
}
