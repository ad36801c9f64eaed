/** An address to listen on or connect to: TCP `host:port`, `[::1]:port`, `:port`, or `unix:/path`. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** Port 0 requests a free one. `undefined` when the text is not an address. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return path === '' ? undefined : { kind: 'unix', path }
  }
  const match = /^(?:tcp:\/\/|https?:\/\/)?(?:\[([0-9a-f:.]+)\]|([^:/[\]]*)):(\d{1,5})\/?$/i.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) return undefined
  const host = match[1] ?? match[2] ?? ''
  return { kind: 'tcp', host: host === '' ? '127.0.0.1' : host, port }
}

export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const isLoopback = (host: string): boolean => /^(?:localhost|::1|127\.[\d.]+)$/.test(host)

/** Whether a connection to `target` certainly arrives at `listen`; names that need a resolver are not looked up. */
export function reaches(target: Address, listen: Address): boolean {
  if (target.kind === 'unix') return listen.kind === 'unix' && target.path === listen.path
  if (listen.kind === 'unix' || target.port !== listen.port || target.port === 0) return false
  const everywhere = WILDCARDS.has(listen.host) && (isLoopback(target.host) || WILDCARDS.has(target.host))
  return everywhere || target.host === listen.host
}
