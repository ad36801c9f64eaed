/** What `modeltap run` says on a terminal once it works: where clients go, what to open, where Prometheus goes. */
import type { App } from '../app.ts'
import { isCapturing } from '../capture/options.ts'
import type { Config } from '../config/schema.ts'
import { type Address, formatAddress } from '../lib/address.ts'
import { version } from '../lib/version.ts'

export interface RunBannerFacts {
  readonly config: Pick<Config, 'upstream' | 'listeners' | 'capture'>
  readonly app: Pick<App, 'dataAddress' | 'moreDataAddresses' | 'adminAddress'>
}

/** Several lines, without a trailing line break. */
export function runBanner({ config, app }: RunBannerFacts): string {
  const admin = reachableUrl(app.adminAddress)
  return [
    `modeltap ${version}`,
    `  clients       ${clientsOf(config, app.dataAddress)}`,
    ...config.listeners.map(
      ({ listen, upstream }, index) =>
        `                ${reachableUrl(app.moreDataAddresses[index] ?? listen)}   instead of ${formatAddress(upstream)}`,
    ),
    `  status page   ${admin}/`,
    `  Prometheus    ${admin}/metrics`,
    '  Ctrl-C ends it. What modeltap recognises in the traffic is logged below.',
  ].join('\n')
}

function clientsOf({ upstream, capture }: RunBannerFacts['config'], data: Address | undefined): string {
  if (isCapturing(capture)) {
    if (capture.input === 'stdin') return 'none: packets come from standard input'
    return `stay where they are: packets of port ${capture.ports.join(', ')} are captured`
  }
  if (upstream === undefined || data === undefined) return 'none: rows come from the configured sources'
  return `${reachableUrl(data)}   instead of ${formatAddress(upstream)}`
}

/** A URL to open on this machine: a wildcard address includes loopback. */
function reachableUrl(address: Address): string {
  if (address.kind === 'unix') return formatAddress(address)
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host
  return `http://${formatAddress({ ...address, host })}`
}
