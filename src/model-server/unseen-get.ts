/** A GET that the capture ignores: its local port is known before the first packet. */
import { freePort } from '../lib/free-port.ts'
import { startTimer } from '../lib/timers.ts'
import type { OwnPorts } from '../ring/own-ports.ts'
import { boundedGet, type Get } from './bounded-get.ts'

/** How long a port stays marked after the GET: packets are read up to some seconds late. */
const KEPT_MS = 10_000

export function createUnseenGet(ownPorts: OwnPorts): Get {
  return async (target, headers, limits) => {
    const taken: number[] = []
    const takePort = async (): Promise<number> => {
      const port = await freePort()
      ownPorts.add(port)
      taken.push(port)
      return port
    }
    try {
      return await boundedGet(target, headers, limits, takePort)
    } finally {
      const give = (): void => taken.forEach((port) => ownPorts.delete(port))
      startTimer(give, KEPT_MS, { keepsAlive: false })
    }
  }
}
