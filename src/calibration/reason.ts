/** The name of a direction in logs, the API and the status page. */
import type { Bins } from '../baseline/bins.ts'
import type { Direction } from './directions.ts'

export function reasonOf(direction: Direction | 'step', { labels }: Bins): string {
  if (direction === 'step') return 'step of the location'
  const { kind, from, to } = direction
  switch (kind) {
    case 'share':
      return to - from === 1 ? `share of ${labels[from]}` : `share of ${labels[from]} to ${labels[to - 1]}`
    case 'unseen':
    case 'missing':
      return `share ${kind}`
    case 'far':
      return 'share far outside'
    case 'inside':
      return 'logarithm of the share inside the range'
    case 'valid':
      return 'logarithm of the share with a value'
    default:
      return kind
  }
}
