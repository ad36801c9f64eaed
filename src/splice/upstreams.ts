import type { Address } from '../lib/address.ts'
import type { ListenerOptions } from './options.ts'

/** Every address of the model server, the main one first; none when no traffic is passed. */
export function upstreamsOf({
  upstream,
  listeners,
}: {
  readonly upstream?: Address | undefined
  readonly listeners: readonly Pick<ListenerOptions, 'upstream'>[]
}): readonly Address[] {
  return upstream === undefined ? [] : [upstream, ...listeners.map((listener) => listener.upstream)]
}
