/** Where the rows of `modeltap run` come from: checked before anything is opened, and brought into one form. */
import { isCapturing } from '../capture/options.ts'
import type { Config } from '../config/schema.ts'
import { ModeltapError } from '../errors.ts'
import { formatAddress, reaches } from '../lib/address.ts'
import { enabledSources, otherWaysIn } from '../sources/index.ts'

/**
 * Without `upstream` the first entry of `listeners` takes the place of the short form, so that all later code finds one
 * main address and the further ones.
 */
export function withFirstListener(config: Config): Config {
  const [first, ...listeners] = config.listeners
  if (config.upstream !== undefined || first === undefined) return config
  return { ...config, ...first, listeners }
}

/** A captured model server shares our network namespace, so resources and metadata are read on loopback. */
export function withCapturedServer(config: Config): Config {
  const [port] = config.capture.ports
  if (config.upstream !== undefined || port === undefined || config.capture.input === 'stdin') return config
  return { ...config, upstream: { kind: 'tcp', host: '127.0.0.1', port } }
}

/**
 * Expects the result of `withFirstListener`.
 *
 * @throws ModeltapError CONFIG_INVALID when nothing says where rows come from, or when two ways exclude each other
 */
export function checkWayIn(config: Config): void {
  const { upstream, listen, listeners, capture, ...rest } = config
  if (isCapturing(capture)) return
  if (upstream === undefined && enabledSources(rest).length === 0) {
    throw new ModeltapError('CONFIG_INVALID', {
      message: 'upstream is required but not set',
      hint: `Give the address of the model server: --upstream 127.0.0.1:8080, MODELTAP_UPSTREAM or the key upstream. Without a proxy, capture packets (--capture 8080), ${otherWaysIn}.`,
    })
  }
  if (upstream === undefined) return
  const ports = [{ listen, upstream }, ...listeners]
  for (const { upstream: to } of ports) {
    const own = ports.find(({ listen: from }) => reaches(to, from))
    if (own === undefined) continue
    throw new ModeltapError('CONFIG_INVALID', {
      message: `upstream: "${formatAddress(to)}" is the address that modeltap itself listens on (${formatAddress(own.listen)}): each connection would loop back to it`,
      hint: 'Give the model server another port and name it with --upstream, or let modeltap listen elsewhere with --listen.',
    })
  }
  const texts = ports.map(({ listen: from }) => formatAddress(from))
  const twice = texts.find((text, index) => !text.endsWith(':0') && texts.indexOf(text) !== index)
  if (twice === undefined) return
  throw new ModeltapError('CONFIG_INVALID', {
    message: `listeners: ${twice} is the data port of two entries`,
    hint: 'Give each entry of listeners its own address in listen; the key listen (default 0.0.0.0:9080) belongs to upstream.',
  })
}
