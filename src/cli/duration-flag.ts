import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../lib/duration.ts'

/** Parser of a duration flag: milliseconds above 0. */
export function durationMs(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds
  throw new InvalidArgumentError('Allowed: a time above 0, such as 5s, 36h or 14d.')
}
