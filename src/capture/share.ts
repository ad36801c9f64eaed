/**
 * Selects connections when a capture cannot read all of them: those with certain bits in the client's port. The
 * kernel's filter applies it, so other connections cost nothing. A narrower share is a subset of the wider one, so a
 * remaining connection is read without a gap.
 */

export interface Share {
  /** How often the share was halved; 0 is every connection. */
  readonly halvings: number
  /** The bits that a client's port must have above its lowest one. */
  readonly bits: number
}

export const WHOLE: Share = { halvings: 0, bits: 0 }
const MOST_HALVINGS = 6
/** Linux prefers even ports for clients, so the lowest bit would halve nothing. */
const FIRST_BIT = 1

export function sizeOf({ halvings }: Share): number {
  return 2 ** -halvings
}

export function isInShare(clientPort: number, share: Share): boolean {
  return (clientPort & maskOf(share)) === valueOf(share)
}

/**
 * Half of a share: the half with more of the open connections. `undefined` when halving would exclude none of them, or
 * at the smallest share.
 *
 * @param clientPorts of the open connections
 */
export function halfOf({ halvings, bits }: Share, clientPorts: Iterable<number>): Share | undefined {
  if (halvings === MOST_HALVINGS) return undefined
  const lower: Share = { halvings: halvings + 1, bits }
  const upper: Share = { halvings: halvings + 1, bits: bits | (1 << halvings) }
  let inLower = 0
  let inUpper = 0
  for (const port of clientPorts) {
    if (isInShare(port, lower)) inLower += 1
    else inUpper += 1
  }
  if (inLower === 0 || inUpper === 0) return undefined
  return inLower >= inUpper ? lower : upper
}

/** The wider share that contains this one. */
export function doubleOf({ halvings, bits }: Share): Share {
  const wider = Math.max(0, halvings - 1)
  return { halvings: wider, bits: bits & ((1 << wider) - 1) }
}

/** A term of pcap-filter(7): the client's port, read from `field`, is in the share. Empty for every connection. */
export function shareTerm(field: string, share: Share): string {
  return share.halvings === 0 ? '' : ` and ${field} & ${maskOf(share)} = ${valueOf(share)}`
}

function maskOf({ halvings }: Share): number {
  return ((1 << halvings) - 1) << FIRST_BIT
}

function valueOf({ bits }: Share): number {
  return bits << FIRST_BIT
}
