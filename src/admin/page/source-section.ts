/** What is read beside the proxy and what is kept, where it is configured: log files, events, checkpoints, neighbour. */
import type { SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { formatByteSize } from '../../lib/byte-size.ts'
import { byReason, factSection, sum, type Fact } from './facts.ts'
import { html, type Html } from './html.ts'
import { age, count } from './number-format.ts'

function tailFacts({ tail }: SelfSnapshot): Fact[] {
  if (tail === undefined) return []
  return [
    { name: 'log files followed', value: count(tail.files) },
    { name: 'log lines read', value: count(tail.lines) },
    { name: 'log lines not used', value: byReason(tail.failures), alarming: sum(tail.failures) > 0 },
    { name: 'log bytes not yet read', value: formatByteSize(tail.unreadBytes) },
    {
      name: 'log files not followed',
      value: byReason(tail.unfollowed),
      alarming: sum(tail.unfollowed) > 0,
    },
  ]
}

function eventFacts({ cloudevents }: SelfSnapshot): Fact[] {
  if (cloudevents === undefined) return []
  return [
    { name: 'events taken', value: byReason(cloudevents.events) },
    { name: 'events refused', value: byReason(cloudevents.refused), alarming: sum(cloudevents.refused) > 0 },
    { name: 'events left alone', value: byReason(cloudevents.unjoined) },
    { name: 'events that wait', value: count(cloudevents.waiting) },
  ]
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

/** Nothing where nothing of it is configured. */
export function sourceSection(self: SelfSnapshot, nowEpochMs: number): Html {
  const facts = [
    ...tailFacts(self),
    ...eventFacts(self),
    ...stateFacts(self, nowEpochMs),
    ...neighbourFacts(self),
  ]
  return facts.length === 0 ? html`` : factSection('Other ways in, and what is kept', facts)
}
