/**
 * A TCP relay between real peers that keeps what went by, as the steps that `Player` plays. It is a plain relay and
 * not the product's splice, so that these tests depend on nothing but the observer.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Step } from './script.ts'

export interface Tee {
  readonly port: number
  /** The steps of each connection in the order of their opening. */
  readonly transcripts: Step[][]
  readonly close: () => Promise<void>
}

export async function tee(upstreamPort: number): Promise<Tee> {
  const transcripts: Step[][] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const steps: Step[] = [{ event: 'open' }]
    transcripts.push(steps)
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1', allowHalfOpen: true })
    const relay = (from: Socket, to: Socket, side: 'client' | 'server'): void => {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (bytes: Buffer) => {
        steps.push(side === 'client' ? { client: bytes } : { server: bytes })
        to.write(bytes)
      })
      from.on('end', () => {
        steps.push({ event: `${side}-end` })
        to.end()
      })
      from.on('error', () => {
        steps.push({ event: `${side}-reset` })
        to.destroy()
      })
    }
    relay(client, upstream, 'client')
    relay(upstream, client, 'server')
    let open = 2
    for (const socket of [client, upstream]) {
      socket.on('close', () => {
        open -= 1
        if (open === 0) steps.push({ event: 'close' })
      })
    }
  })
  await listen(server)
  return {
    port: portOf(server),
    transcripts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export async function listen(server: Pick<Server, 'listen' | 'once'>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

export function portOf(server: Pick<Server, 'address'>): number {
  return (server.address() as AddressInfo).port
}
