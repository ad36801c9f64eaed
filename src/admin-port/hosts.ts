/**
 * Checks whether a request is meant for this server. A web page can make its own name resolve to 127.0.0.1 or to a
 * pod's address, and its scripts could then read every answer. They cannot change the name in the Host header.
 */
import { isIP } from 'node:net'

const PORT = /:\d{1,5}$/

/** The name or address in lower case, without port and without IPv6 brackets. */
function nameOf(host: string): string {
  const name = host.replace(PORT, '').toLowerCase().replace(/\.$/, '')
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

/**
 * @param hosts every host named in one request
 * @param allowed names in `admin.hosts`; `*.example.com` allows every name below `example.com`
 */
export function areAllowedHosts(hosts: readonly string[], allowed: readonly string[]): boolean {
  return hosts.every((host) => {
    const name = nameOf(host)
    if (name === 'localhost' || isIP(name) !== 0) return true
    return allowed.some((pattern) => {
      const wanted = pattern.toLowerCase()
      return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted
    })
  })
}

/** For display: why a request was answered with 421, and what to do. */
export const WRONG_HOST =
  'The host of this request is not allowed. Allowed are IP addresses, localhost and the names of admin.hosts.'
