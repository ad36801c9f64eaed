/** Bins in words: `12.5 to 14` for the label `le_14`, `a new category` for `unseen`. */
import type { ColumnSnapshot } from '../../analysis/snapshot.ts'
import { shortNumbers } from './short-numbers.ts'

type Labelled = Pick<ColumnSnapshot, 'kind'> & {
  readonly bins: readonly { readonly label: string }[]
}

/** In the order of the bins. */
export function binNames({ kind, bins }: Labelled): string[] {
  const labels = bins.map(({ label }) => label)
  switch (kind) {
    case 'numeric':
      return rangeNames(labels)
    case 'discrete':
      return discreteNames(labels)
    case 'categorical':
      return labels.map((label) => {
        if (label === 'unseen') return 'a new category'
        if (label === 'other') return 'rarer categories'
        return label
      })
  }
}

function rangeNames(labels: readonly string[]): string[] {
  const edges = labels.filter((label) => label.startsWith('le_')).map((label) => Number(label.slice(3)))
  const texts = shortNumbers(edges)
  return labels.map((label, bin) => {
    if (label === 'inf') return texts.length === 0 ? 'any number' : `above ${texts.at(-1) ?? ''}`
    const upTo = texts[bin]
    if (upTo === undefined) return label
    return bin === 0 ? `up to ${upTo}` : `${texts[bin - 1] ?? ''} to ${upTo}`
  })
}

function discreteNames(labels: readonly string[]): string[] {
  const own = labels.filter((label) => label.startsWith('v_'))
  const texts = shortNumbers(own.map((label) => Number(label.slice(2))))
  return labels.map((label, bin) => texts[bin] ?? (label === 'unseen' ? 'a new number' : label))
}
