/**
 * Whether a request may have come for us. A web page can make its own name resolve to 127.0.0.1 or to a pod's address,
 * and its scripts then read every answer as their own. What they cannot change is the name in the Host header.
 */
import { isIP } from 'node:net'

const PORT = /:\d{1,5}$/

/** The name or the address, in lower case, without the port and without the brackets of IPv6. */
function nameOf(host: string): string {
  const name = host.replace(PORT, '').toLowerCase().replace(/\.$/, '')
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

/**
 * @param hosts every host that one request names
 * @param allowed names of `admin.hosts`; `*.example.com` allows every name below `example.com`
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

/** For people: why a request was answered with 421, and what to do. */
export const WRONG_HOST =
  'The host of this request is not allowed. Allowed are IP addresses, localhost and the names of admin.hosts.'
