/** Configured sources, checkpoints and the neighbour. */
import type { SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { formatByteSize } from '../../lib/byte-size.ts'
import { age, count } from '../../lib/number-format.ts'
import { sourceList } from '../../sources/index.ts'
import type { SourceFact } from '../../sources/source.ts'
import { byReason, type Fact, factSection } from './facts.ts'
import { type Html, html } from './html.ts'

function sourceFacts({ sources }: SelfSnapshot): Fact[] {
  return sourceList.flatMap(({ name, section }) => {
    const stats = sources[name]
    return stats === undefined ? [] : section(stats).map((fact) => ({ ...fact, value: factText(fact.value) }))
  })
}

function factText(value: SourceFact['value']): string {
  if (typeof value === 'number') return count(value)
  return isBytes(value) ? formatByteSize(value.bytes) : byReason(value)
}

/** No reason has the name `bytes`. */
function isBytes(value: Exclude<SourceFact['value'], number>): value is { readonly bytes: number } {
  return typeof value['bytes'] === 'number'
}

function stateFacts({ checkpoints }: SelfSnapshot, nowEpochMs: number): Fact[] {
  if (checkpoints === undefined) return []
  const { outcomes, savedEpochMs } = checkpoints
  return [
    {
      name: 'checkpoints',
      value: byReason(outcomes),
      alarming: outcomes.failed + outcomes.set_aside > 0,
    },
    {
      name: 'last checkpoint',
      value: savedEpochMs === undefined ? 'none yet' : `${age((nowEpochMs - savedEpochMs) / 1000)} ago`,
    },
  ]
}

function neighbourFacts({ neighbour }: SelfSnapshot): Fact[] {
  if (neighbour === undefined) return []
  const { up, samples, failures } = neighbour
  return [
    {
      name: "model server's own metrics",
      value: up ? `${count(samples)} samples passed on` : 'not answered',
      alarming: !up,
    },
    { name: 'failed fetches of them', value: byReason(failures) },
  ]
}

/** Empty when none of them is configured. */
export function sourceSection(self: SelfSnapshot, nowEpochMs: number): Html {
  const facts = [...sourceFacts(self), ...stateFacts(self, nowEpochMs), ...neighbourFacts(self)]
  return facts.length === 0
    ? html``
    : factSection({ id: 'ways-in', title: 'Other ways in, and what is kept', facts })
}
